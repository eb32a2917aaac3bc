import { formatInstant, formatUsd, type BudgetSetting } from "@farthing/ledger";
import { isForecast, type BudgetStatus } from "../../budget/budget-status.ts";
import { asOfText } from "../../report/words.ts";
import type { Selection } from "../flags/selection.ts";
import { commandLine } from "./command-line.ts";
import { ledgerFlags, pinnedFlags } from "./pinned-flags.ts";
import type { BudgetAnswer } from "./render-budget.ts";

/** The budgets of a ledger as their JSON document. */
export function budgetsToJson(ledger: string, budgets: readonly BudgetSetting[]): object {
  return { ledger, budgets: budgets.map(({ name, usd, per, where }) => ({ name, usd, per, where })) };
}

/** Where budgets stand as their JSON document. */
export function budgetStatusToJson(ledger: string, { selection, statuses, name }: BudgetAnswer): object {
  const { now, timeZone, book } = selection;
  return {
    command: statusCommand(selection, name),
    ledger,
    now: formatInstant(now),
    timeZone,
    asOf: selection.asOf === null ? null : asOfText(selection.asOf),
    priceBook: book.hash,
    budgets: statuses.map((status) => statusToJson(status, selection)),
  };
}

/** Prints where budgets stand again, or one of them, as their ledger's settings define them then. */
function statusCommand(selection: Selection, name: string | null): string {
  const named = name === null ? [] : ["--", name];
  const flags = [...ledgerFlags("--ledger", selection), ...pinnedFlags([selection]), "--format", "json"];
  return commandLine(["budget", "status", ...flags, ...named]);
}

export function statusToJson(
  { budget, limit, spent, since, until, state, forecast, ...counts }: BudgetStatus,
  selection: Selection,
): object {
  const { matchedSince, recordedUntil, requests, unpricedRequests, failedAtUnknownCost, lowerBoundRequests } = counts;
  return {
    command: statusCommand(selection, budget.name),
    name: budget.name,
    per: budget.per,
    where: budget.where,
    since: formatInstant(since),
    until: formatInstant(until),
    limit: formatUsd(limit),
    spent: formatUsd(spent),
    state,
    forecast: isForecast(forecast)
      ? { low: formatUsd(forecast.low), expected: formatUsd(forecast.expected), high: formatUsd(forecast.high) }
      : null,
    fullDays: forecast.fullDays,
    noForecast: isForecast(forecast) ? null : forecast.reason,
    forecastFrom: "from" in forecast ? formatInstant(forecast.from) : null,
    forecastAtLeast: "atLeast" in forecast ? formatUsd(forecast.atLeast) : null,
    matchedSince: matchedSince === null ? null : formatInstant(matchedSince),
    recordedUntil: recordedUntil === null ? null : formatInstant(recordedUntil),
    requests,
    unpricedRequests,
    failedAtUnknownCost,
    lowerBoundRequests,
  };
}
