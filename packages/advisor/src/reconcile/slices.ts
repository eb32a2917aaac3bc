import type { Slice } from "./reconciliation.ts";

/** The starts of the hours or days that lie wholly within spans, which do not touch each other. */
export function wholeSlices(spans: readonly Slice[], width: number): Set<number> {
  const starts = new Set<number>();
  for (const { from, until } of spans) {
    for (let at = Math.ceil(from / width) * width; at + width <= until; at += width) starts.add(at);
  }
  return starts;
}

/** The starts of those that have an instant in common with spans. */
export function touchedSlices(spans: readonly Slice[], width: number): ReadonlySet<number> {
  const starts = new Set<number>();
  for (const { from, until } of spans) {
    for (let at = Math.floor(from / width) * width; at < until; at += width) starts.add(at);
  }
  return starts;
}
