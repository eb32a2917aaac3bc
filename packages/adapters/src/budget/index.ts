export { budget } from "./budget.ts";
export type { Budget, BudgetOptions, BudgetStatus, BudgetWarning, ThresholdReached } from "./budget-api.ts";
export type { CallAhead } from "./concerned-calls.ts";
export type { CallInFlight } from "./in-flight.ts";
export type { BudgetLedger } from "./ledger-spend.ts";
export type { BudgetPeriod } from "./period.ts";
export type { EventSink } from "../capture/event-sink.ts";
export type { Labels } from "../capture/labels.ts";
