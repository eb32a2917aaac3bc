import { displayUsd, subtract, ZERO, type Money } from "@farthing/ledger";
import { unexplainedShare, type ReplayGap } from "../replay/baseline.ts";
import type { Replayable } from "../replay/replay.ts";
import type { Abstention, Plan } from "../strategies/strategy.ts";
import { REPLAY_GAP_LIMIT, RESPONSES_MIN, UNEXPLAINED_STEPS_LIMIT } from "../thresholds.ts";
import type { SavingRange } from "./saving-range.ts";

export function flatPlan(workload: string): Abstention {
  return {
    strategy: "all",
    workload,
    reason: "flat-plan",
    observed: "on a flat plan no change lowers the bill",
    needed: null,
    growth: null,
  };
}

export function tooFew(workload: string, { trace, members }: Replayable): Abstention {
  const times = members.map((index) => trace.requests[index]?.occurredAt ?? 0);
  const growth = {
    first: times.reduce((a, b) => Math.min(a, b)),
    last: times.reduce((a, b) => Math.max(a, b)),
    count: members.length,
    needed: RESPONSES_MIN,
  };
  return {
    strategy: "all",
    workload,
    reason: "too-few-responses",
    observed: `${String(growth.count)} ${growth.count === 1 ? "response" : "responses"}`,
    needed: String(RESPONSES_MIN),
    growth,
  };
}

/** Why predicted reads cannot be believed for a workload. */
export function replayUnproved(plan: Plan, replayed: ReplayGap): Abstention {
  const base = { strategy: plan.strategy, workload: plan.workload, growth: null };
  if (unexplainedShare(replayed) > UNEXPLAINED_STEPS_LIMIT) {
    return {
      ...base,
      reason: "unexplained-misses",
      observed: `${percent(unexplainedShare(replayed))} of steps did not read a cache that had to be alive`,
      needed: `at most ${percent(UNEXPLAINED_STEPS_LIMIT)}`,
    };
  }
  if (replayed.gap === null) {
    return {
      ...base,
      reason: "no-conversations",
      observed: "which response continues which is not recorded",
      needed: "sessions, or fingerprints of the prompts",
    };
  }
  return {
    ...base,
    reason: "replay-gap",
    observed: `replay comes to ${percent(Math.abs(replayed.gap))} ${replayed.gap > 0 ? "over" : "under"} the bill`,
    needed: `at most ${percent(REPLAY_GAP_LIMIT)}`,
  };
}

/** Prompts that were fingerprinted under different keys cannot be compared. */
export function severalKeys(plan: Plan, keys: number): Abstention {
  return {
    strategy: plan.strategy,
    workload: plan.workload,
    reason: "several-keys",
    observed: `its prompts were fingerprinted under ${String(keys)} keys`,
    needed: "one key for all processes: set FARTHING_KEY to the same value on every host",
    growth: null,
  };
}

/** What the change would cost others that read the same prefixes cannot be replayed. */
export function sharedApart(plan: Plan, others: readonly string[]): Abstention {
  const observed = `${plan.title}: its cached prefixes are shared with ${others.join(", ")}`;
  return about(plan, "shared-prefixes", observed, "fingerprints of the prompts of all that share them");
}

export function tooSmall(plan: Plan, share: Money, threshold: Money): Abstention {
  return about(plan, "too-small", `${plan.title}: ${displayUsd(share)}`, displayUsd(threshold));
}

export function wouldCostMore(plan: Plan, saving: Money): Abstention {
  return about(plan, "would-cost-more", `${plan.title}: ${displayUsd(subtract(ZERO, saving))} more`, null);
}

/** It would save on its own, but the changes that are recommended leave too little of that. */
export function overlaps(plan: Plan, alone: Money): Abstention {
  return about(plan, "overlaps", `${plan.title}: ${displayUsd(alone)} alone, already saved by the changes above`, null);
}

/** The expected saving is one, but within its range the change could lose money. */
export function mayCostMore(plan: Plan, range: SavingRange): Abstention {
  const observed = `${plan.title}: from ${displayUsd(subtract(ZERO, range.low))} more to ${displayUsd(range.high)} less`;
  return about(plan, "may-cost-more", observed, "a range without a loss");
}

function about(plan: Plan, reason: string, observed: string, needed: string | null): Abstention {
  return { strategy: plan.strategy, workload: plan.workload, reason, observed, needed, growth: null };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
