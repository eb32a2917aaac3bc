import { z } from "zod";
import { count, schemaVersion, usd, type Fields } from "./fields.ts";
import { outcomes, type ImportOutcomes } from "./import-report.ts";

/** Tokens by kind. */
export interface BillTokens {
  readonly uncachedInput: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  readonly cacheRead: number;
  readonly output: number;
}

/** Something of a report that could not be read. */
export interface BillProblemDocument {
  readonly file: string;
  readonly place: string | null;
  readonly why: string;
}

/** What `farthing import usage-report` or `cost-report` brought. */
export interface BillImportDocument {
  readonly schemaVersion: 1;
  readonly ledger: string;
  readonly files: number;
  readonly days: number;
  readonly rows: number;
  readonly usd: string | null;
  readonly tokens: BillTokens | null;
  readonly webSearchRequests: number | null;
  readonly outcomes: ImportOutcomes;
  readonly problems: readonly BillProblemDocument[];
  readonly warnings: readonly string[];
}

/** What `farthing bill set` recorded. */
export interface BillSetDocument {
  readonly schemaVersion: 1;
  readonly ledger: string;
  readonly since: string;
  readonly until: string;
  readonly usd: string;
  readonly previous: string | null;
  readonly added: boolean;
}

const tokens: z.ZodType<BillTokens> = z.object({
  uncachedInput: count.describe("Prompt tokens neither read from nor written to the cache"),
  cacheWrite5m: count.describe("Prompt tokens written to the cache for five minutes"),
  cacheWrite1h: count.describe("Prompt tokens written to the cache for one hour"),
  cacheRead: count.describe("Prompt tokens read from the cache"),
  output: count.describe("Generated tokens"),
} satisfies Fields<BillTokens>);

const problem: z.ZodType<BillProblemDocument> = z.object({
  file: z.string().describe("The file, as it was named"),
  place: z.string().nullable().describe("Where in the file, such as data[3].results[0]; null for the whole file"),
  why: z.string().describe("What is wrong, for people"),
} satisfies Fields<BillProblemDocument>);

/** The document of `farthing import usage-report` and `farthing import cost-report`. */
export const billImportSchema: z.ZodType<BillImportDocument> = z.object({
  schemaVersion,
  ledger: z.string().describe("Path of the ledger imported into"),
  files: count.describe("Files given"),
  days: count.describe("UTC days of which something is told"),
  rows: count.describe("Rows read"),
  usd: usd.nullable().describe("Dollars after discounts; null for a usage report"),
  tokens: tokens.nullable().describe("Tokens; null for a cost report"),
  webSearchRequests: count.nullable().describe("Web searches; null where no row tells them"),
  outcomes: outcomes.describe("What became of the times told of: one event each"),
  problems: z.array(problem).describe("Rows and files that could not be read"),
  warnings: z.array(z.string()).describe("What seems to be missing of the report, for people"),
} satisfies Fields<BillImportDocument>);

/** The document of `farthing bill set`. */
export const billSetSchema: z.ZodType<BillSetDocument> = z.object({
  schemaVersion,
  ledger: z.string().describe("Path of the ledger"),
  since: z.string().describe("Start of the period, inclusive"),
  until: z.string().describe("End of the period, exclusive"),
  usd: usd.describe("Dollars recorded for the period"),
  previous: usd.nullable().describe("Dollars recorded for it before; null where there were none"),
  added: z.boolean().describe("Whether something was recorded; the same amount again records nothing"),
} satisfies Fields<BillSetDocument>);
