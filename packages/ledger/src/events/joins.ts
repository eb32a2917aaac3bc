import { canonicalJson } from "./canonical.ts";

/**
 * The greater of two values in the one order every process agrees on: that of their canonical JSON.
 *
 * Null and absent lose against everything.
 */
export function greater<T>(a: T, b: T): T {
  if (isMissing(a)) return b;
  if (isMissing(b)) return a;
  return canonicalJson(a) >= canonicalJson(b) ? a : b;
}

/** The later of two timestamps; null loses. */
export function latest<T extends string | null>(a: T, b: T): T {
  if (a === null) return b;
  return b === null || a >= b ? a : b;
}

/** The earlier of two timestamps; null loses. */
export function earliest<T extends string | null>(a: T, b: T): T {
  if (a === null) return b;
  return b === null || a <= b ? a : b;
}

/** The larger of two counts; null loses. */
export function largest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}

/** Both lists as one set, in order. */
export function union(a: readonly string[], b: readonly string[]): readonly string[] {
  return [...new Set([...a, ...b])].sort();
}

/** Two records, field by field, the greater value winning. Fields this release does not know are joined too. */
export function joinFields<T extends object>(a: T, b: T): T {
  const joined = new Map<string, unknown>(Object.entries(a));
  for (const [field, value] of Object.entries(b)) joined.set(field, greater(joined.get(field), value));
  return { ...a, ...Object.fromEntries(joined) };
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined;
}
