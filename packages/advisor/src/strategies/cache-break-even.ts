import { WRITE_PREMIUM, type CacheLifetime } from "../cache/cache-rules.ts";
import { modelOf } from "../trace/model-of.ts";
import type { Situation } from "./strategy.ts";

/**
 * What a cached token costs when it is read, in input prices, by a workload's first model at today's prices; null
 * without a price.
 */
export function readFactor({ trace, members, book, now }: Situation): number | null {
  const [first] = members;
  const model = first === undefined ? null : modelOf(trace.requests[first]?.model ?? "");
  const found = model === null ? null : book.rateCardAt(model.id, now);
  if (found === null || !("card" in found) || found.card.rates === null || found.card.rates.cacheRead === null)
    return null;
  const { uncachedInput, cacheRead } = found.card.rates;
  return Number(cacheRead) / Number(uncachedInput);
}

/** Reads for each write from which on a prefix is worth caching. */
export function breakEvenReads(factor: number, ttl: CacheLifetime): number {
  return WRITE_PREMIUM[ttl] / (1 - factor);
}

/** How often a prefix was sent, and how often it had been sent so recently before. */
export interface Uses {
  readonly prompts: number;
  /** Less than five minutes before. */
  readonly inTime: number;
  /** Five minutes before, or more, and less than an hour. */
  readonly late: number;
}

/** For how long to cache what was used like this; null where it costs least not to. */
export function cheapestLifetime({ prompts, inTime, late }: Uses, factor: number): CacheLifetime | null {
  const cost = (ttl: CacheLifetime, reads: number): number =>
    (prompts - reads) * (1 + WRITE_PREMIUM[ttl]) + reads * factor;
  const fiveMinutes = cost("5m", inTime);
  const anHour = cost("1h", inTime + late);
  if (prompts <= Math.min(fiveMinutes, anHour)) return null;
  return anHour < fiveMinutes ? "1h" : "5m";
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}
