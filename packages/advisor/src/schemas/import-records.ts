import { z } from "zod";
import { codes, count, type Fields } from "./fields.ts";
import { type EventsImportDocument, everyImport } from "./import-report.ts";

/** Why it is not known what a call used. */
export type UnclearCode =
  | "no-usage"
  | "cached-input-unclear"
  | "cache-not-told"
  | "unknown-count"
  | "counted-elsewhere"
  | "call-or-sum"
  | "sum-of-batch"
  | "impossible-counts";

/** A record of a call of which it is not known what it used. */
export interface UnclearRecordDocument {
  readonly file: string;
  readonly line: number;
  readonly reason: UnclearCode;
  readonly field: string | null;
  readonly why: string;
}

/** Calls that are in the ledger without usage. */
export interface UnclearRecords {
  readonly total: number;
  readonly byReason: Readonly<Record<string, number>>;
  readonly examples: readonly UnclearRecordDocument[];
}

/** The stated costs in records of one model beside the price of the same tokens. */
export interface StatedByModelDocument {
  readonly model: string;
  readonly records: number;
  readonly differing: number;
  readonly statedUsd: string;
  readonly usd: string;
  readonly differenceUsd: string;
  readonly unpricedRecords: number;
  readonly unpricedStatedUsd: string;
}

/** What `farthing import litellm` or `farthing import langfuse` brought. */
export interface RecordsImportDocument extends EventsImportDocument {
  readonly unclear: UnclearRecords;
  readonly cacheUntold: number;
  readonly stated: readonly StatedByModelDocument[];
}

const unclearRecord: z.ZodType<UnclearRecordDocument> = z.object({
  file: z.string().describe("The file"),
  line: count.describe("Number of the line it begins in, from 1; of a page, that of the page"),
  reason: codes<UnclearCode>({
    "no-usage": "There are no counts",
    "cached-input-unclear": "Whether the prompt's count has cached tokens in it, nothing in the record tells",
    "cache-not-told": "Nothing is said of cached tokens, and the stated cost is not that of a prompt without any",
    "unknown-count": "A count under a name this release does not know",
    "counted-elsewhere": "The counts are an estimate of the program that wrote the record",
    "call-or-sum": "It may be a call, or count once more what calls in it count",
    "sum-of-batch": "One record stands for the calls of a whole batch",
    "impossible-counts": "The counts cannot be, such as for a negative one",
  }).describe("Why it is not known what the call used"),
  field: z.string().nullable().describe("The field at fault; null where no single one is"),
  why: z.string().describe("What is missing, for people"),
} satisfies Fields<UnclearRecordDocument>);

const unclear: z.ZodType<UnclearRecords> = z.object({
  total: count.describe("Calls"),
  byReason: z.record(z.string(), count).describe("Calls by reason; reasons that did not occur are absent"),
  examples: z.array(unclearRecord).describe("The first calls of each reason"),
} satisfies Fields<UnclearRecords>);

const statedByModel: z.ZodType<StatedByModelDocument> = z.object({
  model: z.string().describe("The model"),
  records: count.describe("Records with a stated cost and a price; of a call that several tell of, each"),
  differing: count.describe("Those of which the two differ by more than a double rounds"),
  statedUsd: z.string().describe("What these state, in decimal US dollars"),
  usd: z.string().describe("What their tokens cost at list prices"),
  differenceUsd: z.string().describe("`usd` less `statedUsd`"),
  unpricedRecords: count.describe("Records with a stated cost of calls whose cost is not known here"),
  unpricedStatedUsd: z.string().describe("What those state"),
} satisfies Fields<StatedByModelDocument>);

/** The document of `farthing import litellm`, and of `farthing import langfuse`. */
export const recordsImportSchema: z.ZodType<RecordsImportDocument> = z.object({
  ...everyImport,
  unclear: unclear.describe("Calls in the ledger without usage, at unknown cost"),
  cacheUntold: count.describe(
    "Calls whose record says nothing of cached tokens: their whole prompt counts as uncached",
  ),
  stated: z
    .array(statedByModel)
    .describe("What the records state that calls cost, by model; it is never part of spend"),
} satisfies Fields<RecordsImportDocument>);
