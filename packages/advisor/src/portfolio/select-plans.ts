import { compare, type Money } from "@farthing/ledger";
import type { KeptReplays } from "../replay/kept-replays.ts";
import type { Plan } from "../strategies/strategy.ts";
import { changedIn, countSets, setsOf, type PlanSet } from "./plan-sets.ts";

/**
 * Up to so many sets are all replayed, and more where a workload is small; of still more, those that are found by
 * changing one choice at a time.
 */
const SETS_REPLAYED_MAX = 64;
const SETS_OF_SMALL_MAX = 1024;
const REQUESTS_REPLAYED_MAX = 1_000_000;

/** A set of plans, and what the workload would have cost with it. */
interface CostedSet {
  readonly set: PlanSet;
  readonly cost: Money;
}

/**
 * The cheapest set of plans that may be recommended.
 *
 * Whether a set may be depends on the set alone, so that a plan more to choose from never makes the choice worse: as long
 * as all sets can be replayed. Of more, a search finds a good one.
 *
 * @param mayRecommend Asked of one set after the other, cheapest first; never of the one without plans.
 */
export function selectPlans(
  replays: KeptReplays,
  plans: readonly Plan[],
  mayRecommend: (set: PlanSet) => boolean,
): PlanSet {
  const costOf = (set: PlanSet): Money | null => {
    const result = replays.of(set, "expected");
    return result.unpriced > 0 ? null : result.total;
  };
  const affordable = Math.floor(REQUESTS_REPLAYED_MAX / replays.subject.members.length);
  const max = Math.max(SETS_REPLAYED_MAX, Math.min(SETS_OF_SMALL_MAX, affordable));
  if (countSets(plans) > max) return searchPlans(plans, costOf, mayRecommend);
  const nothing = costOf([]);
  const cheapestFirst = setsOf(plans)
    .flatMap((set): CostedSet[] => {
      const cost = costOf(set);
      return cost === null || nothing === null || cost >= nothing ? [] : [{ set, cost }];
    })
    .sort((a, b) => compare(a.cost, b.cost) || a.set.length - b.set.length);
  return cheapestFirst.find(({ set }) => mayRecommend(set))?.set ?? [];
}

/**
 * A set that no single choice makes cheaper: a plan more, a plan less, or another of its alternatives. Looks at sets that
 * may be recommended only, and at plans that may be recommended on their own, the one that saves most first.
 */
function searchPlans(
  plans: readonly Plan[],
  costOf: (set: PlanSet) => Money | null,
  mayRecommend: (set: PlanSet) => boolean,
): PlanSet {
  const cheapestFirst = plans
    .flatMap((plan): CostedSet[] => {
      const cost = mayRecommend([plan]) ? costOf([plan]) : null;
      return cost === null ? [] : [{ set: [plan], cost }];
    })
    .sort((a, b) => compare(a.cost, b.cost));
  const candidates = cheapestFirst.flatMap(({ set }) => set);
  let best: PlanSet = [];
  for (let before: PlanSet | null = null; before !== best;) {
    before = best;
    for (const plan of candidates) best = cheaperWith(plan, best, { plans, costOf, mayRecommend });
  }
  return best;
}

interface Search {
  readonly plans: readonly Plan[];
  readonly costOf: (set: PlanSet) => Money | null;
  readonly mayRecommend: (set: PlanSet) => boolean;
}

/** A set with one plan more, in place of what excludes it, or with it left out: whichever is cheapest. */
function cheaperWith(plan: Plan, best: PlanSet, { plans, costOf, mayRecommend }: Search): PlanSet {
  const least = costOf(best);
  const cheaper = changedIn(best, plan, plans).find((set) => {
    const cost = costOf(set);
    return cost !== null && least !== null && cost < least && mayRecommend(set);
  });
  return cheaper ?? best;
}
