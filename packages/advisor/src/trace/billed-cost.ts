import { money, ZERO, type Cost, type Money } from "@farthing/ledger";
import type { BilledCost } from "./trace.ts";

/** What a replay needs of a cost: the answer's own output apart, and what was billed beside it. */
export function billedCost(cost: Cost): BilledCost {
  let beside = 0n;
  for (const { iteration, amount } of cost.lines) if (iteration !== null) beside += amount ?? 0n;
  return { total: cost.total, output: ownOutputCharge(cost), beside: beside === 0n ? ZERO : money(beside) };
}

/** What the output of the answer to the request itself costs. */
function ownOutputCharge(cost: Cost): Money {
  return cost.lines.find((line) => line.item === "output" && line.iteration === null)?.amount ?? ZERO;
}
