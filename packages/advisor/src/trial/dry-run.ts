import { money, type Money } from "@farthing/ledger";
import { boundOf, callsOf, type NotSentReason } from "./trial-calls.ts";
import type { TrialPlan } from "./trial-plan.ts";

/** What a trial would take at most, found without asking anybody. */
export interface DryRun {
  /** Calls to the API, besides those that count tokens. */
  readonly calls: { readonly candidate: number; readonly present: number };
  /** The most that those can cost of which that can be told. */
  readonly most: Money;
  /** Samples of which it cannot: asked in earnest, some are counted by the API, and the others are not sent. */
  readonly unbounded: readonly { readonly reason: NotSentReason; readonly samples: number }[];
}

/** What every sample would take; prompts count with their bytes, which are more than their tokens. */
export async function dryRun(plan: TrialPlan): Promise<DryRun> {
  const reasons = new Map<NotSentReason, number>();
  const calls = { candidate: 0, present: 0 };
  let most = 0n;
  for (const sample of plan.samples) {
    const found = await callsOf(sample, plan, () => Promise.resolve(null));
    if (typeof found === "string") {
      reasons.set(found, (reasons.get(found) ?? 0) + 1);
      continue;
    }
    calls.candidate += plan.repeat;
    calls.present += found.present === null ? 0 : plan.repeat;
    most += boundOf(found) * BigInt(plan.repeat);
  }
  const unbounded = [...reasons].map(([reason, samples]) => ({ reason, samples }));
  return { calls, most: money(most), unbounded };
}
