import type { Cause } from "./causes.ts";
import { CHANGES, costModel, isMoved, valueFunction } from "./cost-model.ts";
import { shapleyParts } from "./shapley.ts";
import { usdIn, type GroupUsage } from "./usage.ts";

/**
 * Why a workload that has priced requests in both periods costs something else in the second, in picodollars.
 *
 * Parts sum to the difference exactly. What the model of its cost cannot tell, because usage took over of which the other
 * period shows next to nothing, is `unexplained`.
 */
export function explainGroup(before: GroupUsage, after: GroupUsage): ReadonlyMap<Cause, bigint> {
  const model = costModel(before, after);
  const changes = CHANGES.filter((change) => isMoved(change, model));
  const parts = shapleyParts(changes.length, valueFunction(model, changes));
  const told = parts.reduce((sum, part) => sum + part, 0n);
  return new Map<Cause, bigint>([
    ...changes.map((change, index): [Cause, bigint] => [change, parts[index] ?? 0n]),
    ["unexplained", usdIn(after) - usdIn(before) - told],
  ]);
}
