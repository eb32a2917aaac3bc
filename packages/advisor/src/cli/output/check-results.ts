import type { BudgetStatus } from "../../budget/budget-status.ts";
import type { CostComparison } from "../../compare/compare-costs.ts";
import type { MeanCostComparison } from "../../compare/mean-cost.ts";
import type { Regression } from "../../compare/regressions.ts";
import { isForecast } from "../../budget/budget-status.ts";
import type { Selection } from "../flags/selection.ts";
import type { TwoSides } from "../input/compare-periods.ts";
import { displayQuantity } from "./format-values.ts";
import { amountWords, budgetLine, forecastWords, unknownWords } from "./render-budget.ts";

/** What one check came to. */
export interface CheckResult {
  readonly check: "budget" | "cost-per-request" | "cache-hit-rate";
  /** What was checked, for people. */
  readonly name: string;
  /** `not-judged` fails nothing: there is too little to tell. */
  readonly outcome: "passed" | "failed" | "not-judged";
  /** Why, for people. */
  readonly why: string;
  /** Of a budget; null for others. */
  readonly budget: BudgetStatus | null;
  /** Of a regression; null for others. */
  readonly regression: Regression | null;
}

/** The comparison behind regressions. */
export interface CheckedSides extends TwoSides {
  readonly comparison: CostComparison;
  /** Why a request costs something else; null where nobody asked, or a side has no priced request. */
  readonly perRequest: MeanCostComparison | null;
}

/** All checks, and what they were asked of. */
export interface CheckAnswer {
  readonly results: readonly CheckResult[];
  /** What budgets were looked up in. */
  readonly selection: Selection;
  /** The limits, as flags. */
  readonly limitFlags: readonly string[];
  /** Null where nothing was compared. */
  readonly compared: CheckedSides | null;
  /** What has to be known before believing it, one sentence each. */
  readonly notes: readonly string[];
}

export function budgetResult(status: BudgetStatus, byForecast: boolean, timeZone: string): CheckResult {
  const { state, forecast } = status;
  const isPast = state === "passed" || (byForecast && state === "forecast-past");
  const isUnmatched = state === "never-matched";
  const isOpen = isUnmatched || (byForecast && !isForecast(forecast) && !isPast);
  const words = [
    amountWords(status),
    ...(byForecast || isUnmatched ? [forecastWords(status, timeZone)] : []),
    ...unknownWords(status, timeZone),
  ];
  return {
    check: "budget",
    name: `budget ${budgetLine(status.budget)}`,
    outcome: isPast ? "failed" : isOpen ? "not-judged" : "passed",
    why: words.join("; "),
    budget: status,
    regression: null,
  };
}

export function costResult(regression: Regression, unpriced: number): CheckResult {
  const { before, after, worseBy, limit } = regression;
  const rise = worseBy === null ? "from nothing" : signed(worseBy);
  const figures = `from ${meanWords(before)} to ${meanWords(after)}, ${rise} (limit +${percent(limit)})`;
  const noise = noiseWords(regression, signed);
  const left = unpriced === 0 ? [] : [`${displayQuantity(unpriced, "response")} without a price left out`];
  return resultOf("cost-per-request", "cost per request", regression, [`${figures}${noise}`, ...left]);
}

export function hitRateResult(regression: Regression): CheckResult {
  const { before, after, worseBy, limit } = regression;
  const points = (fall: number): string => `${(-100 * fall).toFixed(1)} points`;
  const figures = [before, after].map((rate) => (rate === null ? "none" : percent(rate))).join(" to ");
  const moved = `${points(worseBy ?? 0)} (limit -${(100 * limit).toFixed(1)})`;
  return resultOf("cache-hit-rate", "cache hit rate", regression, [
    `from ${figures} of prompt tokens read from cache, ${moved}${noiseWords(regression, points)}`,
  ]);
}

function noiseWords({ verdict, low }: Regression, words: (worseBy: number) => string): string {
  return verdict === "noise" ? `; may be chance: 80 % range from ${words(low ?? 0)}` : "";
}

function meanWords(mean: number | null): string {
  return mean === null ? "nothing priced" : `$${mean.toPrecision(3)}`;
}

/** @param figures What it came to; with too few responses to judge, what stands behind the first of them is told all the same. */
function resultOf(
  check: CheckResult["check"],
  name: string,
  regression: Regression,
  [measured = "", ...others]: readonly string[],
): CheckResult {
  const { verdict } = regression;
  const isFew = verdict === "too-few";
  return {
    check,
    name,
    outcome: verdict === "failed" ? "failed" : isFew ? "not-judged" : "passed",
    why: [isFew ? fewWords(regression) : measured, ...others].join("; "),
    budget: null,
    regression,
  };
}

function fewWords({ responses, needed, clusters, clustersNeeded }: Regression): string {
  if (responses < needed)
    return `${displayQuantity(responses, "response")} on the smaller side, ${String(needed)} needed`;
  if (clusters === 0)
    return "the detail of all responses of a side was pruned, so that it cannot be told what is chance";
  return `all responses of a side are of one session, ${String(clustersNeeded)} needed to tell what is chance`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function signed(share: number): string {
  return `${share > 0 ? "+" : ""}${percent(share)}`;
}
