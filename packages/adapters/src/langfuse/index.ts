export { importLangfuse, type ImportLangfuseOptions } from "./import.ts";
export { LANGFUSE_SOURCE } from "./observation.ts";
export type { RecordFile, RecordProgress, RecordsReport } from "../import/import-records.ts";
export type { Unclear, UnclearReason } from "../import/record-reading.ts";
export type { LinePlace, ReasonedLines, Skip, SkippedLine, SkipReason, Skips } from "../import/skip.ts";
export type { StatedByModel } from "../import/stated-by-model.ts";
