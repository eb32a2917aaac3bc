import { money, type Money } from "../money/money.ts";
import { divideHalfEven } from "../money/rounding.ts";

/** What a discount leaves of a price: `left` in units of 10^-`decimals`. */
export interface ShareLeft {
  readonly left: bigint;
  readonly decimals: number;
}

/** Reads a discount in percent, a decimal string from "0" to "100"; null is no discount. */
export function shareLeft(discountPercent: string | null): ShareLeft {
  const [whole = "0", fraction = ""] = (discountPercent ?? "0").split(".");
  const hundred = 100n * 10n ** BigInt(fraction.length);
  return { left: hundred - BigInt(whole + fraction), decimals: 2 + fraction.length };
}

/** A list amount less the discount, rounded once, half to even, to picodollars. */
export function contractPrice(list: Money, discountPercent: string | null): Money {
  const { left, decimals } = shareLeft(discountPercent);
  return money(divideHalfEven(list * left, 10n ** BigInt(decimals)));
}
