import type { MeasuredRatio, TokenBuckets } from "@farthing/ledger";
import { z } from "zod";
import type { ParamsChange } from "../trial/candidate-params.ts";
import type { NotSentReason } from "../trial/trial-calls.ts";
import { codes, cost, count, schemaVersion, type Fields } from "./fields.ts";

/** What one model did in a trial. */
export interface TrialSideDocument {
  readonly model: string;
  readonly answers: number;
  readonly recorded: number;
  readonly truncated: number;
  readonly failures: readonly { readonly errorType: string; readonly requests: number }[];
  readonly tokens: TokenBuckets;
  readonly usd: string | null;
  readonly latencyMs: { readonly p50: number; readonly p95: number } | null;
}

/** What a trial measured. */
export interface TrialDocument {
  readonly schemaVersion: 1;
  readonly dryRun: false;
  readonly trial: string;
  readonly ledger: string;
  readonly workload: string | null;
  readonly advice: string | null;
  readonly samples: number;
  readonly repeat: number;
  readonly from: TrialSideDocument;
  readonly to: TrialSideDocument;
  readonly pairs: number;
  readonly promptRatio: MeasuredRatio | null;
  readonly outputRatio: MeasuredRatio | null;
  readonly agreement: TrialAgreementDocument;
  readonly notSent: readonly { readonly reason: NotSentReason; readonly samples: number }[];
  readonly changes: readonly { readonly change: ParamsChange; readonly samples: number }[];
  readonly budgetUsd: string;
  readonly spentUsd: string;
  readonly callsAtUnknownCost: number;
  readonly callsAboveBound: number;
}

export interface TrialAgreementDocument {
  readonly by: "exact" | "json-fields" | "function";
  readonly compared: number;
  readonly notComparable: number;
  readonly share: number | null;
  readonly interval: { readonly low: number; readonly high: number } | null;
}

/** What a trial would take at most. */
export interface TrialDryRunDocument {
  readonly schemaVersion: 1;
  readonly dryRun: true;
  readonly from: string;
  readonly to: string;
  readonly samples: number;
  readonly repeat: number;
  readonly calls: { readonly candidate: number; readonly present: number };
  readonly mostUsd: string;
  readonly unbounded: readonly { readonly reason: NotSentReason; readonly samples: number }[];
  readonly budgetUsd: string | null;
}

const share: z.ZodType<number> = z.number().nonnegative();

const ratio: z.ZodType<MeasuredRatio> = z.object({
  low: share.describe("Lower end of the 80 % range"),
  expected: share.describe("The ratio of the sums"),
  high: share.describe("Upper end of the 80 % range"),
} satisfies Fields<MeasuredRatio>);

const buckets: z.ZodType<TokenBuckets> = z.object({
  uncachedInput: count.describe("Prompt tokens neither read from nor written to the cache"),
  cacheWrite5m: count.describe("Prompt tokens written to the cache to live five minutes"),
  cacheWrite1h: count.describe("Prompt tokens written to the cache to live one hour"),
  cacheRead: count.describe("Prompt tokens read from the cache"),
  output: count.describe("Generated tokens, thinking included"),
} satisfies Fields<TokenBuckets>);

const side: z.ZodType<TrialSideDocument> = z.object({
  model: z.string().describe("As requests name it"),
  answers: count.describe("Answers, those that came with the samples included"),
  recorded: count.describe("Answers that came with the samples"),
  truncated: count.describe("Answers that were sent, and cut off at max_tokens"),
  failures: z
    .array(
      z.object({
        errorType: z.string().describe("As the API names it: an error, or why a message stopped"),
        requests: count.describe("Requests that ended so"),
      } satisfies Fields<TrialSideDocument["failures"][number]>),
    )
    .describe("Requests without an answer, or with one that is none, such as a refusal"),
  tokens: buckets.describe("Of its answers in pairs, all together"),
  usd: cost.nullable().describe("What these cost at list prices; null where the cost of one is not known"),
  latencyMs: z
    .object({
      p50: count.describe("Half of the answers took no longer"),
      p95: count.describe("95 % of the answers took no longer"),
    } satisfies Fields<NonNullable<TrialSideDocument["latencyMs"]>>)
    .nullable()
    .describe("Milliseconds from the request to the whole answer, of those sent; null where none was answered"),
} satisfies Fields<TrialSideDocument>);

