import { matchModel, MODELS, totalCostOf, type Model, type TokenizerGeneration } from "@farthing/ledger";
import { lengthOf, scaled } from "../trace/counterfactual-prompt.ts";
import type { CounterfactualRequest, Scenario } from "../trace/counterfactual-request.ts";
import { modelOf } from "../trace/model-of.ts";
import type { TraceRequest } from "../trace/trace.ts";
import { placeOf } from "./cache-levers.ts";
import type { Abstention, Plan, PlanOutcome, Situation, Strategy } from "./strategy.ts";

/**
 * How many tokens the newer tokenizer makes of text that was one token: 1.0 to 1.35, about 1.3 in most text.
 *
 * Source: https://platform.claude.com/docs/en/about-claude/pricing, checked 2026-09-26.
 */
const NEWER_TOKENIZER_RATIO: Readonly<Record<Scenario, number>> = { optimistic: 1, expected: 1.3, pessimistic: 1.35 };

/** How long another model's answers may be beside the recorded ones. Nobody has measured it here: an assumption. */
const ANSWER_LENGTH_RATIO: Readonly<Record<Scenario, number>> = { optimistic: 0.8, expected: 1, pessimistic: 1.25 };

/** The same where the newer model always thinks, which is billed as output, and the recorded one was not asked to. */
const THINKING_LENGTH_RATIO: Readonly<Record<Scenario, number>> = { optimistic: 0.8, expected: 1.5, pessimistic: 3 };

/**
 * Sends a workload's requests to a newer model of the same line that costs less.
 *
 * Respects what the newer model accepts, its context window, its cache minimum, its tokenizer and today's price,
 * tiers included. It claims no price cut of the recorded model that has come since. Answers can differ, so it always
 * needs a quality test. Output that was only recorded in part keeps its charge: how much the newer model writes is
 * unknown.
 */
export const newerModel: Strategy = {
  name: "newer-model",
  prepare(situation) {
    return [...requestsByModel(situation)].flatMap(([model, requests]) => proposalsFor(situation, model, requests));
  },
};

function requestsByModel(situation: Situation): ReadonlyMap<Model, readonly TraceRequest[]> {
  const byModel = new Map<Model, TraceRequest[]>();
  for (const index of situation.members) {
    const request = situation.trace.requests[index];
    const model = request === undefined || request.own === null ? null : modelOf(request.model);
    if (request === undefined || model === null) continue;
    const same = byModel.get(model);
    if (same === undefined) byModel.set(model, [request]);
    else same.push(request);
  }
  return byModel;
}

function proposalsFor(
  situation: Situation,
  model: Model,
  requests: readonly TraceRequest[],
): readonly (Plan | Abstention)[] {
  if (model.line === null) return [];
  const abstain = (reason: string, observed: string): readonly Abstention[] => [
    { strategy: "newer-model", workload: situation.workload, reason, observed, needed: null, growth: null },
  ];
  if (model.retiredAt !== null && model.retiredAt <= situation.now) {
    const day = new Date(model.retiredAt).toISOString().slice(0, 10);
    return abstain("model-retired", `${model.id} was retired on ${day}: there is nothing left to compare`);
  }
  const candidates = MODELS.filter((candidate) => isSuccessor(candidate, model, situation));
  const direct = requests.filter(isDirect);
  if (candidates.length > 0 && direct.length === 0) {
    return abstain("partner-models", `${model.id} through a cloud: which newer models are offered there is not known`);
  }
  return candidates.map((candidate) => planFor(situation, model, candidate, direct));
}

function isSuccessor(candidate: Model, model: Model, situation: Situation): boolean {
  if (candidate.line !== model.line || candidate.generation <= model.generation) return false;
  if (candidate.retiredAt !== null && candidate.retiredAt <= situation.now) return false;
  const found = situation.book.rateCardAt(candidate.id, situation.now);
  return "card" in found && found.card.rates !== null;
}

/** Whether a request went to the API itself: clouds offer other models, under other ids. */
function isDirect(request: TraceRequest): boolean {
  return matchModel(request.model)?.platform === "anthropic";
}

