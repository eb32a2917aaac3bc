import type { Money } from "./money.ts";

/** Integer division that rounds to the nearest, and ties to the even neighbour. */
export function divideHalfEven(dividend: bigint, divisor: bigint): bigint {
  const sign = dividend < 0n !== divisor < 0n ? -1n : 1n;
  const a = dividend < 0n ? -dividend : dividend;
  const b = divisor < 0n ? -divisor : divisor;
  const quotient = a / b;
  const twiceRemainder = (a % b) * 2n;
  const up = twiceRemainder > b || (twiceRemainder === b && quotient % 2n === 1n);
  return sign * (up ? quotient + 1n : quotient);
}

/**
 * Splits an amount in proportion to whole-number weights, so that the parts sum to it exactly.
 *
 * The remainder goes, a picodollar at a time, to the parts that lost most to rounding; among equals the first.
 */
export function allocate(amount: Money, weights: readonly bigint[]): Money[] {
  const total = weights.reduce((a, b) => a + b, 0n);
  if (total <= 0n) throw new RangeError("allocate needs at least one weight above zero");
  const negative = amount < 0n;
  const absolute = negative ? -amount : amount;
  const parts = weights.map((weight) => (absolute * weight) / total);
  let left = absolute - parts.reduce((a, b) => a + b, 0n);
  const byLoss = weights
    .map((weight, index) => ({ index, loss: (absolute * weight) % total }))
    .sort((a, b) => (a.loss === b.loss ? a.index - b.index : a.loss > b.loss ? -1 : 1));
  for (const { index } of byLoss) {
    if (left === 0n) break;
    parts[index] = (parts[index] ?? 0n) + 1n;
    left -= 1n;
  }
  return parts.map((part) => (negative ? -part : part) as Money);
}

/** An amount for people: dollars and cents, thousands separated, "<$0.01" where it would round to nothing. */
export function displayUsd(amount: Money, decimals = 2): string {
  const negative = amount < 0n;
  const absolute = negative ? -amount : amount;
  const unit = 10n ** BigInt(12 - decimals);
  const rounded = divideHalfEven(absolute, unit);
  if (rounded === 0n && absolute > 0n) return `${negative ? "-" : ""}<$0.${"0".repeat(decimals - 1)}1`;
  const scale = 10n ** BigInt(decimals);
  const whole = (rounded / scale).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  const fraction = decimals === 0 ? "" : `.${(rounded % scale).toString().padStart(decimals, "0")}`;
  return `${negative ? "-" : ""}$${whole}${fraction}`;
}
