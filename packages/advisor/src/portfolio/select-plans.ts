import type { Money } from "@farthing/ledger";
import type { WorkloadReplays } from "../replay/workload-replays.ts";
import type { Plan } from "../strategies/strategy.ts";

/**
 * The plans of one workload that together cost least, in the order given.
 *
 * Changes that leave answers alone act on the same cached prefixes, so all their combinations are replayed. Changes
 * that need a quality test come on top, one set of alternatives after the other; then both rounds are repeated on
 * what the other chose, until nothing gets cheaper.
 */
export function selectPlans(replays: WorkloadReplays, plans: readonly Plan[]): readonly Plan[] {
  const costOf = (chosen: ReadonlySet<Plan>): Money | null => {
    const result = replays.of(inOrder(plans, chosen), "expected");
    return result.unpriced > 0 ? null : result.total;
  };
  const rounds = [
    combinations(alternativesOf(plans.filter((plan) => plan.answersUnchanged))),
    ...alternativesOf(plans.filter((plan) => !plan.answersUnchanged)).map((group) => combinations([group])),
  ];
  let best: Candidate = { chosen: new Set(), cost: costOf(new Set()) };
  for (let before: Candidate | null = null; before !== best;) {
    before = best;
    for (const options of rounds) best = cheapest(best, options, costOf);
  }
  return inOrder(plans, best.chosen);
}

interface Candidate {
  readonly chosen: ReadonlySet<Plan>;
  /** Null where the plans do not fit the requests. */
  readonly cost: Money | null;
}

/** One way to choose from some sets of alternatives, and all plans that were to choose from. */
interface Option {
  readonly chosen: readonly Plan[];
  readonly among: readonly Plan[];
}

function cheapest(
  best: Candidate,
  options: readonly Option[],
  costOf: (chosen: ReadonlySet<Plan>) => Money | null,
): Candidate {
  let found = best;
  for (const { chosen, among } of options) {
    const kept = [...best.chosen].filter((plan) => !among.includes(plan) && !excludes(chosen, plan));
    const candidate = new Set([...kept, ...chosen]);
    const cost = costOf(candidate);
    if (cost !== null && found.cost !== null && cost < found.cost) found = { chosen: candidate, cost };
  }
  return found;
}

/** Whether some plans leave no room for another: alternatives can differ in whether they change answers. */
function excludes(chosen: readonly Plan[], { conflictGroup }: Plan): boolean {
  return conflictGroup !== null && chosen.some((plan) => plan.conflictGroup === conflictGroup);
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

/** Every way to take at most one plan of each group. */
function combinations(groups: readonly (readonly Plan[])[]): readonly Option[] {
  const among = groups.flat();
  const ways = groups.reduce<readonly (readonly Plan[])[]>(
    (taken, group) => taken.flatMap((plans) => [plans, ...group.map((plan) => [...plans, plan])]),
    [[]],
  );
  return ways.map((chosen) => ({ chosen, among }));
}

function inOrder(plans: readonly Plan[], chosen: ReadonlySet<Plan>): readonly Plan[] {
  return plans.filter((plan) => chosen.has(plan));
}
