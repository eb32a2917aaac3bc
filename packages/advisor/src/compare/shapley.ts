/**
 * Splits the difference between all and none of some changes into one part for each, by Shapley's value: the mean, over
 * every order in which they could have happened, of what each adds when its turn comes.
 *
 * Parts sum to `valueOf(all) - valueOf(none)` exactly: what rounding leaves goes, one at a time, to the parts that lost
 * most to it; among equals to the first.
 *
 * @param count How many changes there are. Work grows with 2 to this power.
 * @param valueOf The value when those happened whose bits are set.
 */
export function shapleyParts(count: number, valueOf: (happened: number) => bigint): readonly bigint[] {
  const all = 2 ** count - 1;
  const factorials = [1n];
  for (let n = 1; n <= count; n += 1) factorials.push((factorials[n - 1] ?? 1n) * BigInt(n));
  const sums = Array.from({ length: count }, () => 0n);
  for (let happened = 0; happened <= all; happened += 1) {
    const value = valueOf(happened);
    const size = bitsIn(happened);
    const asLast = value * (factorials[size - 1] ?? 0n) * (factorials[count - size] ?? 0n);
    const before = value * (factorials[size] ?? 0n) * (factorials[count - size - 1] ?? 0n);
    for (let change = 0; change < count; change += 1) {
      const isIn = (happened & (1 << change)) !== 0;
      sums[change] = (sums[change] ?? 0n) + (isIn ? asLast : -before);
    }
  }
  return divided(sums, factorials[count] ?? 1n);
}

/** Sums divided by what their total is a multiple of, so that the quotients sum to the quotient of the total. */
function divided(sums: readonly bigint[], divisor: bigint): readonly bigint[] {
  const parts = sums.map((sum) => floorDivide(sum, divisor));
  const losses = sums.map((sum, index) => sum - (parts[index] ?? 0n) * divisor);
  let left = losses.reduce((a, b) => a + b, 0n) / divisor;
  const byLoss = losses
    .map((loss, index) => ({ loss, index }))
    .sort((a, b) => (a.loss === b.loss ? a.index - b.index : a.loss > b.loss ? -1 : 1));
  for (const { index } of byLoss) {
    if (left === 0n) break;
    parts[index] = (parts[index] ?? 0n) + 1n;
    left -= 1n;
  }
  return parts;
}

function floorDivide(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend % divisor < 0n ? quotient - 1n : quotient;
}

function bitsIn(set: number): number {
  let count = 0;
  for (let rest = set; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
