/** Amounts between which something is most of the time, and the one it is expected to be; null where nothing tells. */
export interface EstimatedRange<T> {
  readonly low: T;
  readonly expected: T | null;
  readonly high: T | null;
}

/** An estimate of something that cannot be more than `bound`; null where there is no bound. */
export interface BoundedRange<T> extends EstimatedRange<T> {
  readonly bound: T | null;
}
