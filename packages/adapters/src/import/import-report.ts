import type { AppendCounts } from "./append-queue.ts";
import type { Skips } from "./skip.ts";
import type { UnknownModelsReport } from "./unknown-models.ts";

/** What an import read, and what became of it. */
export interface ImportReport {
  /** Lines read, blank ones included. */
  readonly lines: number;
  /** Lines that held an event, or a snapshot of one: several lines can tell of the same response. */
  readonly snapshots: number;
  readonly outcomes: AppendCounts;
  readonly skipped: Skips;
  readonly unknownModels: UnknownModelsReport;
}
