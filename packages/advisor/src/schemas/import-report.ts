import { z } from "zod";
import { codes, cost, count, schemaVersion, type Fields } from "./fields.ts";

/** What became of the events of an import. */
export interface ImportOutcomes {
  readonly appended: number;
  readonly merged: number;
  readonly exists: number;
  readonly conflict: number;
}

/** Why a line brought no event. */
export type SkipCode =
  | "malformed-json"
  | "not-an-object"
  | "line-too-long"
  | "no-usage"
  | "synthetic"
  | "no-model"
  | "no-timestamp"
  | "invalid-usage"
  | "invalid-event"
  | "unknown-format"
  | "not-a-call"
  | "other-provider"
  | "gateway-cache"
  | "sum-of-others";

/** A line that brought no event. */
export interface SkippedLineDocument {
  readonly file: string;
  readonly line: number;
  readonly reason: SkipCode;
  readonly field: string | null;
  readonly why: string;
}

/** Lines that brought no event although they could have held one. */
export interface SkippedLines {
  readonly total: number;
  readonly byReason: Readonly<Record<string, number>>;
  readonly examples: readonly SkippedLineDocument[];
}

/** Responses of models without a price. */
export interface UnknownModelsDocument {
  readonly responses: number;
  readonly models: readonly { readonly model: string; readonly responses: number }[];
}

/** What `farthing import events` brought. */
export interface EventsImportDocument {
  readonly schemaVersion: 1;
  readonly ledger: string;
  readonly lines: number;
  readonly snapshots: number;
  readonly outcomes: ImportOutcomes;
  readonly skipped: SkippedLines;
  readonly unknownModels: UnknownModelsDocument;
}

/** A client's figure beside the price of the same tokens. */
export interface ReportedDifferenceDocument {
  readonly id: string;
  readonly model: string;
  readonly reportedUsd: string;
  readonly usd: string | null;
  readonly differenceUsd: string | null;
}

/** What `farthing import agent-sdk` brought. */
export interface AgentSdkImportDocument extends EventsImportDocument {
  readonly results: number;
  readonly differences: readonly ReportedDifferenceDocument[];
  readonly reportedUsd: string;
  readonly unrecordedUsd: string;
  readonly lowerBounds: number;
}

/** What became of the transcripts of an import. */
export interface TranscriptFiles {
  readonly found: number;
  readonly read: number;
  readonly unchanged: number;
  readonly unreadable: readonly { readonly path: string; readonly why: string }[];
}

/** A last line that is not complete yet. */
export interface PendingLineDocument {
  readonly file: string;
  readonly line: number;
  readonly bytes: number;
}

/** What `farthing import claude-code` brought. */
export interface ClaudeCodeImportDocument extends EventsImportDocument {
  readonly roots: readonly string[];
  readonly files: TranscriptFiles;
  readonly pending: readonly PendingLineDocument[];
}

/** What became of events, by outcome. */
export const outcomes: z.ZodType<ImportOutcomes> = z.object({
  appended: count.describe("Events that are new"),
  merged: count.describe("Events that complete one that was known"),
  exists: count.describe("Events that were known already"),
  conflict: count.describe("Events that contradict another final snapshot; one of the two counts"),
} satisfies Fields<ImportOutcomes>);

const skippedLine: z.ZodType<SkippedLineDocument> = z.object({
  file: z.string().describe("The file, or - for stdin"),
  line: count.describe("Number of the line, from 1"),
  reason: codes<SkipCode>({
    "malformed-json": "The line is not JSON",
    "not-an-object": "The line is JSON, but not an object",
    "line-too-long": "The line is longer than any event",
    "no-usage": "An assistant's line without usage",
    synthetic: "Written by the client in the place of an answer; nothing was billed",
    "no-model": "The response names no model",
    "no-timestamp": "The line has no time",
    "invalid-usage": "The usage cannot be billed, such as for a negative count",
    "invalid-event": "A field of the event is missing or wrong",
    "unknown-format": "The file is in a form that the import does not read",
    "not-a-call": "It tells of something else than a call of a model",
    "other-provider": "A call of another model than Claude, or of Claude where somebody else sells it",
    "gateway-cache": "Answered from a cache of the gateway; nothing was billed",
    "sum-of-others": "It sums up calls that the files tell one by one",
  }).describe("Why the line brought no event"),
  field: z.string().nullable().describe("The field at fault; null where no single one is"),
  why: z.string().describe("What is wrong, for people"),
} satisfies Fields<SkippedLineDocument>);

