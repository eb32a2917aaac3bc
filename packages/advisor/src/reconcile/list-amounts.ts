import { money, shareLeft, type BillCostLine, type Money } from "@farthing/ledger";
import type { LineAmounts } from "./bill-side.ts";
import type { Reconciliation } from "./reconciliation.ts";

/** No rate is so small that a price is another one and the amount of a row differs by less: half a hundredth of a cent. */
const HALF_A_UNIT = money(50_000_000n);

/** How amounts before discounts are come by. */
export interface ListAmounts {
  readonly listAmount: (list: Money | null, billed: Money) => Money;
  /** How far a row's can be off because the report rounds what it tells. */
  readonly roundingUsd: Money;
  readonly listFrom: Reconciliation["bill"]["listFrom"];
}

/** How list amounts are told: the bill's own, those before the discount that is set, or else what was billed. */
export function listAmounts(list: readonly (Money | null)[], discountPercent: string | null): ListAmounts {
  if (list.every((amount) => amount !== null)) {
    return { listFrom: "bill", roundingUsd: HALF_A_UNIT, listAmount: (own, billed) => own ?? billed };
  }
  const rest = restOf(discountPercent);
  if (rest === null) {
    return { listFrom: "billed-amount", roundingUsd: HALF_A_UNIT, listAmount: (own, billed) => own ?? billed };
  }
  const before = (billed: Money): Money => money((billed * rest.whole + rest.left / 2n) / rest.left);
  return {
    listFrom: "discount-setting",
    // What is rounded is the amount after the discount; one more for the division.
    roundingUsd: money(before(HALF_A_UNIT) + 1n),
    listAmount: (own, billed) => own ?? before(billed),
  };
}

/** The same of the rows of a cost report. */
export function lineAmounts({ listAmount, roundingUsd }: ListAmounts): LineAmounts {
  return { listAmount: ({ list, billed }: BillCostLine) => listAmount(list, billed), roundingUsd };
}

/** What a discount leaves of a whole; null where there is none, or nothing is left. */
function restOf(discountPercent: string | null): { readonly left: bigint; readonly whole: bigint } | null {
  if (discountPercent === null) return null;
  const { left, decimals } = shareLeft(discountPercent);
  const whole = 10n ** BigInt(decimals);
  return left <= 0n || left === whole ? null : { left, whole };
}
