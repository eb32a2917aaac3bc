import { compare, type Money } from "@farthing/ledger";
import type { KeptReplays } from "../replay/kept-replays.ts";
import type { Plan } from "../strategies/strategy.ts";
import { countSets, neighboursOf, setsOf, type PlanSet } from "./plan-sets.ts";

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
 * Whether a set may be depends on the set alone, so that a plan more to choose from never makes the choice worse.
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
  const sets = countSets(plans) <= max ? setsOf(plans) : visitedSets(plans, max, costOf);
  const nothing = costOf([]);
  const cheapestFirst = sets
    .flatMap((set): CostedSet[] => {
      const cost = costOf(set);
      return cost === null || nothing === null || cost >= nothing ? [] : [{ set, cost }];
    })
    .sort((a, b) => compare(a.cost, b.cost) || a.set.length - b.set.length);
  return cheapestFirst.find(({ set }) => mayRecommend(set))?.set ?? [];
}

/**
 * The sets that a search looks at: all that can be made of the first plans, then, plan by plan, what differs in one
 * choice from the cheapest so far.
 */
function visitedSets(plans: readonly Plan[], max: number, costOf: (set: PlanSet) => Money | null): readonly PlanSet[] {
  let known = plans.length;
  while (countSets(plans.slice(0, known)) > max) known -= 1;
  const visited = [...setsOf(plans.slice(0, known))];
  let best = cheapest(visited, costOf, []);
  for (; known <= plans.length; known += 1) {
    for (let before: PlanSet | null = null; before !== best;) {
      before = best;
      const near = neighboursOf(best, plans.slice(0, known));
      visited.push(...near);
      best = cheapest(near, costOf, best);
    }
  }
  return visited;
}

function cheapest(sets: readonly PlanSet[], costOf: (set: PlanSet) => Money | null, start: PlanSet): PlanSet {
  return sets.reduce((best, set) => {
    const [cost, least] = [costOf(set), costOf(best)];
    return cost !== null && least !== null && cost < least ? set : best;
  }, start);
}
