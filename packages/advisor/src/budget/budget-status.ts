import {
  parseUsd,
  type BudgetSetting,
  type Calendar,
  type Instant,
  type Money,
  type SpendResult,
} from "@farthing/ledger";
import { budgetSpan, type BudgetSpan } from "./budget-span.ts";
import { forecastSpend, type Forecast, type NoForecast } from "./forecast.ts";

/** Where a budget stands: passed, on its way past by the forecast, possibly so within its range, or none of that. */
export type BudgetState = "passed" | "forecast-past" | "at-risk" | "within";

/** What is spent of a budget, and what it will come to. */
export interface BudgetStatus extends BudgetSpan {
  readonly budget: BudgetSetting;
  readonly limit: Money;
  readonly spent: Money;
  readonly state: BudgetState;
  readonly forecast: Forecast | NoForecast;
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
  /** When the first response of the ledger was complete, whatever the budget is for; null where there is none. */
  readonly recordedSince: Instant | null;
}

export function budgetStatus(
  budget: BudgetSetting,
  { inPeriod, everything, recordedSince }: BudgetSpend,
  now: Instant,
  calendar: Calendar,
): BudgetStatus {
  const limit = parseUsd(budget.usd);
  const span = budgetSpan(budget.per, now, calendar);
  const spent = inPeriod.total.usd;
  const byDay = new Map(everything.rows.map(({ by, usd }) => [by["day"] ?? "", usd]));
  const forecast = forecastSpend({ spent, byDay, recordedSince }, span, now, calendar);
  return {
    budget,
    limit,
    ...span,
    spent,
    state: stateOf(spent, limit, forecast),
    forecast,
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
  if (!isForecast(forecast)) return "within";
  if (forecast.expected > limit) return "forecast-past";
  return forecast.high > limit ? "at-risk" : "within";
}
