import { InvalidAmountError } from "../errors.ts";

/**
 * An exact amount in picodollars (1 USD = 10^12).
 *
 * $1 per million tokens is exactly 1,000,000 picodollars per token, so every published rate, times
 * every published factor, is a whole number of them. Rounding happens once, where a person reads.
 */
export type Money = bigint & { readonly unit: "picodollar" };

const PICODOLLARS_PER_USD = 1_000_000_000_000n;
const FRACTION_DIGITS = 12;
const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

export const ZERO: Money = 0n as Money;

/** Picodollars as an amount. */
export function money(picodollars: bigint): Money {
  return picodollars as Money;
}

/**
 * Reads a decimal string of US dollars, such as "26.2117202" or "-0.5".
 *
 * @throws InvalidAmountError for anything else, and for more than twelve decimals, which would have to be rounded.
 */
export function parseUsd(text: string): Money {
  const match = DECIMAL.exec(text);
  if (match === null) throw new InvalidAmountError(text, "expected a decimal number of US dollars, such as 1.25");
  const [, sign, whole = "", fraction = ""] = match;
  const digits = fraction.replace(/0+$/, "");
  if (digits.length > FRACTION_DIGITS) {
    throw new InvalidAmountError(text, `more than ${String(FRACTION_DIGITS)} decimals cannot be kept exactly`);
  }
  const amount = BigInt(whole) * PICODOLLARS_PER_USD + BigInt(digits.padEnd(FRACTION_DIGITS, "0"));
  return money(sign === "-" ? -amount : amount);
}

/** The exact decimal string of an amount in US dollars: no exponent, no trailing zeros, "0" for nothing. */
export function formatUsd(amount: Money): string {
  const negative = amount < 0n;
  const absolute = negative ? -amount : amount;
  const whole = absolute / PICODOLLARS_PER_USD;
  const fraction = (absolute % PICODOLLARS_PER_USD).toString().padStart(FRACTION_DIGITS, "0").replace(/0+$/, "");
  return `${negative ? "-" : ""}${whole.toString()}${fraction === "" ? "" : `.${fraction}`}`;
}

export function add(a: Money, b: Money): Money {
  return (a + b) as Money;
}

export function subtract(a: Money, b: Money): Money {
  return (a - b) as Money;
}

export function sum(amounts: Iterable<Money>): Money {
  let total = 0n;
  for (const amount of amounts) total += amount;
  return total as Money;
}

/** What `count` units cost at `perUnit`. */
export function times(perUnit: Money, count: number): Money {
  return (perUnit * BigInt(count)) as Money;
}

/** Orders amounts for `sort`, smallest first. */
export function compare(a: Money, b: Money): -1 | 0 | 1 {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The ratio of two amounts, for percentages only: never multiply it back into money. */
export function ratio(part: Money, whole: Money): number {
  return whole === 0n ? 0 : Number(part) / Number(whole);
}

/** An amount in dollars, rounded to what a number holds: for axes and statistics only, never to be added up as money. */
export function inexactUsd(amount: Money): number {
  return Number(amount) / Number(PICODOLLARS_PER_USD);
}
