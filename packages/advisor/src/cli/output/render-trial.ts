import {
  displayUsd,
  divideHalfEven,
  money,
  promptTokens,
  type MeasuredRatio,
  type Money,
  type TrialRecorded,
} from "@farthing/ledger";
import { wrap } from "../../report/text-layout.ts";
import { narrowsNothingBecause } from "../../strategies/measured-trial.ts";
import type { DryRun } from "../../trial/dry-run.ts";
import type { ParamsChange } from "../../trial/candidate-params.ts";
import type { NotSentReason } from "../../trial/trial-calls.ts";
import type { TrialPlan } from "../../trial/trial-plan.ts";
import type { SideResult, TrialResult } from "../../trial/trial-result.ts";
import { wilsonInterval } from "../../trial/wilson-interval.ts";
import { displayCount, displayQuantity } from "./format-values.ts";
import { renderTable } from "./table.ts";

/** Cents are too coarse for one request. */
const USD_DECIMALS = 6;

const NOT_SENT_WORDS: Readonly<Record<NotSentReason, string>> = {
  budget: "the budget had no room for what they can cost at most",
  "bound-passed": "a call had cost more than it was taken to cost at most",
  "no-price": "there is no price for what they ask",
  "prompt-not-counted": "how long the prompt is was not to be had",
  "parameter-not-bounded": "a parameter leaves open what they can cost",
  "tool-not-bounded": "a tool that the API runs leaves open what they can cost",
  "output-not-bounded": "max_tokens leaves open what they can cost",
};

const CHANGE_WORDS: Readonly<Record<ParamsChange, string>> = {
  "max-tokens-lowered": "max_tokens lowered to what the candidate takes",
  "thinking-budget-replaced": "thinking budget replaced by adaptive thinking",
  "thinking-left-out": "thinking left out, which the candidate takes otherwise",
  "effort-left-out": "effort left out, which the candidate does not take",
};

const BY_WORDS: Readonly<Record<TrialResult["agreement"]["by"], string>> = {
  exact: "to the letter",
  "json-fields": "in the JSON fields compared",
  function: "by your own function",
};

interface Shown {
  readonly event: TrialRecorded;
  readonly ledger: string;
  /** Why the event is not in the ledger; null where it is. */
  readonly notRecorded: string | null;
  readonly columns: number;
}

/** What a trial measured, for people. */
export function renderTrial(result: TrialResult, { event, ledger, notRecorded, columns }: Shown): string[] {
  const { from, to, samples, repeat, spent, budget, callsAtUnknownCost: unknown } = result;
  const asked = repeat === 1 ? "" : `, each asked ${displayCount(repeat)} times`;
  const notes = [
    unknown === 0
      ? null
      : `of these, ${displayQuantity(unknown, "call")} may have been billed without an answer: the most they can have cost`,
    result.callsAboveBound === 0
      ? null
      : `${displayQuantity(result.callsAboveBound, "call")} cost more than they were taken to cost at most; nothing was sent after that`,
  ];
  return [
    `farthing trial   ${from.model} -> ${to.model}, ${displayQuantity(samples, "sample")}${asked}`,
    ...under("AGREEMENT", agreementWords(result), columns),
    ...renderTable(COLUMNS, tableRows(result), columns).map((line) => `  ${line}`),
    ...failureLines(result, columns),
    ...result.notSent.flatMap(({ reason, samples: count }) =>
      under("NOT SENT", `${displayQuantity(count, "sample")}: ${NOT_SENT_WORDS[reason]}`, columns),
    ),
    ...result.changes.flatMap(({ change, samples: count }) =>
      under("CHANGED", `${displayQuantity(count, "sample")}: ${CHANGE_WORDS[change]}`, columns),
    ),
    ...under("SPENT", `${displayUsd(spent, USD_DECIMALS)} of ${displayUsd(budget, 2)}`, columns),
    ...notes.flatMap((note) => (note === null ? [] : under("", note, columns))),
    ...under(
      "NOTE",
      "agreement is with the present answers, or those given; whether any is good it does not say",
      columns,
    ),
    ...(notRecorded === null
      ? [...under("RECORDED", `${event.id} in ${ledger}`, columns), ...under("", usedFor(event), columns)]
      : under("RECORDED", `not recorded: ${notRecorded}`, columns)),
  ];
}

