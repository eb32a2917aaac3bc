import { THINKING_SHARE_MIN } from "../thresholds.ts";
import type { CounterfactualRequest } from "../trace/counterfactual-request.ts";
import { modelOf } from "../trace/model-of.ts";
import type { TraceRequest } from "../trace/trace.ts";
import { percent, type Criterion } from "./criteria.ts";

/** The share of the output that was thinking; what is not recorded counts as none. */
export function thinkingShare(requests: readonly TraceRequest[]): number {
  let output = 0;
  let thinking = 0;
  for (const request of requests) {
    output += request.own?.output ?? 0;
    thinking += thinkingOf(request);
  }
  return output === 0 ? 0 : thinking / output;
}

/** Whether thinking is so much of the output that less of it would be felt. */
export function mostlyThinking(requests: readonly TraceRequest[]): Criterion {
  const share = thinkingShare(requests);
  return {
    reason: "thinks-little",
    met: share >= THINKING_SHARE_MIN,
    observed: `thinking is ${percent(share)} of the output`,
    needed: percent(THINKING_SHARE_MIN),
  };
}

/** Whether a request may have been thought about without a count of it: all but those that cannot have been. */
export function thinksUnknownAmount({ shape, usage, model }: TraceRequest): boolean {
  if (usage.thinkingTokens !== null || shape?.thinking === "disabled") return false;
  const thinksOnlyWhenAsked = ["budget", "none"].includes(modelOf(model)?.thinking ?? "always");
  return shape === null || shape.thinking !== null || !thinksOnlyWhenAsked;
}

/** Thinking tokens of the answer to the request itself; 0 where they were not recorded. */
export function thinkingOf({ own, usage }: TraceRequest): number {
  return Math.min(own?.output ?? 0, usage.thinkingTokens ?? 0);
}

/** A request whose thinking is so many times as long; the rest of its answer stays. */
export function lessThinking(
  request: CounterfactualRequest,
  recorded: TraceRequest,
  ratio: number,
): CounterfactualRequest {
  const output = recorded.own?.output ?? 0;
  // What a plan has added is no answer of this kind.
  if (request.added || !recorded.outputFinal || output === 0) return request;
  // Another change may have made the whole answer longer or shorter already.
  const left = 1 - (thinkingOf(recorded) / output) * (1 - ratio);
  return { ...request, output: Math.round(request.output * left) };
}
