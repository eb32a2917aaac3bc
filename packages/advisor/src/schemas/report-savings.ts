import { z } from "zod";
import type { LineItemName } from "@farthing/ledger";
import type { Effort, Lever, PlanLimits, Risk } from "../strategies/strategy.ts";
import type { CachePoint, CacheTimeline } from "../report/cache-timelines.ts";
import type { PromptKnowledge } from "../trace/counterfactual-request.ts";
import { lineItem } from "./codes.ts";
import { codes, command, cost, count, time, usd, type Fields } from "./fields.ts";
import { returnedRow, type ReturnedRow } from "./follow-up.ts";
import { usdRange, type UsdRange } from "./usd-range.ts";

/** Which responses the savings, replay gaps, abstentions and re-sent context are of. */
export interface AdviceBasisRow {
  readonly responses: number;
  readonly usd: string;
  readonly days: number;
  readonly from: string | null;
  readonly asOf: string | null;
  readonly newer: number;
  readonly trialCalls: number;
}

/** A number of tokens by the rules, and by the bill. */
interface ComparedTokens {
  readonly predicted: number;
  readonly billed: number;
}

/** How well the caching rules reproduce one workload's bill. */
export interface ReplayGapRow {
  readonly workload: string;
  readonly steps: number;
  readonly exactSteps: number;
  readonly unexplainedSteps: number;
  readonly unexplained: string;
  readonly predicted: string;
  readonly billed: string;
  readonly gap: number | null;
  readonly differences: string;
  readonly knowledge: PromptKnowledge;
  readonly reads: ComparedTokens;
  readonly writes: ComparedTokens;
}

/** What the cache of one workload did as recorded. */
export interface CacheTimelineRow {
  readonly workload: string;
  readonly step: CacheTimeline["step"];
  readonly points: readonly CachePoint[];
}

/** What all recommendations together would have saved. */
export interface JointSaving {
  readonly answersUnchanged: UsdRange;
  readonly needsQualityTest: UsdRange;
  readonly all: UsdRange;
  readonly perMonth: UsdRange | null;
}

/** One change worth making. */
export interface RecommendationRow {
  readonly id: string;
  readonly strategy: string;
  readonly workload: string;
  readonly subject: string | null;
  readonly title: string;
  readonly lever: Lever;
  readonly answersUnchanged: boolean;
  readonly risk: Risk;
  readonly effort: Effort;
  readonly saving: UsdRange;
  readonly arithmetic: ArithmeticRow;
  readonly share: string;
  readonly shareRange: UsdRange;
  readonly breakEven: string | null;
  readonly uncertainty: string;
  readonly change: string;
  readonly undo: string;
  readonly unseen: string | null;
  readonly returned?: ReturnedRow;
}

/** One of several. */
export interface ListedRecommendation extends RecommendationRow {
  readonly command?: string;
}

interface PaidItem {
  readonly quantity: number | null;
  readonly usd: string;
}

interface ArithmeticRow {
  readonly items: readonly {
    readonly item: LineItemName | "other" | "notClaimed";
    readonly before: PaidItem;
    readonly after: PaidItem;
  }[];
  readonly elsewhere: string;
}

export const adviceBasis: z.ZodType<AdviceBasisRow> = z.object({
  responses: count.describe("Responses looked at, those without a price included"),
  usd: cost.describe("What those with a price came to, US dollars; savings are parts of this"),
  days: count.describe("Local days on which they were complete"),
  from: time
    .nullable()
    .describe("Where only the newest were looked at, because there are too many: when the first of them started"),
  asOf: time
    .nullable()
    .describe("When they were looked at, where more have come since; null where they are of the ledger as reported"),
  newer: count.describe("Responses of the report that have come since"),
  trialCalls: count.describe("Responses that were made for a trial, which no advice is about"),
} satisfies Fields<AdviceBasisRow>);

const comparedTokens: z.ZodType<ComparedTokens> = z.object({
  predicted: count.describe("By the caching rules"),
  billed: count.describe("As billed"),
} satisfies Fields<ComparedTokens>);

export const replayGapRow: z.ZodType<ReplayGapRow> = z.object({
  workload: z.string().describe("The workload"),
  steps: count.describe("Responses that continue a recorded one: only these can be predicted"),
  exactSteps: count.describe("Of those, responses whose predicted cache reads equal the billed ones to the token"),
  unexplainedSteps: count.describe(
    "Steps left as recorded: a cache that had to be alive was not read, and nothing says why",
  ),
  unexplained: usd.describe("What these steps came to more than predicted, US dollars"),
  predicted: cost.describe("What the workload comes to by the caching rules, US dollars"),
  billed: cost.describe("What it comes to as billed, US dollars"),
  gap: z.number().nullable().describe("(predicted - billed) / billed; null where no step can be predicted"),
  differences: cost.describe("What single steps differ by from the bill, up or down, added up, US dollars"),
  knowledge: codes<PromptKnowledge>({
    blocks: "Replayed from fingerprints of its prompts, block by block",
    recorded: "Replayed from what recorded reads and writes prove",
  }).describe("How its prompts are known"),
  reads: comparedTokens.describe("Tokens that the steps read from a cache"),
  writes: comparedTokens.describe("Tokens that the steps wrote into a cache"),
} satisfies Fields<ReplayGapRow>);

