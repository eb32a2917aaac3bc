/** The value that a share of all values is not above: one of them. Null where there are none. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}

/** Between these shares is what happens most of the time: eight times of ten. */
export const LOW_SHARE = 0.1;
export const MIDDLE_SHARE = 0.5;
export const HIGH_SHARE = 0.9;
