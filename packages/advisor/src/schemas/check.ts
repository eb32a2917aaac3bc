import { z } from "zod";
import type { Cause } from "../compare/causes.ts";
import { standingBudget, type StandingBudget } from "./budget.ts";
import { cause, side, type ComparedSide } from "./compare.ts";
import { command, codes, count, priceBook, schemaVersion, time, timeZone, usd, type Fields } from "./fields.ts";

/** How a measure moved between two sides. */
export interface CheckedRegression {
  readonly before: number | null;
  readonly after: number | null;
  readonly worseBy: number | null;
  readonly limit: number;
  readonly verdict: "passed" | "failed" | "noise" | "too-few";
  readonly low: number | null;
  readonly responses: number;
  readonly needed: number;
  readonly clusters: number;
  readonly clustersNeeded: number;
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

/** Why a request costs something else on average. */
interface CheckedMean {
  readonly difference: string;
  readonly mix: string;
  readonly parts: readonly { readonly workload: string | null; readonly cause: Cause; readonly usd: string }[];
}

/** The comparison behind regressions. */
interface CheckedComparison {
  readonly summary: string;
  readonly difference: string;
  readonly before: ComparedSide;
  readonly after: ComparedSide;
  readonly perRequest: CheckedMean | null;
}

/** What checks came to. */
export interface CheckDocument {
  readonly schemaVersion: 1;
  readonly command?: string;
  readonly ledgers: readonly string[];
  readonly now: string;
  readonly timeZone: string;
  readonly priceBook: string;
  readonly failed: number;
  readonly results: readonly CheckedResult[];
  readonly comparison: CheckedComparison | null;
  readonly notes: readonly string[];
}

const regression: z.ZodType<CheckedRegression> = z.object({
  before: z
    .number()
    .nullable()
    .describe(
      "On the first side: US dollars per priced response, or a share of the prompts' tokens; null where it has none",
    ),
  after: z.number().nullable().describe("The same on the second side"),
  worseBy: z
    .number()
    .nullable()
    .describe(
      "Of costs the relative rise, of hit rates the fall; positive is worse. Null where a side has no figure, or the first costs nothing",
    ),
  limit: z.number().describe("From what on it fails"),
  verdict: codes<CheckedRegression["verdict"]>({
    passed: "Not past the limit",
    failed: "Past the limit, and more than chance",
    noise: "Past the limit, but a range at 80 % reaches down to no rise at all: it fails nothing",
    "too-few": "Too few responses to judge, or all of one session: it fails nothing",
  }).describe("What is made of it"),
  low: z.number().nullable().describe("Low end of the range of worseBy at 80 %; null where it was not measured"),
  responses: count.describe("Responses of the smaller side"),
  needed: count.describe("How many there must be"),
  clusters: count.describe(
    "Of the side that has fewer: its sessions, and of requests without one the requests or the days, whichever differ more; the range is told from how these differ",
  ),
  clustersNeeded: count.describe("How many there must be"),
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

const perRequest: z.ZodType<CheckedMean> = z.object({
  difference: usd.describe("Mean cost of the second side's priced responses less that of the first's, US dollars"),
  mix: usd.describe("The part of it that comes of other shares of the workloads, new and gone ones included"),
  parts: z
    .array(
      z.object({
        workload: z.string().nullable().describe("The workload; null for requests that have none"),
        cause: cause.describe("Why"),
        usd: usd.describe("Its part of the difference, US dollars; positive where it made requests dearer"),
      } satisfies Fields<CheckedMean["parts"][number]>),
    )
    .describe(
      "What changed within workloads on both sides, the largest first: with mix the difference, but for rounding",
    ),
} satisfies Fields<CheckedMean>);

const comparison: z.ZodType<CheckedComparison> = z.object({
  summary: z.string().describe("Why the second side costs something else altogether, in one sentence"),
  difference: usd.describe("How much, US dollars"),
  before: side.describe("The first side"),
  after: side.describe("The second side"),
  perRequest: perRequest
    .nullable()
    .describe("Why a request costs something else; null where that was not checked, or a side has no priced response"),
} satisfies Fields<CheckedComparison>);

/** The document of `farthing check`. */
export const checkSchema: z.ZodType<CheckDocument> = z.object({
  schemaVersion,
  command: command.exactOptional(),
  ledgers: z.array(z.string()).describe("Paths of the ledgers whose budgets are checked"),
  now: time.describe("The current time, or that of --now"),
  timeZone: timeZone.describe("IANA name of the zone that cuts the periods of budgets"),
  priceBook,
  failed: count.describe("How many checks failed"),
  results: z.array(result).describe("Each check: budgets by name, then regressions"),
  comparison: comparison.nullable().describe("The comparison behind regressions; null where nothing was compared"),
  notes: z.array(z.string()).describe("What to know before believing it, for people"),
} satisfies Fields<CheckDocument>);
