import { displayUsd, formatInstant, ratio, type BudgetSetting, type Money } from "@farthing/ledger";
import { isForecast, type BudgetState, type BudgetStatus } from "../../budget/budget-status.ts";
import { printable, wrap } from "../../report/text-layout.ts";
import { usdWords } from "../../report/words.ts";
import type { Selection } from "../flags/selection.ts";
import { displayDay, displayDays, displayQuantity } from "./format-values.ts";

/** Where budgets stand, and what was asked for it. */
export interface BudgetAnswer {
  readonly selection: Selection;
  readonly statuses: readonly BudgetStatus[];
  /** The one budget that was asked for; null for all. */
  readonly name: string | null;
}

const STATE_WORDS: Readonly<Record<BudgetState, string>> = {
  passed: "PASSED",
  "forecast-past": "PAST IT BY THE FORECAST",
  "at-risk": "AT RISK",
  within: "WITHIN",
  "never-matched": "NOTHING COUNTED",
};
const INDENT = "  ";

/** A budget as it was set, on one line. */
export function budgetLine({ name, usd, per, where }: BudgetSetting): string {
  const conditions = where.map(({ key, value }) => ` ${key}=${value ?? ""}`).join("");
  return printable(`${name}  $${usd} a ${per}${conditions === "" ? "" : ` where${conditions}`}`);
}

/** Budgets for people: what is spent, what it will come to, and what is not known. */
export function renderBudgets({ selection, statuses }: BudgetAnswer, columns: number): string[] {
  const { now, timeZone, book } = selection;
  return [
    `farthing budget status   ${formatInstant(now).slice(0, 16).replace("T", " ")}Z, days in ${timeZone}`,
    ...statuses.flatMap((status) =>
      statusLines(status, selection).flatMap((line) => wrap(line, columns, `${INDENT}  `)),
    ),
    `USD at API list prices, prices ${book.hash}`,
  ];
}

function statusLines(status: BudgetStatus, { timeZone }: Selection): string[] {
  return [
    `${budgetLine(status.budget)}: ${STATE_WORDS[status.state]}`,
    `${INDENT}${amountWords(status)}; ${spanWords(status, timeZone)}`,
    `${INDENT}${forecastWords(status, timeZone)}`,
    ...unknownWords(status, timeZone).map((words) => `${INDENT}${words}`),
  ];
}

/** How much of a budget there was, such as `at least $12.74 of $20.00, 64 %`. */
export function amountWords(status: BudgetStatus): string {
  const { limit, spent, unpricedRequests, failedAtUnknownCost, lowerBoundRequests } = status;
  const atLeast = unpricedRequests + failedAtUnknownCost + lowerBoundRequests > 0 ? "at least " : "";
  return `${atLeast}${displayUsd(spent)} of ${displayUsd(limit)}, ${shareWords(spent, limit)}`;
}

/** An amount that is not the limit is not 100 % of it, however near. */
function shareWords(spent: Money, limit: Money): string {
  const share = `${(100 * ratio(spent, limit)).toFixed(0)} %`;
  if (share !== "100 %" || spent === limit) return share;
  return `just ${spent < limit ? "under" : "over"} ${share}`;
}

function spanWords({ since, until }: BudgetStatus, timeZone: string): string {
  return displayDays(since, until - 1, timeZone);
}

/** What a budget will come to, in words, or what is missing to say it. */
export function forecastWords({ forecast }: BudgetStatus, timeZone: string): string {
  if (!isForecast(forecast)) {
    const days = displayQuantity(forecast.fullDays, "full day");
    switch (forecast.reason) {
      case "never-matched":
        return "no forecast: no response ever matched its conditions";
      case "too-few-days":
        return `no forecast: ${String(forecast.fullDays)} of ${String(forecast.needed)} full days are recorded; enough on ${displayDay(forecast.from, timeZone)}`;
      case "unpriced":
        return `no forecast: ${displayQuantity(forecast.unpricedRequests, "response")} of ${days} without a price; at least ${usdWords(forecast.atLeast)} without them`;
    }
  }
  const { low, expected, high, fullDays } = forecast;
  return `forecast ${usdWords(expected)}, 80 % range ${usdWords(low)} - ${usdWords(high)}, from ${displayQuantity(fullDays, "full day")}`;
}

/** What is in no figure of a budget. */
export function unknownWords(status: BudgetStatus, timeZone: string): string[] {
  const { unpricedRequests, failedAtUnknownCost, lowerBoundRequests, isSilent, recordedUntil } = status;
  return [
    ...(isSilent && recordedUntil !== null
      ? [`nothing recorded since ${displayDay(recordedUntil, timeZone)}, for any budget`]
      : []),
    ...(unpricedRequests === 0
      ? []
      : [`${displayQuantity(unpricedRequests, "response")} without a price, not in it: their cost is unknown`]),
    ...(failedAtUnknownCost === 0
      ? []
      : [`${displayQuantity(failedAtUnknownCost, "attempt")} without an answer, not in it: they may have been billed`]),
    ...(lowerBoundRequests === 0
      ? []
      : [`${displayQuantity(lowerBoundRequests, "response")} without a recorded end: their output may be low`]),
  ];
}
