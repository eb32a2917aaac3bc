import { MODELS, type Model } from "@farthing/ledger";
import type { TraceRequest } from "../trace/trace.ts";
import { costsMorePerSuccess } from "./measured-success.ts";
import {
  isDirect,
  isOffered,
  isRetired,
  modelChangePlan,
  recogniseModelChange,
  requestsByModel,
} from "./model-change.ts";
import type { Abstention, Plan, Situation, Strategy } from "./strategy.ts";

/** Sends a workload's requests to a newer model of the same line that costs less. */
export const newerModel: Strategy = {
  name: "newer-model",
  prepare(situation) {
    return [...requestsByModel(situation)].flatMap(([model, requests]) => proposalsFor(situation, model, requests));
  },
  recognise: recogniseModelChange,
};

function proposalsFor(
  situation: Situation,
  model: Model,
  requests: readonly TraceRequest[],
): readonly (Plan | Abstention)[] {
  if (model.line === null) return [];
  const abstain = (reason: string, observed: string): readonly Abstention[] => [
    { strategy: "newer-model", workload: situation.workload, reason, observed, needed: null, growth: null },
  ];
  if (model.retiredAt !== null && isRetired(model, situation)) {
    const day = new Date(model.retiredAt).toISOString().slice(0, 10);
    return abstain("model-retired", `${model.id} was retired on ${day}: there is nothing left to compare`);
  }
  const candidates = MODELS.filter((candidate) => isSuccessor(candidate, model) && isOffered(candidate, situation));
  const direct = requests.filter(isDirect);
  if (candidates.length > 0 && direct.length === 0) {
    return abstain("partner-models", `${model.id} through a cloud: which newer models are offered there is not known`);
  }
  return candidates.map((to) => {
    const change = { strategy: "newer-model", from: model, to, requests: direct };
    return costsMorePerSuccess(situation, change) ?? modelChangePlan(situation, change);
  });
}

function isSuccessor(candidate: Model, model: Model): boolean {
  return candidate.line === model.line && candidate.generation > model.generation;
}
