/** How much of some work is done, in whatever it is counted in. */
export interface Amount {
  readonly done: number;
  /** Null where nobody knows how much there is. */
  readonly total: number | null;
}

/** How fast work goes on. */
export interface Pace {
  /** Per second. */
  readonly rate: number;
  /** Milliseconds until it is done, at this pace; null where nobody knows how much there is. */
  readonly remainingMs: number | null;
}

/** Earlier than this a pace is chance. */
const KNOWN_AFTER_MS = 1_000;

/** Tells the pace of work from when it was first asked: null until it can be told, and while nothing is done. */
export function createPaceMeter(now: () => number): (amount: Amount) => Pace | null {
  let first: { readonly at: number; readonly done: number } | null = null;
  return ({ done, total }) => {
    const at = now();
    // Other work is measured anew.
    if (first === null || done < first.done) first = { at, done };
    const elapsedMs = at - first.at;
    const since = done - first.done;
    if (elapsedMs < KNOWN_AFTER_MS || since <= 0) return null;
    const rate = (since / elapsedMs) * 1_000;
    return { rate, remainingMs: total === null ? null : (Math.max(0, total - done) / rate) * 1_000 };
  };
}
