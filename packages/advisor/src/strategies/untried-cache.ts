import { CACHE_MINIMUM_MARGIN, UNEXPLAINED_STEPS_LIMIT } from "../thresholds.ts";
import type { CounterfactualPrompt } from "../trace/counterfactual-prompt.ts";
import type { CounterfactualRequest, Scenario } from "../trace/counterfactual-request.ts";
import { modelOf } from "../trace/model-of.ts";
import { percent } from "./cache-break-even.ts";

/** What a range allows for where what would be read was never cached like this. */
export const UNTRIED: string =
  `nothing was cached like this so far: up to ${percent(UNEXPLAINED_STEPS_LIMIT)} of what could be read ` +
  "taken as missed";

/** What a range allows for where the replay of what was cached comes to the bill. */
export const REPRODUCED = "none beyond the days themselves: the rules reproduce what was billed";

/**
 * At the low end as much is missed without a reason as would be too much for any advice on a cache that exists, and what
 * is hardly longer than the model's minimum is not cached: its length is an estimate.
 */
export function untried(request: CounterfactualRequest, scenario: Scenario): CounterfactualRequest {
  if (scenario !== "pessimistic") return request;
  return {
    ...request,
    prompt: cachedForSure(request),
    hitShare: request.hitShare * (1 - UNEXPLAINED_STEPS_LIMIT),
  };
}

function cachedForSure({ prompt, model }: CounterfactualRequest): CounterfactualPrompt {
  if (prompt.kind !== "blocks") return prompt;
  const { blocks, scale } = prompt;
  const enough = (modelOf(model)?.cacheMinimumTokens ?? 0) * (1 + CACHE_MINIMUM_MARGIN);
  return {
    ...prompt,
    breakpoints: prompt.breakpoints.filter(({ block }) => (blocks.ends[block] ?? 0) * scale >= enough),
  };
}
