import { UNEXPLAINED_STEPS_LIMIT } from "../thresholds.ts";
import type { CounterfactualRequest, Scenario } from "../trace/counterfactual-request.ts";
import { percent } from "./cache-break-even.ts";

/** What a range allows for where what would be read was never cached like this. */
export const UNTRIED: string =
  `nothing was cached like this so far: up to ${percent(UNEXPLAINED_STEPS_LIMIT)} of what could be read ` +
  "taken as missed";

/** What a range allows for where the replay of what was cached comes to the bill. */
export const REPRODUCED = "none beyond the days themselves: the rules reproduce what was billed";

/** At the low end as much is missed without a reason as would be too much for any advice on a cache that exists. */
export function untried(request: CounterfactualRequest, scenario: Scenario): CounterfactualRequest {
  return scenario === "pessimistic"
    ? { ...request, hitShare: request.hitShare * (1 - UNEXPLAINED_STEPS_LIMIT) }
    : request;
}
