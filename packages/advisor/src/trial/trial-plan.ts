import type { Instant, Model, Money, PriceBook } from "@farthing/ledger";
import type { Agreement } from "./agreement.ts";
import type { Sample } from "./sample.ts";

/** What is to be tried. */
export interface TrialPlan {
  readonly samples: readonly Sample[];
  /** The present model and the candidate, as requests name them. */
  readonly from: string;
  readonly to: string;
  /** What the catalogue knows of the candidate; null where it does not hold it. */
  readonly candidate: Model | null;
  /** How often each sample is asked. */
  readonly repeat: number;
  readonly agreement: Agreement;
  readonly book: PriceBook;
  readonly now: () => Instant;
}

/** What a trial may spend, and how many of its samples are asked at a time. */
export interface TrialLimits {
  readonly budget: Money;
  readonly concurrency: number;
}
