import { compareCosts, type CostComparison } from "@farthing/advisor";
import {
  buildRows,
  costDriversProjection,
  listPriceBook,
  type CostDrivers,
  type GroupKey,
  type PriceBook,
  type RequestFailed,
  type ResponseRecorded,
} from "@farthing/ledger";

export type Recorded = ResponseRecorded | RequestFailed;

/** What drove the cost of some events. */
export function driversOf(
  events: readonly Recorded[],
  by: readonly GroupKey[] = ["workload"],
  book: PriceBook = listPriceBook(),
): CostDrivers {
  const query = { by, where: [], since: null, until: null, timeZone: "UTC", book };
  const state = costDriversProjection(query).newState();
  state.add({ key: null, rows: buildRows(events), dead: null });
  return state.result();
}

/** Why the second events cost something else than the first, by workload. */
export function compareEvents(
  before: readonly Recorded[],
  after: readonly Recorded[],
  book: PriceBook = listPriceBook(),
): CostComparison {
  return compareCosts(driversOf(before, ["workload"], book), driversOf(after, ["workload"], book), ["workload"]);
}