export const jointSaving: z.ZodType<JointSaving> = z.object({
  answersUnchanged: usdRange.describe("By the changes that leave answers as they are"),
  needsQualityTest: usdRange.describe("What the changes that need a quality test add"),
  all: usdRange.describe("By all changes, replayed together"),
  perMonth: usdRange
    .nullable()
    .describe("All changes, for 30 mean days; null where there are too few full days to say"),
} satisfies Fields<JointSaving>);

const RISK_WORDS: Readonly<Record<Risk, string>> = {
  none: "Nothing",
  "later-answers": "They come later",
  "other-answers": "They may be others: test their quality first",
};

const EFFORT_WORDS: Readonly<Record<Effort, string>> = {
  setting: "One setting or parameter, or a habit",
  lines: "Some lines where the call is made",
  rework: "Work on how the service asks",
};

/** The most that a change might risk, and take, to be proposed. */
export const limitsRow: z.ZodType<PlanLimits> = z.object({
  risk: codes<Risk>(RISK_WORDS).describe("What a change might do to answers at most"),
  effort: codes<Effort>(EFFORT_WORDS).describe("What a change might take at most"),
} satisfies Fields<PlanLimits>);

const paidItem: z.ZodType<PaidItem> = z.object({
  quantity: count.nullable().describe("Tokens, or searches; null where there is no one unit"),
  usd: usd.describe("What they come to, US dollars"),
} satisfies Fields<PaidItem>);

const arithmetic: z.ZodType<ArithmeticRow> = z.object({
  items: z
    .array(
      z.object({
        item: z
          .union([
            lineItem,
            z.literal("other").describe("Billed beside the answers, or of requests no change touches"),
            z.literal("notClaimed").describe("Not counted as saved: a price cut that came anyway"),
          ])
          .describe("What was paid for"),
        before: paidItem.describe("Replayed as it was sent"),
        after: paidItem.describe("Replayed with this change alone"),
      }),
    )
    .describe("What was paid for in the workload, either way"),
  elsewhere: usd.describe("What is saved in workloads that share its cache, US dollars; negative: what it costs there"),
} satisfies Fields<ArithmeticRow>);

const recommendationFields = {
  id: z.string().describe("Hash of strategy, workload and subject: the same in every report"),
  strategy: z.string().describe("The strategy that proposes it"),
  workload: z.string().describe("The workload it changes"),
  subject: z.string().nullable().describe("What of the workload it changes, such as one model; null for all of it"),
  title: z.string().describe("One line for a table"),
  lever: codes<Lever>({
    code: "Whoever maintains the calling code",
    "claude-code-setting": "The user of Claude Code, by a setting",
    habit: "The user of Claude Code, by working differently",
    administrator: "An administrator of the organisation",
  }).describe("Who can make the change"),
  answersUnchanged: z.boolean().describe("False where the change can alter answers, and needs a quality test"),
  risk: codes<Risk>(RISK_WORDS).describe("What the change may do to answers"),
  effort: codes<Effort>(EFFORT_WORDS).describe("What the change takes"),
  saving: usdRange.describe("What the change would have saved on its own; savings overlap, never add them up"),
  arithmetic: arithmetic.describe("How that comes about: before less after, and elsewhere, are the saving exactly"),
  share: usd.describe("Its part of the joint saving, US dollars; all shares sum to it exactly"),
  shareRange: usdRange.describe("The range of its part of the joint saving"),
  breakEven: z.string().nullable().describe("What would cancel the saving; null where nothing plausible does"),
  uncertainty: z.string().describe("What the range allows for"),
  change: z.string().describe("What to change, and where"),
  undo: z.string().describe("How to take it back"),
  unseen: z
    .string()
    .nullable()
    .describe("Why no later request shows whether the change was made; null where requests do"),
  returned: returnedRow.exactOptional().describe("Why it is given again although it was dismissed"),
} satisfies Fields<RecommendationRow>;

export const recommendationRow: z.ZodType<RecommendationRow> = z.object(recommendationFields);

export const listedRecommendation: z.ZodType<ListedRecommendation> = z.object({
  ...recommendationFields,
  command: command.exactOptional().describe("Prints it in full; absent where no command line made the report"),
} satisfies Fields<ListedRecommendation>);

/** A recommendation under its number in the report over the whole ledger. */
export interface NumberedRecommendation extends RecommendationRow {
  readonly command: string;
  readonly number: number;
}

export const numberedRecommendation: z.ZodType<NumberedRecommendation> = z.object({
  command: command.describe("Prints it by itself"),
  number: count.describe("Its number in the report over the whole ledger"),
  ...recommendationFields,
} satisfies Fields<NumberedRecommendation>);

const cachePoint: z.ZodType<CachePoint> = z.object({
  at: z.string().describe("The local hour, YYYY-MM-DDTHH, day, YYYY-MM-DD, or month, YYYY-MM"),
  read: count.describe("Prompt tokens read from the cache"),
  written: count.describe("Prompt tokens written into it"),
  writtenAgain: count.describe("Of these, tokens that had been cached before and had expired"),
  uncached: count.describe("Prompt tokens that were neither read nor written"),
  expiries: count.describe("How often a cached context had expired when it was needed"),
} satisfies Fields<CachePoint>);

export const cacheTimelineRow: z.ZodType<CacheTimelineRow> = z.object({
  workload: z.string().describe("The workload"),
  step: codes<CacheTimeline["step"]>({
    hour: "Each point is a local hour",
    day: "Each point is a local day",
    month: "Each point is a local month: there are too many days to list",
  }).describe("What each point is of"),
  points: z.array(cachePoint).describe("Hours, days or months with use, in order"),
} satisfies Fields<CacheTimelineRow>);
