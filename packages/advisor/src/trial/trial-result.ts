import {
  addTokens,
  NO_TOKENS,
  promptTokens,
  sum,
  totalTokens,
  type MeasuredRatio,
  type Money,
  type TokenBuckets,
} from "@farthing/ledger";
import type { Agreement } from "./agreement.ts";
import type { ParamsChange } from "./candidate-params.ts";
import { ratioRange } from "./ratio-range.ts";
import type { RunOutcome, SideOutcome, TrialOutcomes } from "./run-trial.ts";
import type { NotSentReason } from "./trial-calls.ts";
import type { TrialPlan } from "./trial-plan.ts";

/** What one of the models did. */
export interface SideResult {
  readonly model: string;
  readonly answers: number;
  /** Those of `answers` that came with the samples. */
  readonly recorded: number;
  /** Those of `answers` that were sent, and cut off at `max_tokens`. */
  readonly truncated: number;
  /** Requests without an answer, refusals among them, by the API's name for why, in order. */
  readonly failures: readonly { readonly errorType: string; readonly requests: number }[];
  /** Of its answers in pairs. */
  readonly tokens: TokenBuckets;
  /** Null where the cost of one of them is not known. */
  readonly usd: Money | null;
  readonly latencyMs: { readonly p50: number; readonly p95: number } | null;
}

/** What a trial measured, without any text. */
export interface TrialResult {
  readonly samples: number;
  readonly repeat: number;
  readonly from: SideResult;
  readonly to: SideResult;
  /** How often both models answered one sample to its end. */
  readonly answeredByBoth: number;
  /** Those answers of both models, each with its usage. */
  readonly pairs: number;
  readonly promptRatio: MeasuredRatio | null;
  readonly outputRatio: MeasuredRatio | null;
  readonly agreement: {
    readonly by: Agreement["by"];
    /** Samples of which answers could be compared, and those that both answered to the end of which none could. */
    readonly compared: number;
    readonly notComparable: number;
    readonly share: number | null;
  };
  /** Samples that were not sent at all, or not as often as asked. */
  readonly notSent: readonly { readonly reason: NotSentReason; readonly samples: number }[];
  /** Samples that the candidate was asked otherwise than they say. */
  readonly changes: readonly { readonly change: ParamsChange; readonly samples: number }[];
  readonly budget: Money;
  readonly spent: Money;
  readonly callsAtUnknownCost: number;
  readonly callsAboveBound: number;
}

type Ran = Extract<RunOutcome, { readonly notSent: null }>;

/** Puts together what came of all runs. */
export function trialResult(plan: TrialPlan, budget: Money, outcomes: TrialOutcomes): TrialResult {
  const ran = outcomes.runs.filter((run) => run.notSent === null);
  const pairs = ran.flatMap((run) => pairOf(run));
  return {
    samples: plan.samples.length,
    repeat: plan.repeat,
    from: sideResult(
      plan.from,
      ran.map(({ present }) => present),
      pairs.map(({ present }) => present),
    ),
    to: sideResult(
      plan.to,
      ran.map(({ candidate }) => candidate),
      pairs.map(({ candidate }) => candidate),
    ),
    answeredByBoth: ran.filter(({ present, candidate }) => isWhole(present) && isWhole(candidate)).length,
    pairs: pairs.length,
    promptRatio: ratioOf(pairs, promptTokens),
    outputRatio: ratioOf(pairs, ({ output }) => output),
    agreement: { by: plan.agreement.by, ...agreementOf(ran) },
    notSent: counted(outcomes.runs, (run) => (run.notSent === null ? [] : [run.notSent])).map(([reason, samples]) => ({
      reason,
      samples,
    })),
    changes: counted(ran, (run) => run.changes).map(([change, samples]) => ({ change, samples })),
    budget,
    spent: outcomes.spent,
    callsAtUnknownCost: outcomes.callsAtUnknownCost,
    callsAboveBound: outcomes.callsAboveBound,
  };
}

interface MeasuredAnswer {
  readonly tokens: TokenBuckets;
  readonly usd: Money | null;
}

interface Pair {
  readonly sample: number;
  readonly present: MeasuredAnswer;
  readonly candidate: MeasuredAnswer;
}