function planFor(situation: Situation, model: Model, candidate: Model, requests: readonly TraceRequest[]): Plan {
  const ratios = tokenRatios(model.tokenizer, candidate.tokenizer);
  const finalOutput = requests.every((request) => request.outputFinal);
  const startsThinking = requests.some((request) => beginsToThink(model, candidate, request));
  const today = new Map(requests.map((request) => [request, extraChargeOf(request, situation)]));
  return {
    strategy: "newer-model",
    workload: situation.workload,
    subject: model.id,
    title: `${shortName(model)} -> ${shortName(candidate)}`,
    lever: requests[0]?.fromClaudeCode === true ? "claude-code-setting" : "code",
    answersUnchanged: false,
    change: changeFor(requests, candidate),
    uncertainty: [
      ratios.pessimistic === 1 ? null : "same text is 1.0-1.35x tokens",
      finalOutput ? "answers taken as 0.8-1.25x as long" : "how much it writes is unknown and left out",
      finalOutput && startsThinking ? "it always thinks, billed as output: up to 3x" : null,
    ]
      .filter((part) => part !== null)
      .join("; "),
    needsReplay: false,
    conflictGroup: `model:${situation.workload}:${model.id}`,
    rewrite: (request, { recorded, scenario }) => {
      const extraCharge = today.get(recorded) ?? null;
      if (extraCharge === null || request.model !== recorded.model) return [request];
      if (!accepts(candidate, recorded, request, ratios[scenario])) return [request];
      const length = beginsToThink(model, candidate, recorded) ? THINKING_LENGTH_RATIO : ANSWER_LENGTH_RATIO;
      const scale = { prompt: ratios[scenario], output: ratios[scenario] * length[scenario] };
      return [{ ...moved(request, recorded, candidate, scale), pricedAt: situation.now, extraCharge }];
    },
    breakEven: (outcome) => breakEvenOf(outcome, finalOutput),
  };
}

function tokenRatios(from: TokenizerGeneration, to: TokenizerGeneration): Readonly<Record<Scenario, number>> {
  if (from === to) return { optimistic: 1, expected: 1, pessimistic: 1 };
  if (from < to) return NEWER_TOKENIZER_RATIO;
  return { optimistic: 1 / 1.35, expected: 1 / 1.3, pessimistic: 1 };
}

/**
 * What a request was charged more than it would be today, which a change of model must not claim; null where it has
 * no price today, and so cannot be sent as recorded.
 */
function extraChargeOf(request: TraceRequest, { book, now }: Situation): bigint | null {
  const today = totalCostOf(request.usage, request.model, now, book);
  if (today === null) return null;
  const billed = request.billed.total ?? today;
  return billed > today ? billed - today : 0n;
}

function beginsToThink(model: Model, candidate: Model, { shape }: TraceRequest): boolean {
  const asked = shape?.thinking === "enabled" || shape?.thinking === "adaptive";
  return candidate.thinking === "always" && model.thinking !== "always" && shape !== null && !asked;
}

/** Requests the newer model would refuse stay where they are. */
function accepts(candidate: Model, recorded: TraceRequest, request: CounterfactualRequest, ratio: number): boolean {
  if (recorded.shape?.thinking === "disabled" && !candidate.thinkingCanBeDisabled) return false;
  const { outputTokensMax, contextTokens } = candidate;
  if (outputTokensMax !== null && (recorded.shape?.maxTokens ?? 0) > outputTokensMax) return false;
  return contextTokens === null || lengthOf(request.prompt) * ratio <= contextTokens;
}

function moved(
  request: CounterfactualRequest,
  recorded: TraceRequest,
  candidate: Model,
  scale: { readonly prompt: number; readonly output: number },
): CounterfactualRequest {
  return {
    ...request,
    model: candidate.id,
    prompt: scaled(request.prompt, scale.prompt),
    output: recorded.outputFinal ? Math.round(request.output * scale.output) : request.output,
    outputChargeKept: !recorded.outputFinal,
  };
}

/** By how much longer answers would cancel the saving, at the rates that the replayed answers themselves cost. */
function breakEvenOf({ saving, moved: answers }: PlanOutcome, finalOutput: boolean): string | null {
  if (saving <= 0n || answers.output <= 0n || answers.answers === 0) return null;
  const growth = Number(saving) / Number(answers.output);
  if (finalOutput) return `saves until answers are ${(1 + growth).toFixed(2)}x as long`;
  const tokens = Math.round((growth * answers.tokens) / answers.answers);
  return `saves until its answers are ${tokens.toLocaleString("en-US")} tokens longer, each`;
}

function changeFor(requests: readonly TraceRequest[], candidate: Model): string {
  const [first] = requests;
  if (first === undefined) return "";
  if (first.fromClaudeCode) {
    const levers = [
      requests.some(({ agent }) => agent === null)
        ? `choose it with /model ${candidate.id}, or set "model" in settings.json`
        : null,
      requests.some(({ agent }) => agent !== null)
        ? `for sub-agents set CLAUDE_CODE_SUBAGENT_MODEL=${candidate.id}, or "model" in the sub-agent's file`
        : null,
    ].filter((lever) => lever !== null);
    return `In Claude Code ${levers.join("; ")}.`;
  }
  const budget = requests.some((request) => request.shape?.thinking === "enabled");
  return (
    `In ${placeOf(first)}, set model to "${candidate.id}".` +
    (budget && !candidate.thinkingBudgetAccepted ? " Replace thinking.budget_tokens by output_config.effort." : "") +
    " It may refuse a temperature or a forced tool_choice that the old one took."
  );
}

function shortName(model: Model): string {
  return model.id.replace(/^claude-/, "");
}
