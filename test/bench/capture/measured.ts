/** A kind of call that is measured. */
export interface CaptureCase {
  readonly name: string;
  /** Deltas of the reply; null for one that is JSON. */
  readonly deltas: number | null;
  readonly prompt: "small" | "large";
  /** How many calls a process makes before, until what runs in it has been compiled. */
  readonly warmUps: number;
  readonly calls: number;
}

export const CASES: readonly CaptureCase[] = [
  { name: "JSON, 4.6 KB", deltas: null, prompt: "small", warmUps: 2_000, calls: 1_000 },
  { name: "JSON, 100 KB", deltas: null, prompt: "large", warmUps: 100, calls: 400 },
  { name: "50 deltas, 4.6 KB", deltas: 50, prompt: "small", warmUps: 400, calls: 400 },
  { name: "50 deltas, 100 KB", deltas: 50, prompt: "large", warmUps: 60, calls: 250 },
  { name: "500 deltas, 4.6 KB", deltas: 500, prompt: "small", warmUps: 60, calls: 140 },
  { name: "500 deltas, 100 KB", deltas: 500, prompt: "large", warmUps: 30, calls: 100 },
];

/** What one process measured of one case. */
export interface MeasuredCase {
  /** Microseconds of processor time of all threads, per call. */
  readonly cpu: number;
  /** Milliseconds of a call, from the first to the last of it. */
  readonly p50: number;
  readonly p99: number;
  /** Microseconds until the caller has the first event, or, of JSON, the reply; the median. */
  readonly first: number;
  /** Milliseconds by which the event loop was late, of a hundred times the latest but one. */
  readonly loopDelay: number;
}

export interface MeasuredVariant {
  readonly cases: readonly MeasuredCase[];
  /** At the end. */
  readonly rssMB: number;
  /** Calls of which something was recorded; null where nothing is to be. */
  readonly recorded: number | null;
}
