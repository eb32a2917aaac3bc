/** What every way of replaying a ledger is asked for. */
export interface Answer {
  /** Groups of hour, workload, model and what decides a price. */
  readonly groups: number;
  readonly requests: number;
  readonly tokens: number;
  /** Requests sent within five minutes of the one before in their session (or workload and model). */
  readonly hits: number | null;
}

/** As a program of its own prints it. */
export interface Measured {
  readonly seconds: number;
  readonly peakMB: number;
  readonly answer: Answer | null;
}

export const TTL_MS = 300_000;
export const HOUR_MS = 3_600_000;
export const LONG_PROMPT_TOKENS = 100_000;
