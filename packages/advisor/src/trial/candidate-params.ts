import type { Model } from "@farthing/ledger";
import { isFields, type RequestParams } from "./sample.ts";

/** What of a request a candidate does not take, and what it is asked instead. */
export type ParamsChange = "max-tokens-lowered" | "thinking-budget-replaced" | "thinking-left-out" | "effort-left-out";

export interface CandidateParams {
  readonly params: RequestParams;
  readonly changes: readonly ParamsChange[];
}

/**
 * A request as a candidate takes it, as far as the catalogue knows what it takes. Of the rest the API says itself what it
 * refuses, which is free.
 *
 * @param model Null for one that the catalogue does not hold: nothing is changed but its name.
 */
export function candidateParams(params: RequestParams, id: string, model: Model | null): CandidateParams {
  const named = { ...params, model: id };
  if (model === null) return { params: named, changes: [] };
  const steps = [withinOutput, acceptedThinking, acceptedEffort];
  return steps.reduce<CandidateParams>(
    (sofar, step) => {
      const next = step(sofar.params, model);
      return next === null ? sofar : { params: next.params, changes: [...sofar.changes, next.change] };
    },
    { params: named, changes: [] },
  );
}

interface Step {
  readonly params: RequestParams;
  readonly change: ParamsChange;
}

function withinOutput(params: RequestParams, { outputTokensMax }: Model): Step | null {
  const asked = params["max_tokens"];
  if (outputTokensMax === null || typeof asked !== "number" || asked <= outputTokensMax) return null;
  return { params: { ...params, max_tokens: outputTokensMax }, change: "max-tokens-lowered" };
}

function acceptedThinking(params: RequestParams, model: Model): Step | null {
  const { thinking, ...others } = params;
  const type = isFields(thinking) ? thinking["type"] : null;
  if (type === "enabled" && !model.thinkingBudgetAccepted && model.thinking === "optional") {
    return { params: { ...others, thinking: { type: "adaptive" } }, change: "thinking-budget-replaced" };
  }
  const isRefused =
    (type === "enabled" && !model.thinkingBudgetAccepted) ||
    (type === "adaptive" && (model.thinking === "budget" || model.thinking === "none")) ||
    (type === "disabled" && !model.thinkingCanBeDisabled);
  return isRefused ? { params: others, change: "thinking-left-out" } : null;
}

function acceptedEffort(params: RequestParams, { effortDefault }: Model): Step | null {
  const { output_config: config, ...others } = params;
  if (effortDefault !== null || !isFields(config) || !("effort" in config)) return null;
  const { effort: _, ...rest } = config;
  const kept = Object.keys(rest).length === 0 ? others : { ...others, output_config: rest };
  return { params: kept, change: "effort-left-out" };
}
