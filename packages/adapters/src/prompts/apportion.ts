/**
 * Splits a whole number in proportion to weights into whole numbers that sum to it exactly.
 *
 * Each part ends where its share of the whole does, rounded, so that the sum up to any part is right to half a unit: what
 * a cache holds is a sum from the beginning. Where all weights are 0 the last part has everything.
 */
export function apportion(total: number, weights: readonly number[]): number[] {
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  let weighed = 0;
  let given = 0;
  return weights.map((weight, index) => {
    weighed += weight;
    const isLast = index === weights.length - 1;
    const end = isLast ? total : all === 0 ? 0 : share(total, weighed, all);
    const part = end - given;
    given = end;
    return part;
  });
}

function share(total: number, weighed: number, all: number): number {
  const product = total * weighed;
  if (product <= Number.MAX_SAFE_INTEGER / 2) return Math.round(product / all);
  const whole = BigInt(all);
  return Number((BigInt(total) * BigInt(weighed) * 2n + whole) / (whole * 2n));
}