/** What a trial would take at most, for people. */
export function renderDryRun(
  { calls, most, unbounded }: DryRun,
  plan: TrialPlan,
  { budget, columns }: { readonly budget: Money | null; readonly columns: number },
): string[] {
  const all = calls.candidate + calls.present;
  const of = budget === null ? "" : `; ${fitWords({ most, unbounded }, budget)}`;
  return [
    `farthing trial --dry-run   ${plan.from} -> ${plan.to}, ${displayQuantity(plan.samples.length, "sample")}; nothing was sent`,
    ...under(
      "CALLS",
      `${displayQuantity(all, "call")}: ${displayCount(calls.candidate)} to ${plan.to}, ${displayCount(calls.present)} to ${plan.from}`,
      columns,
    ),
    ...under("AT MOST", `${displayUsd(most, USD_DECIMALS)}${of}`, columns),
    ...under(
      "",
      "prompts count with their bytes, which are more than their tokens, and answers with max_tokens",
      columns,
    ),
    ...unbounded.flatMap(({ reason, samples }) =>
      under("UNKNOWN", `${displayQuantity(samples, "sample")}, not in this: ${NOT_SENT_WORDS[reason]}`, columns),
    ),
  ];
}

function fitWords({ most, unbounded }: Pick<DryRun, "most" | "unbounded">, budget: Money): string {
  const named = `the budget of ${displayUsd(budget, 2)}`;
  if (most > budget) return `${named} does not fit`;
  return unbounded.length === 0 ? `${named} fits` : `whether ${named} fits is not known`;
}

const MARGIN = 11;

function under(heading: string, text: string, columns: number): readonly string[] {
  return wrap(heading.padEnd(MARGIN) + text, columns, " ".repeat(MARGIN));
}

function agreementWords({ agreement }: TrialResult): string {
  const { by, compared, notComparable, share } = agreement;
  const rest = notComparable === 0 ? "" : `; ${displayQuantity(notComparable, "sample")} could not be compared`;
  if (share === null) return `no answers could be compared${rest}`;
  const { low, high } = wilsonInterval(share, compared);
  const interval = `${percent(low)} - ${percent(high)} %`;
  return `${percent(share)} % of ${displayQuantity(compared, "sample")} agree ${BY_WORDS[by]}; of all such requests ${interval}, with 95 % confidence${rest}`;
}

function percent(share: number): string {
  return (100 * share).toFixed(1);
}

const COLUMNS = [
  { title: "", align: "left" },
  { title: "present", align: "right" },
  { title: "candidate", align: "right" },
  { title: "ratio", align: "right" },
  { title: "80 % range", align: "right" },
] as const;

function tableRows({ from, to, pairs, promptRatio, outputRatio }: TrialResult): readonly (readonly string[])[] {
  const both = (name: string, of: (side: SideResult) => string, ratio: string, range = ""): readonly string[] => [
    name,
    of(from),
    of(to),
    ratio,
    range,
  ];
  const each = (total: number): string => (pairs === 0 ? "-" : displayCount(Math.round(total / pairs)));
  return [
    both("answers", ({ answers }) => displayCount(answers), ""),
    both("  of which recorded", ({ recorded }) => displayCount(recorded), ""),
    both("  cut off at max_tokens", ({ truncated }) => displayCount(truncated), ""),
    both("prompt tokens each", ({ tokens }) => each(promptTokens(tokens)), ...ratioWords(promptRatio)),
    both("output tokens each", ({ tokens }) => each(tokens.output), ...ratioWords(outputRatio)),
    both("cost each", (side) => costEach(side, pairs), costRatio(from, to)),
    both("latency, median", ({ latencyMs }) => milliseconds(latencyMs?.p50), ""),
    both("latency, 95 % under", ({ latencyMs }) => milliseconds(latencyMs?.p95), ""),
  ];
}

function ratioWords(ratio: MeasuredRatio | null): readonly [string, string] {
  if (ratio === null) return ["-", "-"];
  return [`${ratio.expected.toFixed(2)}x`, `${ratio.low.toFixed(2)} - ${ratio.high.toFixed(2)}`];
}

function costEach({ usd }: SideResult, pairs: number): string {
  return usd === null || pairs === 0 ? "-" : displayUsd(money(divideHalfEven(usd, BigInt(pairs))), USD_DECIMALS);
}

function costRatio({ usd: before }: SideResult, { usd: after }: SideResult): string {
  return before === null || after === null || before <= 0n ? "-" : `${(Number(after) / Number(before)).toFixed(2)}x`;
}

function milliseconds(time: number | undefined): string {
  return time === undefined ? "-" : `${displayCount(time)} ms`;
}

function failureLines({ from, to }: TrialResult, columns: number): readonly string[] {
  return [from, to].flatMap(({ model, failures }) =>
    failures.flatMap(({ errorType, requests }) =>
      under("FAILED", `${displayQuantity(requests, "request")} to ${model}: ${errorType}`, columns),
    ),
  );
}

function usedFor(event: TrialRecorded): string {
  const { workload } = event;
  if (workload === null) return "no advice rests on it: --workload or --advice says what the samples are of";
  const useless = narrowsNothingBecause(event);
  return useless === null ? `reports on ${workload} use it` : `reports on ${workload} may name it, and ${useless}`;
}
