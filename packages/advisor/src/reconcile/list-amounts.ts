import { money, shareLeft, type Money } from "@farthing/ledger";
import type { Reconciliation } from "./reconciliation.ts";

/** How list amounts are told: the bill's own, those before the discount that is set, or else what was billed. */
export function listAmounts(
  list: readonly (Money | null)[],
  discountPercent: string | null,
): {
  readonly listAmount: (list: Money | null, billed: Money) => Money;
  readonly listFrom: Reconciliation["bill"]["listFrom"];
} {
  if (list.every((amount) => amount !== null)) {
    return { listFrom: "bill", listAmount: (own, billed) => own ?? billed };
  }
  const rest = restOf(discountPercent);
  if (rest === null) return { listFrom: "billed-amount", listAmount: (own, billed) => own ?? billed };
  const before = (billed: Money): Money => money((billed * rest.whole + rest.left / 2n) / rest.left);
  return { listFrom: "discount-setting", listAmount: (own, billed) => own ?? before(billed) };
}

/** What a discount leaves of a whole; null where there is none, or nothing is left. */
function restOf(discountPercent: string | null): { readonly left: bigint; readonly whole: bigint } | null {
  if (discountPercent === null) return null;
  const { left, decimals } = shareLeft(discountPercent);
  const whole = 10n ** BigInt(decimals);
  return left <= 0n || left === whole ? null : { left, whole };
}
