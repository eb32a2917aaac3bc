import type { RowBatch } from "../rows/request-rows.ts";
import type { RowClasses } from "./row-classes.ts";
import type { BatchSessions } from "./session-sums.ts";

/** Rows of a batch, with what was looked at of them so far. */
export interface Rows {
  readonly batch: RowBatch;
  /** By context, the number of its group. */
  readonly groupOf: Int32Array;
  /** Null where nobody asked for sessions. */
  readonly sums: BatchSessions | null;
  readonly sign: 1 | -1;
}

/** Rows for the plain loop. */
export interface PlainRows extends Rows {
  readonly classes: RowClasses;
  /** Rows to leave out. */
  readonly general: Uint8Array | null;
  readonly start: number;
  readonly end: number;
}
