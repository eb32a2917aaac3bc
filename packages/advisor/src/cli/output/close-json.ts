import { formatInstant, type BatchRecord, type ClosedPeriod, type PeriodClosed } from "@farthing/ledger";
import { tokensToJson } from "./spend-json.ts";

/** What a period was closed with, as its JSON document. */
export function closeToJson(ledger: string, { closing, open }: ClosedPeriod, dryRun: boolean): object {
  return {
    ledger,
    dryRun,
    closed: { ...closingToJson(closing), models: closing.models },
    open: {
      unreadBatches: open.unreadBatches.map(batchToJson),
      unpriced: open.unpriced.map(({ tokens, ...row }) => ({ ...row, tokens: tokensToJson(tokens) })),
      failedAtUnknownCost: open.failedAtUnknownCost,
      lowerBoundRequests: open.lowerBoundRequests,
      droppedEvents: open.droppedEvents,
      damagedPlaces: open.damagedPlaces,
    },
  };
}

/** A closing, without where its logs stood. */
function closingToJson(closing: PeriodClosed): object {
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

function batchToJson({ batch, service, requests, recorded, endedAt, deletedAt }: BatchRecord): object {
  return {
    batch,
    service,
    endedAt: endedAt === null ? null : formatInstant(endedAt),
    requests,
    recorded,
    deletedAt: formatInstant(deletedAt),
  };
}
