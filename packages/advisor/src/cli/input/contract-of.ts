import { billingBasisOf, type Instant, type LedgerSettings, type SpendResult } from "@farthing/ledger";
import { contractTerms, type ContractTerms } from "../../contract/contract.ts";

/** Which requests spend was asked of. */
export interface SpendAsked {
  readonly isWholeAccount: boolean;
  readonly since: Instant | null;
  readonly until: Instant | null;
  readonly timeZone: string;
  readonly now: Instant;
}

/** What was agreed on beyond list prices, for the requests that spend was asked of; null where nothing is set. */
export function contractOf(
  { sources, notional, span }: SpendResult,
  settings: LedgerSettings,
  asked: SpendAsked,
): ContractTerms | null {
  return contractTerms(settings, { ...asked, sources, notional: notional.requests, span });
}

/** Whether list prices are what is paid: then a total is spent. */
export function isSpentAtList(
  { sources }: SpendResult,
  { billing, discountPercent }: Pick<LedgerSettings, "billing" | "discountPercent">,
): boolean {
  return billingBasisOf(billing, sources) === "per-token" && discountPercent === null;
}

/** Whether more may have been used than the total is of. */
export function isSpendAtLeast({ total, lowerBoundRequests }: SpendResult): boolean {
  return lowerBoundRequests > 0 || total.unpricedRequests > 0 || total.failedAtUnknownCost > 0;
}
