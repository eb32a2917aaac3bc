import type { RowBatch } from "../rows/request-rows.ts";
import type { StateParts } from "./state-codec.ts";

/** What a question about rows adds up to so far. */
export interface RowState<Result> {
  /** Adds the rows that count. */
  add(batch: RowBatch): void;
  /** Takes rows away that were added: those of the batch that are not marked as dead. */
  subtract(batch: RowBatch): void;
  /** False where taking rows away left something open that only adding all rows anew can tell. */
  isExact(): boolean;
  result(): Result;
  parts(): StateParts;
}

/** A question about rows whose state can be kept and brought up to date. */
export interface RowProjection<Result> {
  /** Of its checkpoints: lower-case letters, digits and dashes. */
  readonly name: string;
  /** Raised when the same rows come to another state. */
  readonly version: number;
  /** Whatever decides the state besides the rows, as text: equal questions of equal rows have equal states. */
  readonly question: string;
  newState(): RowState<Result>;
  /** The state that had these parts. */
  restore(parts: StateParts): RowState<Result>;
}
