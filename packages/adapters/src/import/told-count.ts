/** A count as a record tells it, as a number or in digits: null where it tells none, NaN for what is no count. */
export function toldCount(value: unknown): number | null {
  if (value === undefined || value === null) return null;
  const count = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof count === "number" && Number.isSafeInteger(count) && count >= 0 ? count : NaN;
}

/** The one count among several names for the same thing; NaN where two of them differ. */
export function sameCount(values: readonly unknown[]): number | null {
  const told = values.map(toldCount).filter((count) => count !== null);
  const [first = null, ...others] = [...new Set(told.filter((count) => count !== 0))];
  if (others.length > 0) return NaN;
  return first ?? (told.length > 0 ? 0 : null);
}
