import { subtract, sum, type Money } from "@farthing/ledger";
import type { KeptReplays } from "../replay/kept-replays.ts";
import type { ItemSum } from "../replay/item-sums.ts";
import type { Plan } from "../strategies/strategy.ts";

/**
 * How a saving comes about: what was paid for in a workload, replayed as it was sent and with one change alone.
 *
 * What `before` comes to, less what `after` comes to, and `elsewhere`, are together what the change saves on its own.
 */
export interface Arithmetic {
  readonly before: readonly ItemSum[];
  readonly after: readonly ItemSum[];
  /** What is saved in workloads that share its cache; below zero where it costs them something. */
  readonly elsewhere: Money;
}

/** The arithmetic of each of some plans, in their order. */
export function arithmeticOf(
  replays: KeptReplays,
  plans: readonly Pick<Plan, "workload" | "rewrite" | "movesStart">[],
): readonly Arithmetic[] {
  if (plans.length === 0) return [];
  const asSent = replays.itemsOf([], new Set(plans.map(({ workload }) => workload)));
  return plans.map((plan) => {
    const before = asSent.of(plan.workload);
    const after = replays.itemsOf([plan], new Set([plan.workload])).of(plan.workload);
    const saved = subtract(replays.of([], "expected").total, replays.of([plan], "expected").total);
    const here = subtract(sum(before.map(({ usd }) => usd)), sum(after.map(({ usd }) => usd)));
    return { before, after, elsewhere: subtract(saved, here) };
  });
}
