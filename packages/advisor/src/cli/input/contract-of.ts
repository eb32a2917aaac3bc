import { calendarOf, type SpendResult } from "@farthing/ledger";
import { contractTerms, type ContractTerms } from "../../contract/contract.ts";
import type { Selection } from "../flags/selection.ts";

/** What was agreed on beyond list prices, for the requests that spend was asked of; null where nothing is set. */
export function contractOf({ sources, notional, span }: SpendResult, selection: Selection): ContractTerms | null {
  const { contents, where, timeZone, since, until, now } = selection;
  return contractTerms(contents.settings, {
    sources,
    notional: notional.requests,
    isWholeAccount: where.length === 0,
    since,
    until,
    span,
    now,
    calendar: calendarOf(timeZone),
  });
}

/** Whether more may have been used than the total is of. */
export function isSpendAtLeast({ total, lowerBoundRequests }: SpendResult): boolean {
  return lowerBoundRequests > 0 || total.unpricedRequests > 0 || total.failedAtUnknownCost > 0;
}
