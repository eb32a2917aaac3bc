import type { CaptureTimes, Instant, LineItemName, TokenBuckets } from "@farthing/ledger";
import type { Slice } from "./reconciliation.ts";
import type { RecordedAs } from "./dimension-values.ts";

/** Recorded usage of one request, told apart as `RecordedUsage` is. */
export interface RequestUsage extends RecordedAs {
  /** When the ledger counts it. */
  readonly occurredAt: Instant;
  readonly quantities: ReadonlyMap<LineItemName, bigint>;
}

/** Usage that the bill may count at another time than the ledger: of an item of a batch. */
export interface BatchUsage extends RequestUsage {
  /** When its batch was submitted: it cannot be billed before, nor after the batch had ended, when the ledger counts it. */
  readonly submittedAt: Instant;
}

/** What the ledger knows beside usage of why a bill can differ. */
export interface Evidence {
  readonly captures: readonly CaptureTimes[];
  /** What full queues dropped, and when that was noticed. */
  readonly dropped: readonly { readonly at: Instant; readonly tokens: TokenBuckets }[];
  readonly batches: readonly BatchUsage[];
  /** When batches ran of which results were not read: nothing of them is billed before or after. */
  readonly unreadBatches: readonly Slice[];
  /** Usage that is recorded under another id, too. */
  readonly repeated: readonly RequestUsage[];
}