const skipped: z.ZodType<SkippedLines> = z.object({
  total: count.describe("Lines skipped"),
  byReason: z.record(z.string(), count).describe("Lines skipped by reason; reasons that did not occur are absent"),
  examples: z.array(skippedLine).describe("The first lines of each reason"),
} satisfies Fields<SkippedLines>);

const unknownModels: z.ZodType<UnknownModelsDocument> = z.object({
  responses: count.describe("Responses of models this release has no price for; they are in the ledger"),
  models: z
    .array(
      z.object({
        model: z.string().describe("The model, as the responses name it"),
        responses: count.describe("Its responses"),
      } satisfies Fields<UnknownModelsDocument["models"][number]>),
    )
    .describe("The first such models met"),
} satisfies Fields<UnknownModelsDocument>);

/** What the document of every import has. */
export const everyImport: { readonly [Key in keyof EventsImportDocument]: z.ZodType<EventsImportDocument[Key]> } = {
  schemaVersion,
  ledger: z.string().describe("Path of the ledger imported into"),
  lines: count.describe("Lines read, blank ones included"),
  snapshots: count.describe("Lines that held an event, or a snapshot of one"),
  outcomes: outcomes.describe("What became of the events"),
  skipped: skipped.describe("Lines that brought no event although they could have held one"),
  unknownModels: unknownModels.describe("Responses of models without a price"),
};

const files: z.ZodType<TranscriptFiles> = z.object({
  found: count.describe("Transcripts found"),
  read: count.describe("Transcripts of which something was read"),
  unchanged: count.describe("Transcripts to which nothing was added since the last import"),
  unreadable: z
    .array(
      z.object({
        path: z.string().describe("The file or folder"),
        why: z.string().describe("What is wrong, for people"),
      } satisfies Fields<TranscriptFiles["unreadable"][number]>),
    )
    .describe("Files and folders that could not be read"),
} satisfies Fields<TranscriptFiles>);

const pendingLine: z.ZodType<PendingLineDocument> = z.object({
  file: z.string().describe("The file"),
  line: count.describe("Number of the line, from 1"),
  bytes: count.describe("Bytes of the line so far"),
} satisfies Fields<PendingLineDocument>);

/** The document of `farthing import events`. */
export const eventsImportSchema: z.ZodType<EventsImportDocument> = z.object(everyImport);

const reportedDifference: z.ZodType<ReportedDifferenceDocument> = z.object({
  id: z.string().describe("Id of the event that holds what the client said"),
  model: z.string().describe("The model"),
  reportedUsd: z.string().describe("What the client reckoned, in decimal US dollars"),
  usd: z
    .string()
    .nullable()
    .describe(
      "What the same tokens cost at list prices; null where no price is known, or it depends on each prompt's length",
    ),
  differenceUsd: z.string().nullable().describe("`usd` less `reportedUsd`; null where `usd` is"),
} satisfies Fields<ReportedDifferenceDocument>);

/** The document of `farthing import agent-sdk`. */
export const agentSdkImportSchema: z.ZodType<AgentSdkImportDocument> = z.object({
  ...everyImport,
  results: count.describe("Results with a cost of the client's own, kept beside the ledger's"),
  differences: z.array(reportedDifference).describe("Models that a client priced otherwise"),
  reportedUsd: cost.describe("What the tokens cost that results tell, US dollars; those without a price are left out"),
  unrecordedUsd: cost.describe("Of that, what no response of the streams tells, or only in part: it is in no total"),
  lowerBounds: count.describe("Responses whose output is only known as at least so much"),
} satisfies Fields<AgentSdkImportDocument>);

/** The document of `farthing import claude-code`. */
export const claudeCodeImportSchema: z.ZodType<ClaudeCodeImportDocument> = z.object({
  ...everyImport,
  roots: z.array(z.string()).describe("Where transcripts were looked for"),
  files: files.describe("What became of the transcripts"),
  pending: z.array(pendingLine).describe("Last lines that are not complete: they are read when they have ended"),
} satisfies Fields<ClaudeCodeImportDocument>);
