import { z } from "zod";
import type { Cause } from "../compare/causes.ts";
import {
  command,
  asOf,
  codes,
  cost,
  count,
  priceBook,
  schemaVersion,
  time,
  timeZone,
  usd,
  type Fields,
} from "./fields.ts";

/** One of the two costs that are compared. */
export interface ComparedSide {
  readonly command: string;
  readonly ledgers: readonly string[];
  readonly since: string | null;
  readonly until: string | null;
  readonly timeZone: string;
  readonly asOf: string | null;
  readonly open: boolean;
  readonly first: string | null;
  readonly last: string | null;
  readonly priceBook: string;
  readonly usd: string;
  readonly requests: number;
  readonly unpricedRequests: number;
  readonly failed: number;
  readonly failedAtUnknownCost: number;
  readonly lowerBoundRequests: number;
}

/** The part of a difference that a cause has. */
export interface DifferencePart {
  readonly cause: Cause;
  readonly usd: string;
}

/** What a group was like on one side. */
export interface ComparedFacts {
  readonly usd: string;
  readonly requests: number;
  readonly unpricedRequests: number;
  readonly interrupted: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly models: Readonly<Record<string, number>>;
  readonly tiers: Readonly<Record<string, number>>;
}

/** One group on both sides. */
export interface ComparedGroup {
  readonly by: Readonly<Record<string, string | null>>;
  readonly before: ComparedFacts;
  readonly after: ComparedFacts;
  readonly difference: string;
  readonly parts: readonly DifferencePart[];
}

/** Why a cost changed. */
export interface CompareDocument {
  readonly schemaVersion: 1;
  readonly command?: string;
  readonly summary: string;
  readonly by: readonly string[];
  readonly before: ComparedSide;
  readonly after: ComparedSide;
  readonly difference: string;
  readonly parts: readonly DifferencePart[];
  readonly groups: readonly ComparedGroup[];
  readonly notes: readonly string[];
}

/** Why a cost changed, in the documents of `compare` and `check`. */
export const cause: z.ZodType<Cause> = codes<Cause>({
  volume: "More or fewer responses of workloads that are on both sides",
  "new-workloads": "Workloads that have responses on the second side alone",
  "gone-workloads": "Workloads that have responses on the first side alone",
  model: "Other shares of the models in a workload",
  price: "Other prices of the same models",
  "prompt-size": "Longer or shorter prompts, and what prompts cost for being long",
  "output-size": "Longer or shorter output",
  cache: "Other shares of the prompts written to and read from the cache",
  tier: "Other use of batches, fast mode and US-only inference",
  retries: "More or fewer responses whose stream ended early, per complete one",
  "web-search": "Other numbers of web searches per response",
  "further-passes": "Other cost of further passes over a model within responses",
  unexplained: "What cannot be told apart, or comes from more or fewer responses having a price",
}).meta({ id: "cause" });

const part: z.ZodType<DifferencePart> = z
  .object({
    cause: cause.describe("Why"),
    usd: usd.describe("Its part of the difference, US dollars; positive where it made the second side dearer"),
  } satisfies Fields<DifferencePart>)
  .meta({ id: "differencePart", description: "The part of a difference that a cause has" });

/** One of two sides, in the documents of `compare` and `check`. */
export const side: z.ZodType<ComparedSide> = z
  .object({
    command,
    ledgers: z.array(z.string()).describe("Paths of the ledgers that were read as one"),
    since: time.nullable().describe("From when on, inclusive; null for no limit"),
    until: time.nullable().describe("Until when, exclusive; null for no limit"),
    timeZone,
    asOf,
    open: z.boolean().describe("Whether it ends after the current time"),
    first: time.nullable().describe("When the first response was complete; null where there is none"),
    last: time.nullable().describe("When the last response was complete; null where there is none"),
    priceBook,
    usd: cost.describe("Cost of the priced responses at list prices, US dollars"),
    requests: count.describe("Billed responses, unpriced ones included"),
    unpricedRequests: count.describe("Of those, responses without a price: in no amount"),
    failed: count.describe("Attempts that ended in an error or without an answer; not in requests"),
    failedAtUnknownCost: count.describe("Of those, attempts that may have been billed without an answer"),
    lowerBoundRequests: count.describe("Billed responses whose output is a lower bound"),
  } satisfies Fields<ComparedSide>)
  .meta({ id: "comparedSide", description: "One of the two costs that are compared" });

const facts: z.ZodType<ComparedFacts> = z
  .object({
    usd: cost.describe("Cost of its priced responses, US dollars"),
    requests: count.describe("Billed responses, unpriced ones included"),
    unpricedRequests: count.describe("Of those, responses without a price: in no other figure"),
    interrupted: count.describe("Priced responses whose stream ended early"),
    promptTokens: count.describe("Tokens of the prompts of priced responses, cached ones included"),
    outputTokens: count.describe("Output tokens of priced responses"),
    cacheReadTokens: count.describe("Prompt tokens read from the cache"),
    models: z.record(z.string(), count).describe("Priced responses by model"),
    tiers: z
      .record(z.string(), count)
      .describe("Priced responses by tier: standard, or some of batch, priority, fast, us joined by +"),
  } satisfies Fields<ComparedFacts>)
  .meta({ id: "comparedFacts", description: "What a group was like on one side" });

const group: z.ZodType<ComparedGroup> = z.object({
  by: z
    .record(z.string(), z.string().nullable())
    .describe("The group's value in each dimension; null where its responses have none"),
  before: facts.describe("On the first side"),
  after: facts.describe("On the second side"),
  difference: usd.describe("after.usd less before.usd, US dollars"),
  parts: z.array(part).describe("What the difference is made of, the largest first: they sum to it exactly"),
} satisfies Fields<ComparedGroup>);

/** The document of `farthing compare`. */
export const compareSchema: z.ZodType<CompareDocument> = z.object({
  schemaVersion,
  command: command.exactOptional(),
  summary: z.string().describe("Why it changed, in one sentence"),
  by: z.array(z.string()).describe("The dimensions that tell groups apart"),
  before: side.describe("The first side"),
  after: side.describe("The second side"),
  difference: usd.describe("after.usd less before.usd, US dollars"),
  parts: z
    .array(part)
    .describe("What the difference is made of, the largest first: they sum to it exactly; 0 where groups cancel out"),
  groups: z.array(group).describe("The same group by group, the largest difference first"),
  notes: z.array(z.string()).describe("What to know before believing it, for people"),
} satisfies Fields<CompareDocument>);
