import { z } from "zod";
import { standingBudget, type StandingBudget } from "./budget.ts";
import { codes, count, schemaVersion, usd, type Fields } from "./fields.ts";

/** How a measure moved between two sides. */
export interface CheckedRegression {
  readonly before: number;
  readonly after: number;
  readonly worseBy: number;
  readonly limit: number;
  readonly verdict: "passed" | "failed" | "noise" | "too-few";
  readonly low: number | null;
  readonly responses: number;
  readonly needed: number;
}

/** What one check came to. */
export interface CheckedResult {
  readonly check: "budget" | "cost-per-request" | "cache-hit-rate";
  readonly name: string;
  readonly outcome: "passed" | "failed" | "not-judged";
  readonly why: string;
  readonly budget: StandingBudget | null;
  readonly regression: CheckedRegression | null;
}

/** What checks came to. */
export interface CheckDocument {
  readonly schemaVersion: 1;
  readonly failed: number;
  readonly results: readonly CheckedResult[];
  readonly comparison: { readonly summary: string; readonly difference: string } | null;
}

const regression: z.ZodType<CheckedRegression> = z.object({
  before: z.number().describe("On the first side: US dollars per priced response, or a share of the prompts' tokens"),
  after: z.number().describe("The same on the second side"),
  worseBy: z.number().describe("Of costs the relative rise, of hit rates the fall; positive is worse"),
  limit: z.number().describe("From what on it fails"),
  verdict: codes<CheckedRegression["verdict"]>({
    passed: "Not past the limit",
    failed: "Past the limit, and more than chance",
    noise: "Past the limit, but a range at 80 % reaches down to no rise at all: it fails nothing",
    "too-few": "Too few responses to judge: it fails nothing",
  }).describe("What is made of it"),
  low: z.number().nullable().describe("Low end of the range of worseBy at 80 %; null where it was not measured"),
  responses: count.describe("Responses of the smaller side"),
  needed: count.describe("How many there must be"),
} satisfies Fields<CheckedRegression>);

const result: z.ZodType<CheckedResult> = z.object({
  check: codes<CheckedResult["check"]>({
    budget: "Whether a budget is passed, or with --forecast expected to be",
    "cost-per-request": "Whether a priced response costs more than before",
    "cache-hit-rate": "Whether less of the prompts is read from the cache than before",
  }).describe("What kind of check"),
  name: z.string().describe("What was checked, for people"),
  outcome: codes<CheckedResult["outcome"]>({
    passed: "It holds",
    failed: "It does not: the command exits with 1",
    "not-judged": "There is too little to tell: it fails nothing",
  }).describe("What it came to"),
  why: z.string().describe("The figures, for people"),
  budget: standingBudget.nullable().describe("The budget; null for other checks"),
  regression: regression.nullable().describe("How the measure moved; null for budgets"),
} satisfies Fields<CheckedResult>);

/** The document of `farthing check`. */
export const checkSchema: z.ZodType<CheckDocument> = z.object({
  schemaVersion,
  failed: count.describe("How many checks failed"),
  results: z.array(result).describe("Each check: budgets by name, then regressions"),
  comparison: z
    .object({
      summary: z.string().describe("Why the second side costs something else, in one sentence"),
      difference: usd.describe("How much, US dollars"),
    })
    .nullable()
    .describe("The comparison behind regressions; null where nothing was compared"),
} satisfies Fields<CheckDocument>);
