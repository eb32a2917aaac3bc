import type { BilledUsage } from "@farthing/ledger";
import type { Scenario } from "../trace/counterfactual-request.ts";
import type { TraceRequest } from "../trace/trace.ts";

/** A change as it was advised, as far as it decides how requests look that carry it. */
export interface AdvisedChange {
  readonly subject: string;
  /** See `PlanFacts.target`. */
  readonly target: string;
}

/** How requests show that a change was made, and what they were like without it. */
export interface Recognition {
  /** Whether a request carries the change; null where the change is not about it, or nothing of that was recorded. */
  readonly carries: (request: TraceRequest) => boolean | null;
  /** What a request would have been like without it; null where requests after the change cannot say. */
  readonly without: OldWay | null;
}

/** No request shows whether the change was made. */
export interface Unrecognised {
  /** Why not, as part of a sentence. */
  readonly unseen: string;
}

/** How a request that carries a change would have been sent without it, and what of it is taken from before the change. */
export interface OldWay {
  /** The model that would have been asked; null for the one that was. */
  readonly model: string | null;
  /** At what other terms it would have been billed. */
  readonly terms: Partial<Pick<BilledUsage, "serviceTier" | "speed" | "inferenceGeo">>;
  /**
   * As it was billed; as long, and cached as prompts were before; or both as before. So many tokens, whatever becomes of
   * them: see `promptLength`.
   */
  readonly prompt: "as-billed" | "cached-as-before" | "as-before";
  /** How long the same prompt is without the change, beside its length with it: tokenizers differ. */
  readonly promptLength: Readonly<Record<Scenario, number>>;
  /** As long as it was, or as long as answers were before. */
  readonly answer: "as-billed" | "as-before";
}

const SAME_LENGTH: OldWay["promptLength"] = { pessimistic: 1, expected: 1, optimistic: 1 };

/** The request as it was billed, but for what is given. */
export function asBilledBut(changes: Partial<OldWay>): OldWay {
  return { model: null, terms: {}, prompt: "as-billed", promptLength: SAME_LENGTH, answer: "as-billed", ...changes };
}

export function isRecognised(found: Recognition | Unrecognised): found is Recognition {
  return "carries" in found;
}