function pairOf({ sample, present, candidate }: Ran): readonly Pair[] {
  const [before, after] = [measured(present), measured(candidate)];
  return before === null || after === null ? [] : [{ sample, present: before, candidate: after }];
}

function measured(side: SideOutcome): MeasuredAnswer | null {
  if (!isWhole(side) || side.usage === null) return null;
  return { tokens: totalTokens(side.usage), usd: side.usd };
}

function isWhole(side: SideOutcome): side is Extract<SideOutcome, { readonly kind: "answer" }> {
  return side.kind === "answer" && !side.isTruncated;
}

function sideResult(model: string, all: readonly SideOutcome[], paired: readonly MeasuredAnswer[]): SideResult {
  const answers = all.filter((side) => side.kind === "answer");
  const costs = paired.map(({ usd }) => usd);
  const known = costs.filter((usd) => usd !== null);
  return {
    model,
    answers: answers.length,
    recorded: answers.filter(({ isRecorded }) => isRecorded).length,
    truncated: answers.filter(({ isTruncated }) => isTruncated).length,
    failures: failuresOf(all),
    tokens: paired.reduce((total, { tokens }) => addTokens(total, tokens), NO_TOKENS),
    usd: known.length === costs.length ? sum(known) : null,
    latencyMs: latencyOf(answers.flatMap(({ latencyMs }) => latencyMs ?? [])),
  };
}

function failuresOf(all: readonly SideOutcome[]): SideResult["failures"] {
  const requests = new Map<string, number>();
  for (const side of all) {
    if (side.kind === "failure") requests.set(side.errorType, (requests.get(side.errorType) ?? 0) + 1);
  }
  return [...requests]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([errorType, count]) => ({ errorType, requests: count }));
}

/** The smallest time that at least this share of the answers took no longer than. */
function latencyOf(times: readonly number[]): SideResult["latencyMs"] {
  if (times.length === 0) return null;
  const inOrder = times.toSorted((a, b) => a - b);
  const at = (share: number): number => Math.round(inOrder[Math.ceil(share * inOrder.length) - 1] ?? 0);
  return { p50: at(0.5), p95: at(0.95) };
}

/** Runs of one sample are one observation: they resemble each other more than they do others. */
function ratioOf(pairs: readonly Pair[], quantity: (tokens: TokenBuckets) => number): MeasuredRatio | null {
  const bySample = new Map<number, { before: number; after: number }>();
  for (const { sample, present, candidate } of pairs) {
    const sums = bySample.get(sample) ?? { before: 0, after: 0 };
    bySample.set(sample, {
      before: sums.before + quantity(present.tokens),
      after: sums.after + quantity(candidate.tokens),
    });
  }
  return ratioRange([...bySample.values()]);
}

/** Each sample counts once, with the share of its runs that agree. */
function agreementOf(ran: readonly Ran[]): Omit<TrialResult["agreement"], "by"> {
  const bySample = new Map<number, { agreed: number; compared: number }>();
  for (const { sample, present, candidate, verdict } of ran) {
    if (!isWhole(present) || !isWhole(candidate)) continue;
    const { agreed, compared } = bySample.get(sample) ?? { agreed: 0, compared: 0 };
    bySample.set(sample, {
      agreed: agreed + (verdict === "agree" ? 1 : 0),
      compared: compared + (verdict === "not-comparable" ? 0 : 1),
    });
  }
  const shares = [...bySample.values()].flatMap(({ agreed, compared }) => (compared === 0 ? [] : [agreed / compared]));
  const share = shares.length === 0 ? null : shares.reduce((total, each) => total + each, 0) / shares.length;
  return { compared: shares.length, notComparable: bySample.size - shares.length, share };
}

/** How many samples have each of what is said of their runs, in the order in which it was met. */
function counted<R extends { readonly sample: number }, T>(
  runs: readonly R[],
  said: (run: R) => readonly T[],
): readonly (readonly [T, number])[] {
  const samples = new Map<T, Set<number>>();
  for (const run of runs) {
    for (const each of said(run)) samples.set(each, (samples.get(each) ?? new Set()).add(run.sample));
  }
  return [...samples].map(([each, places]) => [each, places.size]);
}
