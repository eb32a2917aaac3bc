import type { Instant, Money } from "@farthing/ledger";
import type { SavingRange } from "../portfolio/saving-range.ts";

/** What became of advice that somebody decided on. A plain value, kept with the analysis it is part of. */
export interface FollowUp {
  /** Accepted advice, in the order in which it was accepted. */
  readonly accepted: readonly Followed[];
  /** Dismissed advice, in the order in which it was dismissed. */
  readonly dismissed: readonly Quiet[];
  /** How projections did so far; null while none has been held against enough requests. */
  readonly calibration: Calibration | null;
}

/** What is the same of all advice that was decided on. */
interface Decided {
  readonly id: string;
  readonly strategy: string;
  readonly workload: string;
  readonly subject: string;
  readonly title: string;
  readonly change: string;
  /** When it was accepted, or dismissed. */
  readonly at: Instant;
  /** What it would have saved on its own, as it was projected then. */
  readonly saving: SavingRange;
}

/** Accepted advice: whether later requests carry it, and what came of it. */
export interface Followed extends Decided {
  readonly state: "accepted" | "applied" | "verified" | "refuted";
  /** From when on requests carry it; null while they do not, or where none can show it. */
  readonly appliedAt: Instant | null;
  /** From when on they no longer do, where it was taken back after a verdict; else null. */
  readonly takenBackAt: Instant | null;
  /** Later requests that it is about, and how many of them carry it. */
  readonly later: { readonly requests: number; readonly carrying: number };
  /** Why no request shows whether it was made; null where they do. */
  readonly unseen: string | null;
  /** Null while it is not applied, or where it cannot be reckoned. */
  readonly result: Result | null;
  /** What there is, and what a verdict needs; null where there is one, or while it is not applied. */
  readonly open: { readonly observed: string; readonly needed: string | null } | null;
}

/** What requests that carry a change cost, beside what they would have cost without it. */
export interface Result {
  readonly requests: number;
  /** Local days on which some were complete. */
  readonly days: number;
  /** As billed. */
  readonly usd: Money;
  /** Without the change: the same requests, as they were sent before. */
  readonly withoutUsd: Money;
  /** The projected saving, in proportion to that. */
  readonly projected: SavingRange;
  /** What they cost less, net of what the change itself costs, such as longer answers. */
  readonly realised: SavingRange;
}

/** Dismissed advice. */
export interface Quiet extends Decided {
  readonly reason: string;
  /** Whether its evidence has changed so much that it is given again. */
  readonly returned: boolean;
  /** What came of it where it was accepted first, and made; null where that is not decided. */
  readonly verdict: Extract<Followed["state"], "verified" | "refuted"> | null;
}

/** Realised beside projected savings of all advice with a verdict, also of what was taken back or dismissed since. */
export interface Calibration {
  readonly verified: number;
  readonly refuted: number;
  readonly projected: Money;
  readonly realised: Money;
}
