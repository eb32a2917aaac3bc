/** The first of a list, and how many were left out. */
export interface Folded<T> {
  readonly shown: readonly T[];
  readonly rest: readonly T[];
}

/** Cuts a list that would fill the page; one more than allowed is shown rather than folded. */
export function fold<T>(all: readonly T[], max: number): Folded<T> {
  if (all.length <= max + 1) return { shown: all, rest: [] };
  return { shown: all.slice(0, max), rest: all.slice(max) };
}
