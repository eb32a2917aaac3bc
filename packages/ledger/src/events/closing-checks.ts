import { type Checks, count, fields, instant, listOf, name, orAbsent, orNull, text, usd } from "./field-checks.ts";

/** What a `PeriodClosed` has to be. */
export const PERIOD_CLOSED: Checks = {
  from: instant,
  until: instant,
  usd,
  position: text,
  priceBookHash: text,
  chainHead: text,
  timeZone: orAbsent(name),
  pricesKnownAt: orAbsent(instant),
  requests: orAbsent(count),
  unpricedRequests: orAbsent(count),
  models: orAbsent(listOf(fields({ model: orNull(name), usd, requests: count, unpricedRequests: count }))),
  heads: orAbsent(listOf(fields({ writer: name, seq: count, chain: text }))),
  prunes: orAbsent(count),
  pruneRecord: orAbsent(orNull(text)),
};
