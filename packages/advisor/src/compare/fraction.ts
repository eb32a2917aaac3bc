/**
 * Ratios as bigints, in parts of 2^-128.
 *
 * A product of a dozen of them that comes to picodollars is off by far less than half a picodollar, so that rounding it
 * gives the amount exactly wherever that is a whole number of them.
 */
const BITS = 128n;
const HALF: bigint = 1n << (BITS - 1n);

/** One, as a fraction. */
export const ONE: bigint = 1n << BITS;

/** `dividend / divisor`; what it is over nothing, where the divisor is 0. */
export function fraction(dividend: bigint, divisor: bigint, overNothing = 0n): bigint {
  return divisor === 0n ? overNothing : (dividend << BITS) / divisor;
}

/** The product of two fractions, or of an amount and a fraction, as a fraction of the latter's kind. */
export function product(a: bigint, b: bigint): bigint {
  return (a * b) >> BITS;
}

/** The whole number nearest to a fraction. */
export function rounded(a: bigint): bigint {
  return (a + HALF) >> BITS;
}
