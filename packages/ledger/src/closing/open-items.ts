import type { EventsDropped } from "../events/event.ts";
import { isEventOf } from "../events/known-event.ts";
import { unreadBatches, type BatchRecord } from "../projections/batches.ts";
import type { SpendResult, UnpricedRow } from "../projections/spend.ts";
import type { LedgerView } from "../store/view/view.ts";
import type { ClosedSpan } from "./closings.ts";

/** What can still change what a period came to, or is missing from it. */
export interface OpenItems {
  /** Batches that ended within the period, or may have, of which results are still to be read. */
  readonly unreadBatches: readonly BatchRecord[];
  /** Responses without a price. */
  readonly unpriced: readonly UnpricedRow[];
  /** Attempts without an answer that may have been billed. */
  readonly failedAtUnknownCost: number;
  /** Responses of which the end was not recorded: they cost at least what is in the figure. */
  readonly lowerBoundRequests: number;
  /** Events that a full queue left out. */
  readonly droppedEvents: number;
  /** Places of the ledger that cannot be read, whatever period they are of. */
  readonly damagedPlaces: number;
}

export async function openItemsOf(view: LedgerView, spend: SpendResult, span: ClosedSpan): Promise<OpenItems> {
  return {
    unreadBatches: (await unreadBatches(view)).filter((batch) => canBeWithin(batch, span)),
    unpriced: spend.unpriced,
    failedAtUnknownCost: spend.total.failedAtUnknownCost,
    lowerBoundRequests: spend.lowerBoundRequests,
    droppedEvents: droppedIn(view, span),
    damagedPlaces: view.damage.length,
  };
}

/** A batch counts in the period in which it ended; of one that is not known to have ended, only its creation is known. */
function canBeWithin({ endedAt, submittedAt }: BatchRecord, { from, until }: ClosedSpan): boolean {
  if (endedAt !== null) return endedAt >= from && endedAt < until;
  return submittedAt !== null && submittedAt < until && submittedAt >= from - LONGEST_BATCH_MS;
}

/** A batch ends within a day of its creation, or expires. */
const LONGEST_BATCH_MS = 24 * 60 * 60 * 1000;

function droppedIn({ others }: LedgerView, { from, until }: ClosedSpan): number {
  const isWithin = ({ occurredAt }: EventsDropped): boolean => {
    const at = Date.parse(occurredAt);
    return at >= from && at < until;
  };
  return others
    .filter((event) => isEventOf(event, "EventsDropped"))
    .filter(isWithin)
    .reduce((count, event) => count + event.count, 0);
}
