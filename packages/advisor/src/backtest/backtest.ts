import type { Instant, Money } from "@farthing/ledger";
import type { SavingRange } from "../portfolio/saving-range.ts";
import type { PlanFacts } from "../strategies/strategy.ts";

/**
 * Advice on the requests before an instant, held against those from it on.
 *
 * *Realised* is what a replay of the later requests says: these the advice never saw, but no bill has measured it.
 */
export interface Backtest {
  readonly split: Instant;
  readonly before: Part;
  readonly after: Part;
  readonly overall: Comparison;
  /** In the order of their projected savings. */
  readonly strategies: readonly StrategyComparison[];
  /** Every recommendation of the first part, in the order of the report. */
  readonly changes: readonly ChangeComparison[];
  /** Workloads that have requests only from the split on: no advice could be given on them. */
  readonly arrived: readonly WorkloadPart[];
  /** Workloads that have requests only before the split. */
  readonly gone: readonly WorkloadPart[];
  /** What there is too little of to say more, over the whole. */
  readonly abstained: readonly Shortfall[];
}

/** The requests on one side of the split. */
export interface Part {
  readonly responses: number;
  /** What those with a price came to. */
  readonly usd: Money;
  /** Local days on which some were complete. */
  readonly days: number;
  /** When the first and the last of them started; null where there is none. */
  readonly first: Instant | null;
  readonly last: Instant | null;
}

export interface WorkloadPart {
  readonly workload: string;
  readonly responses: number;
  readonly usd: Money;
}

/** Both null, and the verdict too, where nothing could be compared. */
export interface Comparison {
  /** The saving of the first part, carried over to what the second part cost. */
  readonly projected: SavingRange | null;
  readonly realised: Money | null;
  /** Whether the realised saving lies in the projected range; null where too few days make the range too narrow. */
  readonly inRange: boolean | null;
}

export interface StrategyComparison extends Comparison {
  readonly strategy: string;
  /** Its changes that could be compared. */
  readonly compared: number;
  /** Its changes that could not. */
  readonly left: number;
}

/** What of a recommendation was replayed from the split on. */
export type Applied =
  /** The very change, with every number it was given before the split. */
  | "as-advised"
  /** The same change, which names single requests and was therefore prepared again on those from the split on. */
  | "prepared-again"
  /** Nothing: over the days from the split on it would not be proposed, and counts as nothing saved. */
  | "not-proposed";

export interface ChangeComparison extends Comparison {
  readonly id: string;
  readonly plan: PlanFacts;
  /** Its part of the joint saving before the split. */
  readonly share: SavingRange;
  /** What its workload, and those that were replayed together with it, came to before the split, and from it on. */
  readonly billed: { readonly before: Money; readonly after: Money };
  /** Null where it could not be replayed. */
  readonly applied: Applied | null;
  /** How the change reads prepared again, where that differs, or why it would not be proposed; else null. */
  readonly wordsAfter: string | null;
  /** Why it could not be compared; null where it was. */
  readonly shortfall: Shortfall | null;
}

/** What there is, and what would be needed. */
export interface Shortfall {
  readonly reason: string;
  readonly observed: string;
  readonly needed: string | null;
}
