import { costOf, isEventOf, isResponse, type LedgerEvent, type PriceBook } from "@farthing/ledger";

/** What a recorded request adds to what was spent. */
export interface EventCost {
  /** Picodollars; 0 where nobody knows. */
  readonly usd: bigint;
  /** The model of a request whose cost is not known; null where it is. */
  readonly unknownOf: string | null;
}

const FREE: EventCost = { usd: 0n, unknownOf: null };

/** Null for an event that is no request. */
export function costOfEvent(event: LedgerEvent, book: PriceBook): EventCost | null {
  if (isEventOf(event, "RequestFailed")) {
    return event.cost === "free" ? FREE : { usd: 0n, unknownOf: event.requestedModel ?? "a model without a name" };
  }
  if (!isResponse(event)) return null;
  if (event.billedTo !== "self") return FREE;
  const { total } = costOf(event.usage, event.servedModel, Date.parse(event.occurredAt), book);
  return total === null ? { usd: 0n, unknownOf: event.servedModel } : { usd: total, unknownOf: null };
}
