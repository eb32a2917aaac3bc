import type { HeadDifference, HeadOutcome, Problem, ProblemKind, RepairStep, Severity } from "@farthing/ledger";
import { z } from "zod";
import { codes, cost, count, schemaVersion, time, type Fields } from "./fields.ts";

/** What one writer's log came to. */
export interface VerifiedLog {
  readonly writer: string;
  readonly segments: number;
  readonly bytes: number;
  readonly lines: number;
  readonly lost: number;
  readonly firstAt: string | null;
  readonly lastAt: string | null;
  readonly head: { readonly seq: number; readonly chain: string };
}

/** Whether what a ledger held when a period was closed is unchanged. */
export interface VerifiedHead {
  readonly head: string;
  readonly outcome: HeadOutcome;
  readonly closed: { readonly from: string; readonly until: string; readonly usd: string } | null;
  readonly differences: readonly HeadDifference[];
}

/** Whether a ledger is what was written. */
export interface VerifyDocument {
  readonly schemaVersion: 1;
  readonly ledger: string;
  readonly sound: boolean;
  readonly lines: number;
  readonly segments: number;
  readonly bytes: number;
  readonly lost: number;
  readonly logs: readonly VerifiedLog[];
  readonly counts: Readonly<Record<Severity, number>>;
  readonly problems: readonly Problem[];
  readonly repair: readonly RepairStep[] | null;
  readonly head: VerifiedHead | null;
}

const severity: z.ZodType<Severity> = codes<Severity>({
  damage: "A file is not what was written",
  leftover: "What an interrupted process left behind; no acknowledged event is missing",
  note: "Nothing is wrong",
});

/** What a problem is. */
const problemKind: z.ZodType<ProblemKind> = codes<ProblemKind>({
  "changed-line": "A line whose checksum does not match",
  "no-line": "Not a line of a ledger at all",
  "joined-lines": "Lines between which a newline was changed; the whole ones among them count",
  "no-event": "A line as it was written, of what is no event; found with --deep",
  fragment: "The rest of a write that failed; nothing is missing around it",
  "foreign-line": "A line of another writer's log",
  "broken-chain": "A line that has the next number and does not follow the line before",
  "missing-lines": "Numbers between two lines were left out",
  "missing-segment": "A file of a log is not there",
  "forked-number": "Another line of the log has the same number",
  "time-went-back": "A line that was recorded before the one before it",
  unreadable: "The operating system does not let a file be read",
  manifest: "ledger.json is missing or cannot be read",
  "prune-record": "What was pruned is not known as it was written down: a record, its ids, or the log of sums",
  "damaged-columns": "A column file is not what was written",
  "wrong-row": "A column file does not say what its lines say; found with --deep",
  "stale-columns": "A column file of another release, or of what its segment held before",
  "wrong-checkpoint": "A sum that was kept between questions is not what the log comes to; found with --deep",
  "damaged-document": "A document of an import or a report that is no JSON",
  "torn-line": "The end of a file, cut off by a crash; it was never acknowledged",
  "unended-line": "The end of a log, whole but for its newline",
  "stale-lock": "A lock of a process that is gone",
  "leftover-file": "A file that was to be renamed",
  "line-being-written": "The end of a log whose writer is at work",
  "held-lock": "A lock of a process that is at work",
  "repeated-line": "A line that is there twice",
  "unknown-file": "A file that is not read",
}).meta({ id: "problemKind" });

const problem: z.ZodType<Problem> = z.object({
  kind: problemKind.describe("What it is"),
  severity: severity.describe("How much it matters"),
  file: z.string().describe("Path of the file"),
  line: count.nullable().describe("Number of the line, from 1; null where the file as a whole is meant"),
  byte: count.nullable().describe("Offset of the line's first byte; null where the file as a whole is meant"),
  what: z.string().describe("What is wrong, for people"),
  remedy: z.string().nullable().describe("What to do about it, for people; null where there is nothing to do"),
} satisfies Fields<Problem>);