const notSentReason: z.ZodType<NotSentReason> = codes<NotSentReason>({
  budget: "The budget had no room for what it can cost at most",
  "bound-passed": "A call had cost more than it was taken to cost at most, which ends a trial",
  "no-price": "There is no price for what it asks",
  "prompt-not-counted": "How long its prompt is was not to be had",
  "parameter-not-bounded": "A parameter leaves open what it can cost",
  "tool-not-bounded": "A tool that the API runs leaves open what it can cost",
  "output-not-bounded": "Its max_tokens leaves open what it can cost",
}).meta({ id: "notSentReason" });

const notSent: z.ZodType<{ readonly reason: NotSentReason; readonly samples: number }> = z.object({
  reason: notSentReason.describe("Why"),
  samples: count.describe("How many samples"),
} satisfies Fields<{ readonly reason: NotSentReason; readonly samples: number }>);

const change: z.ZodType<ParamsChange> = codes<ParamsChange>({
  "max-tokens-lowered": "max_tokens was lowered to what the candidate takes",
  "thinking-budget-replaced": "A thinking budget was replaced by adaptive thinking",
  "thinking-left-out": "thinking was left out, which the candidate takes otherwise",
  "effort-left-out": "effort was left out, which the candidate does not take",
});

const agreement: z.ZodType<TrialAgreementDocument> = z.object({
  by: codes<TrialAgreementDocument["by"]>({
    exact: "The same text and tool calls, or the same JSON",
    "json-fields": "The same values in fields of the answers' JSON",
    function: "As the user's own function says",
  }).describe("How answers were held against each other"),
  compared: count.describe("Samples of which answers could be compared"),
  notComparable: count.describe("Samples that both answered to the end of which none could"),
  share: share.nullable().describe("The share of those compared that agree, each sample counted once"),
  interval: z
    .object({
      low: share.describe("Lower end"),
      high: share.describe("Upper end"),
    } satisfies Fields<NonNullable<TrialAgreementDocument["interval"]>>)
    .nullable()
    .describe("Between what the share of all such requests lies with 95 % confidence"),
} satisfies Fields<TrialAgreementDocument>);

/** The document of `farthing trial`. */
export const trialSchema: z.ZodType<TrialDocument> = z.object({
  schemaVersion,
  dryRun: z.literal(false).describe("Requests were sent"),
  trial: z.string().describe("Its id: of its event, and in the label farthing-trial of its calls"),
  ledger: z.string().describe("Path of the ledger that holds both"),
  workload: z.string().nullable().describe("What the samples are of; null where that was not said"),
  advice: z.string().nullable().describe("The recommendation that was tried; null where none was named"),
  samples: count.describe("Samples in the file"),
  repeat: count.describe("How often each was to be asked"),
  from: side.describe("The present model"),
  to: side.describe("The candidate"),
  pairs: count.describe("Answers of both models to one sample, none of them cut off, each with its usage"),
  promptRatio: ratio
    .nullable()
    .describe("Prompt tokens of the candidate, of the present model's; null with fewer than two samples"),
  outputRatio: ratio.nullable().describe("The same of output tokens"),
  agreement: agreement.describe("How many answers agree with the present ones"),
  notSent: z.array(notSent).describe("Samples that were not sent, or not as often as asked"),
  changes: z
    .array(
      z.object({
        change: change.describe("What of the request"),
        samples: count.describe("How many samples"),
      } satisfies Fields<TrialDocument["changes"][number]>),
    )
    .describe("Samples that the candidate was asked otherwise than they say, because it takes no such request"),
  budgetUsd: cost.describe("What the trial was allowed to spend"),
  spentUsd: cost.describe("What its calls came to; those at unknown cost count with the most they can have cost"),
  callsAtUnknownCost: count.describe("Calls that may have been billed and brought no usage"),
  callsAboveBound: count.describe(
    "Calls that cost more than they were taken to cost at most; after the first, nothing else was sent",
  ),
} satisfies Fields<TrialDocument>);

/** The document of `farthing trial --dry-run`. */
export const trialDryRunSchema: z.ZodType<TrialDryRunDocument> = z.object({
  schemaVersion,
  dryRun: z.literal(true).describe("Nothing was sent"),
  from: z.string().describe("The present model"),
  to: z.string().describe("The candidate"),
  samples: count.describe("Samples in the file"),
  repeat: count.describe("How often each is to be asked"),
  calls: z
    .object({
      candidate: count.describe("To the candidate"),
      present: count.describe("To the present model, where samples have no answer yet"),
    } satisfies Fields<TrialDryRunDocument["calls"]>)
    .describe("Calls of which the most they can cost is known"),
  mostUsd: cost.describe("The most that these can cost together"),
  unbounded: z.array(notSent).describe("Samples of which it is not known, and why"),
  budgetUsd: cost.nullable().describe("As given; null where none was"),
} satisfies Fields<TrialDryRunDocument>);
