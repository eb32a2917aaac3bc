export { importEvents, type ImportEventsOptions } from "./import.ts";
export { EVENTS_SOURCE } from "./response-from-short-form.ts";
export type { AppendCounts } from "../import/append-queue.ts";
export type { ImportReport } from "../import/import-report.ts";
export type { LinePlace, Skip, SkippedLine, SkipReason, Skips } from "../import/skip.ts";
export type { UnknownModelsReport } from "../import/unknown-models.ts";
