import {
  parseUsd,
  type BudgetSetting,
  type Calendar,
  type Instant,
  type Money,
  type SpendResult,
} from "@farthing/ledger";
import { budgetSpan, daysIn, type BudgetSpan } from "./budget-span.ts";
import { forecastSpend, type Forecast, type NoForecast } from "./forecast.ts";

/**
 * Where a budget stands: passed, on its way past by the forecast, possibly so within its range, or none of that; or no
 * response ever matched it.
 */
export type BudgetState = "passed" | "forecast-past" | "at-risk" | "within" | "never-matched";

/** What is spent of a budget, and what it will come to. */
export interface BudgetStatus extends BudgetSpan {
  readonly budget: BudgetSetting;
  readonly limit: Money;
  readonly spent: Money;
  readonly state: BudgetState;
  readonly forecast: Forecast | NoForecast;
  /** When the first response it counts was complete, in whatever period; null where none ever matched. */
  readonly matchedSince: Instant | null;
  /** When the ledger's last response was complete, whatever the budget is for; null where there is none. */
  readonly recordedUntil: Instant | null;
  /** Whether a whole day or more went by without any response in the ledger: recording may have stopped. */
  readonly isSilent: boolean;
  /** Billed responses of the period, priced or not. */
  readonly requests: number;
  /** With any of these, more was spent than is known: responses without a price, and attempts nobody saw the end of. */
  readonly unpricedRequests: number;
  readonly failedAtUnknownCost: number;
  /** Responses whose output is only a lower bound. */
  readonly lowerBoundRequests: number;
}

/** What the ledger says of the requests of a budget. */
export interface BudgetSpend {
  /** In the period, by day. */
  readonly inPeriod: SpendResult;
  /** Of all time, by day. */
  readonly everything: SpendResult;
  /** When the last response of the ledger was complete, whatever the budget is for; null where there is none. */
  readonly recordedUntil: Instant | null;
}

export function budgetStatus(
  budget: BudgetSetting,
  { inPeriod, everything, recordedUntil }: BudgetSpend,
  now: Instant,
  calendar: Calendar,
): BudgetStatus {
  const limit = parseUsd(budget.usd);
  const span = budgetSpan(budget.per, now, calendar);
  const spent = inPeriod.total.usd;
  const matchedSince = everything.span?.first ?? null;
  const byDay = new Map(
    everything.rows.map(({ by, usd, unpricedRequests }) => [by["day"] ?? "", { usd, unpricedRequests }]),
  );
  const forecast = forecastSpend({ spent, byDay, matchedSince, recordedUntil }, span, now, calendar);
  return {
    budget,
    limit,
    ...span,
    spent,
    state: stateOf(spent, limit, forecast),
    forecast,
    matchedSince,
    recordedUntil,
    isSilent: recordedUntil !== null && daysIn(recordedUntil + 1, now, calendar).length > 1,
    requests: inPeriod.total.requests,
    unpricedRequests: inPeriod.total.unpricedRequests,
    failedAtUnknownCost: inPeriod.total.failedAtUnknownCost,
    lowerBoundRequests: inPeriod.lowerBoundRequests,
  };
}

export function isForecast(forecast: Forecast | NoForecast): forecast is Forecast {
  return "expected" in forecast;
}

function stateOf(spent: Money, limit: Money, forecast: Forecast | NoForecast): BudgetState {
  if (spent > limit) return "passed";
  if (isForecast(forecast)) {
    if (forecast.expected > limit) return "forecast-past";
    return forecast.high > limit ? "at-risk" : "within";
  }
  switch (forecast.reason) {
    case "never-matched":
      return "never-matched";
    case "unpriced":
      return forecast.atLeast > limit ? "forecast-past" : "within";
    case "too-few-days":
      return "within";
  }
}
