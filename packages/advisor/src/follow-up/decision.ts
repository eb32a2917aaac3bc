import type { Instant, Money } from "@farthing/ledger";
import type { BeforeChange } from "../portfolio/before-change.ts";
import type { SavingRange } from "../portfolio/saving-range.ts";

/** What a person decided on a piece of advice, with what the advice said then. */
export type Decision = Acceptance | Dismissal;

export interface Acceptance {
  readonly kind: "accepted";
  /** The advice's id. */
  readonly advice: string;
  readonly at: Instant;
  readonly said: Said;
}

export interface Dismissal {
  readonly kind: "dismissed";
  readonly advice: string;
  readonly at: Instant;
  readonly said: Said;
  readonly reason: string;
  /** What it takes back, where the advice was accepted before; no part of its event. */
  readonly after: Acceptance | null;
}

/** Advice as it was when somebody decided on it: what later requests are held against. */
export interface Said {
  readonly strategy: string;
  readonly workload: string;
  readonly subject: string;
  /** See `PlanFacts.target`. */
  readonly target: string;
  readonly title: string;
  readonly change: string;
  /** What the change would have saved on its own. */
  readonly saving: SavingRange;
  /** Its part of the joint saving. */
  readonly share: Money;
  /** Days with use that these savings are of. */
  readonly days: number;
  /** Null where no request shows whether the change was made. */
  readonly before: BeforeChange | null;
}