const step: z.ZodType<RepairStep> = z.object({
  action: codes<RepairStep["action"]>({
    ended: "The newline of a whole last line was added",
    "moved-aside": "The bytes of a torn line went to damaged/",
    kept: "The bytes of a damaged line were copied to damaged/, and stay where they are",
    removed: "A lock or a temporary file of a process that is gone, or a kept sum that was wrong, was removed",
    "made-again": "A column file was made again from the log",
    left: "Nothing, because a process is at work there",
  }).describe("What was done"),
  file: z.string().describe("Path of the file"),
  byte: count.nullable().describe("Offset of the line's first byte; null where the file as a whole is meant"),
  what: z.string().describe("The same for people"),
} satisfies Fields<RepairStep>);

const log: z.ZodType<VerifiedLog> = z.object({
  writer: z.string().describe("The writer, as the names of its segments begin"),
  segments: count.describe("Files of the log"),
  bytes: count.describe("Their length"),
  lines: count.describe("Lines that hold an event which counts"),
  lost: count.describe("Numbers that no good line has: events that were recorded and cannot be read"),
  firstAt: time.nullable().describe("When the first line was recorded; null where no line says"),
  lastAt: time.nullable().describe("When the newest line was recorded; null where no line says"),
  head: z
    .object({
      seq: count.describe("Its number"),
      chain: z.string().describe("Its chain value"),
    } satisfies Fields<VerifiedLog["head"]>)
    .describe("The newest line. Kept elsewhere, it proves later that the log was not cut short"),
} satisfies Fields<VerifiedLog>);

const difference: z.ZodType<HeadDifference> = z.object({
  file: z.string().nullable().describe("Path of the file; null where none can be named"),
  line: count.nullable().describe("Number of the line, from 1; null where it cannot be told"),
  byte: count.nullable().describe("Offset of the line's first byte; null where it cannot be told"),
  what: z.string().describe("What is not as it was, for people"),
} satisfies Fields<HeadDifference>);

const head: z.ZodType<VerifiedHead> = z.object({
  head: z.string().describe("The chain head that was asked about"),
  outcome: codes<HeadOutcome>({
    proven: "The closing, and every line before its position, are what they were",
    changed: "The closing, or a line before its position, is not what it was",
    "not-told": "Lines before the position were pruned since: it cannot be told any more",
    "no-closing": "No closing has this head: it was removed or changed, or the head is of another ledger",
  }).describe("Whether anything was changed"),
  closed: z
    .object({
      from: time.describe("Where the period begins, inclusive"),
      until: time.describe("Where it ends, exclusive"),
      usd: cost.describe("What it was closed with, US dollars"),
    } satisfies Fields<NonNullable<VerifiedHead["closed"]>>)
    .nullable()
    .describe("The closing as the ledger has it; null where none has this head"),
  differences: z.array(difference).describe("What is not as it was"),
} satisfies Fields<VerifiedHead>);

/** The document of `farthing verify`. */
export const verifySchema: z.ZodType<VerifyDocument> = z.object({
  schemaVersion,
  ledger: z.string().describe("Path of the ledger"),
  sound: z.boolean().describe("Whether nothing is damaged; leftovers and notes do not count. After a repair, if any"),
  lines: count.describe("Lines that hold an event which counts"),
  segments: count.describe("Files they lie in"),
  bytes: count.describe("Length of those files"),
  lost: count.describe("Recorded events that cannot be read, as far as the numbers of the lines tell"),
  logs: z.array(log).describe("Every writer's log, by name"),
  counts: z
    .object({
      damage: count.describe("Problems that are damage"),
      leftover: count.describe("Problems that are left behind"),
      note: count.describe("Notes"),
    } satisfies Fields<VerifyDocument["counts"]>)
    .describe("How many problems there are of each severity"),
  problems: z.array(problem).describe("The first 1000 of each severity, by file and place"),
  repair: z.array(step).nullable().describe("What --repair did; null without --repair"),
  head: head.nullable().describe("What --head asked about; null without --head"),
} satisfies Fields<VerifyDocument>);
