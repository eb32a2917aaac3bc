export {
  type ClaudeCodeImportReport,
  importClaudeCode,
  type ImportClaudeCodeOptions,
  type ImportProgress,
  type PendingLine,
} from "./import.ts";
export { defaultRoots, findTranscripts, type FoundTranscripts, type UnreadablePath } from "./paths.ts";
export { findUnreadTranscripts, type UnreadTranscripts } from "./unread-transcripts.ts";
export { CLAUDE_CODE_SOURCE } from "./parse-transcript.ts";
export type { AppendCounts } from "../import/append-queue.ts";
export type { ImportReport } from "../import/import-report.ts";
export type { LinePlace, Skip, SkippedLine, SkipReason, Skips } from "../import/skip.ts";
export type { UnknownModelsReport } from "../import/unknown-models.ts";
