import type { Bill, RecordedUsage } from "@farthing/ledger";
import type { Evidence } from "./evidence.ts";
import type { Slice } from "./reconciliation.ts";

export interface ReconcileInput {
  readonly period: Slice;
  readonly bill: Bill;
  /** By `granularityOf` of the bill, and then by `RECORDED_BY`. */
  readonly recorded: readonly RecordedUsage[];
  readonly evidence: Evidence;
  /** In percent; null where none is set. Used only where the bill tells no list amounts. */
  readonly discountPercent: string | null;
}
