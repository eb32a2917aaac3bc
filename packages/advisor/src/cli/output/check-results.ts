import type { BudgetStatus } from "../../budget/budget-status.ts";
import type { CostComparison } from "../../compare/compare-costs.ts";
import type { Regression } from "../../compare/regressions.ts";
import { isForecast } from "../../budget/budget-status.ts";
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

/** All checks, and the comparison behind them; null where nothing was compared. */
export interface CheckAnswer {
  readonly results: readonly CheckResult[];
  readonly comparison: CostComparison | null;
}

export function budgetResult(status: BudgetStatus, byForecast: boolean, timeZone: string): CheckResult {
  const { state, forecast } = status;
  const isPast = state === "passed" || (byForecast && state === "forecast-past");
  const isOpen = byForecast && !isForecast(forecast) && !isPast;
  const words = [
    amountWords(status),
    ...(byForecast ? [forecastWords(status, timeZone)] : []),
    ...unknownWords(status),
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
  const { before, after, worseBy, limit, low, verdict } = regression;
  const figures = `from $${before.toPrecision(3)} to $${after.toPrecision(3)}, ${signed(worseBy)} (limit +${percent(limit)})`;
  const noise = verdict === "noise" ? `; may be chance: 80 % range from ${signed(low ?? 0)}` : "";
  const left = unpriced === 0 ? "" : `; ${displayQuantity(unpriced, "response")} without a price left out`;
  return resultOf("cost-per-request", "cost per request", regression, `${figures}${noise}${left}`);
}

export function hitRateResult(regression: Regression): CheckResult {
  const { before, after, worseBy, limit } = regression;
  const points = `${(-100 * worseBy).toFixed(1)} points (limit -${(100 * limit).toFixed(1)})`;
  const figures = `from ${percent(before)} to ${percent(after)} of prompt tokens read from cache, ${points}`;
  return resultOf("cache-hit-rate", "cache hit rate", regression, figures);
}

function resultOf(check: CheckResult["check"], name: string, regression: Regression, figures: string): CheckResult {
  const { verdict, responses, needed } = regression;
  const isFew = verdict === "too-few";
  return {
    check,
    name,
    outcome: verdict === "failed" ? "failed" : isFew ? "not-judged" : "passed",
    why: isFew ? `${displayQuantity(responses, "response")} on the smaller side, ${String(needed)} needed` : figures,
    budget: null,
    regression,
  };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function signed(share: number): string {
  return `${share > 0 ? "+" : ""}${percent(share)}`;
}
