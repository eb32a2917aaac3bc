import type { PeriodClosed } from "@farthing/ledger";

/** A closing, without where its logs stood. */
export function closingToJson(closing: PeriodClosed): object {
  const { from, until, timeZone, occurredAt, usd, requests, unpricedRequests } = closing;
  return {
    from,
    until,
    timeZone: timeZone ?? null,
    closedAt: occurredAt,
    usd,
    requests: requests ?? null,
    unpricedRequests: unpricedRequests ?? null,
    position: closing.position,
    priceBook: closing.priceBookHash,
    chainHead: closing.chainHead,
  };
}
