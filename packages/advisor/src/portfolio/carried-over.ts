import { divideHalfEven, money, ZERO, type Money } from "@farthing/ledger";
import type { SavingRange } from "./saving-range.ts";

/** A range in proportion: what it is of one amount, of another. Null where there is nothing to be a part of. */
export function carriedOver(range: SavingRange, from: Money, to: Money): SavingRange | null {
  if (from <= 0n) return null;
  const carry = (amount: Money): Money => money(divideHalfEven(amount * to, from));
  return { low: carry(range.low), expected: carry(range.expected), high: carry(range.high) };
}

/** The sum of ranges that rest on the same assumption: if one is off, the others are off in the same direction. */
export function addRanges(ranges: readonly SavingRange[]): SavingRange {
  return ranges.reduce(
    (sum, { low, expected, high }) => ({
      low: money(sum.low + low),
      expected: money(sum.expected + expected),
      high: money(sum.high + high),
    }),
    { low: ZERO, expected: ZERO, high: ZERO },
  );
}

export function isWithin(amount: Money, { low, high }: SavingRange): boolean {
  return low <= amount && amount <= high;
}
