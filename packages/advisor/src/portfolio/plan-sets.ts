import type { Plan } from "../strategies/strategy.ts";

/** Plans that can be made together, in the order in which they are composed. */
export type PlanSet = readonly Plan[];

/** Every set that can be made of some plans: at most one of those that exclude each other. */
export function setsOf(plans: readonly Plan[]): readonly PlanSet[] {
  return alternativesOf(plans)
    .reduce<readonly PlanSet[]>(
      (sets, alternatives) => sets.flatMap((set) => [set, ...alternatives.map((plan) => [...set, plan])]),
      [[]],
    )
    .map((set) => inOrder(plans, set));
}

/** How many sets there are. */
export function countSets(plans: readonly Plan[]): number {
  return alternativesOf(plans).reduce((count, alternatives) => count * (alternatives.length + 1), 1);
}

/** The sets that differ from one in a single choice: a plan less, one more, or another of its alternatives. */
export function neighboursOf(set: PlanSet, plans: readonly Plan[]): readonly PlanSet[] {
  return alternativesOf(plans).flatMap((alternatives) => {
    const others = set.filter((plan) => !alternatives.includes(plan));
    const ways = [others, ...alternatives.map((plan) => [...others, plan])];
    return ways.map((way) => inOrder(plans, way)).filter((way) => !isSame(way, set));
  });
}

/** Plans that exclude each other; a plan that excludes none is alone. */
function alternativesOf(plans: readonly Plan[]): readonly (readonly Plan[])[] {
  const groups = new Map<string | Plan, Plan[]>();
  for (const plan of plans) {
    const key = plan.conflictGroup ?? plan;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [plan]);
    else group.push(plan);
  }
  return [...groups.values()];
}

function inOrder(plans: readonly Plan[], chosen: PlanSet): PlanSet {
  return plans.filter((plan) => chosen.includes(plan));
}

function isSame(a: PlanSet, b: PlanSet): boolean {
  return a.length === b.length && a.every((plan, place) => plan === b[place]);
}
