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

/** A set with a plan in it, in place of what excludes it, and the same set without either. */
export function changedIn(set: PlanSet, plan: Plan, plans: readonly Plan[]): readonly PlanSet[] {
  const excludes = (other: Plan): boolean =>
    other === plan || (plan.conflictGroup !== null && other.conflictGroup === plan.conflictGroup);
  const others = set.filter((other) => !excludes(other));
  return [inOrder(plans, [...others, plan]), others];
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
