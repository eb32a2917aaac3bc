import { formatInstant, type BatchRecord, type ClosedPeriod } from "@farthing/ledger";
import { closingToJson } from "./closing-json.ts";
import { tokensToJson } from "./spend-json.ts";

/** What a period was closed with, as its JSON document. */
export function closeToJson(ledger: string, { closing, open }: ClosedPeriod, dryRun: boolean): object {
  return {
    ledger,
    dryRun,
    closed: closingToJson(closing),
    models: closing.models,
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
