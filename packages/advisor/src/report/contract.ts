import { contractPrice, type BillingBasis, type Money } from "@farthing/ledger";
import type { SavingRange } from "../portfolio/saving-range.ts";
import type { Report } from "./report.ts";

/** Whether list prices less the discount are what is paid: only per token, and not for prepaid priority use. */
function discountApplies(
  basis: BillingBasis,
  discountPercent: string | null,
  notional: number,
): discountPercent is string {
  return basis === "per-token" && discountPercent !== null && notional === 0;
}

/** The total and the joint saving at contract price. */
export interface ReportContract {
  readonly discountPercent: string;
  readonly usd: Money;
  readonly saving: SavingRange;
}

/** Null where no discount is set, or where it does not make list prices what is paid. */
export function reportContract({ billing, coverage, total, joint }: Report): ReportContract | null {
  const { basis, discountPercent } = billing;
  if (!discountApplies(basis, discountPercent, coverage.notional)) return null;
  const at = (list: Money): Money => contractPrice(list, discountPercent);
  const { low, expected, high } = joint.all;
  return { discountPercent, usd: at(total.usd), saving: { low: at(low), expected: at(expected), high: at(high) } };
}
