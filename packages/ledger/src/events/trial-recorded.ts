import type { TokenBuckets } from "../usage/usage.ts";
import type { EventBase } from "./event-base.ts";

/** Between what a measured ratio lies most of the time: 80 %, as ranges of savings. */
export interface MeasuredRatio {
  readonly low: number;
  readonly expected: number;
  readonly high: number;
}

/** What one of the two models of a trial did. */
export interface TrialSide {
  /** As requests name it. */
  readonly model: string;
  /** Answers, those that came with the samples included. */
  readonly answers: number;
  /** Those of them that were sent, and cut off at `max_tokens`. */
  readonly truncated: number;
  /** Requests without an answer, refusals among them, by the API's name for why; sorted. */
  readonly failures: readonly { readonly errorType: string; readonly requests: number }[];
  /** Of its answers in pairs, all together. */
  readonly tokens: TokenBuckets;
  /** What these cost at list prices, in decimal US dollars; null where the cost of one is not known. */
  readonly usd: string | null;
  /** From the request to the whole answer, of those that were sent; null where none was answered. */
  readonly latencyMs: { readonly p50: number; readonly p95: number } | null;
}

/**
 * What a trial measured: samples of a user's own requests, answered by the present model and by a candidate. It holds
 * no text of either.
 *
 * Its id is the label `farthing-trial` of every call made for it.
 */
export interface TrialRecorded extends EventBase {
  readonly type: "TrialRecorded";
  /** The workload the samples are of, as reports name it; null where that was not said. */
  readonly workload: string | null;
  /** The recommendation that was tried; null where none was named. */
  readonly advice: string | null;
  /** How many samples there were, and how often each was asked. */
  readonly samples: number;
  readonly repeat: number;
  readonly from: TrialSide;
  readonly to: TrialSide;
  /** Answers of both models to one sample, none of them cut off, each with its usage. */
  readonly pairs: number;
  /** How much the candidate's tokens are of the present model's, over all pairs; null with fewer than two samples. */
  readonly promptRatio: MeasuredRatio | null;
  readonly outputRatio: MeasuredRatio | null;
  readonly agreement: {
    readonly by: "exact" | "json-fields" | "function";
    /** Samples of which answers could be compared. */
    readonly compared: number;
    /** The share of them that agree, each sample counted once however often it was asked; null where none was compared. */
    readonly share: number | null;
  };
  /** What it was allowed to spend, and what its calls came to, in decimal US dollars. */
  readonly budgetUsd: string;
  readonly spentUsd: string;
  /** Calls that may have been billed and brought no usage; `spentUsd` holds the most they can have cost. */
  readonly callsAtUnknownCost: number;
}
