import { MODELS, type Model, type Money, type TokenizerGeneration } from "@farthing/ledger";
import type { CounterfactualRequest, Scenario } from "../trace/counterfactual-request.ts";
import { modelOf } from "../trace/model-of.ts";
import type { TraceRequest } from "../trace/trace.ts";
import { placeOf } from "./cache-levers.ts";
import type { Abstention, Lever, Plan, Situation, Strategy } from "./strategy.ts";

/**
 * How many tokens the newer tokenizer makes of text that was one token: 1.0 to 1.35, about 1.3 in most text.
 *
 * Source: https://platform.claude.com/docs/en/about-claude/pricing, checked 2026-09-26.
 */
const NEWER_TOKENIZER_RATIO: Readonly<Record<Scenario, number>> = { optimistic: 1, expected: 1.3, pessimistic: 1.35 };

/**
 * Sends a workload's requests to a newer model of the same line that costs less.
 *
 * Respects what the newer model accepts, its context window, its cache minimum, its tokenizer and today's price,
 * tiers included. Answers can differ, so it always needs a quality test. Output that was only recorded in part keeps
 * its charge: how much the newer model writes is unknown.
 */
export const newerModel: Strategy = {
  name: "newer-model",
  prepare(situation) {
    return [...requestsByModel(situation)].flatMap(([id, requests]) => proposalsFor(situation, id, requests));
  },
};

function requestsByModel(situation: Situation): ReadonlyMap<string, readonly TraceRequest[]> {
  const byModel = new Map<string, TraceRequest[]>();
  for (const index of situation.members) {
    const request = situation.trace.requests[index];
    if (request === undefined || request.own === null) continue;
    const same = byModel.get(request.model);
    if (same === undefined) byModel.set(request.model, [request]);
    else same.push(request);
  }
  return byModel;
}

function proposalsFor(
  situation: Situation,
  id: string,
  requests: readonly TraceRequest[],
): readonly (Plan | Abstention)[] {
  const model = modelOf(id);
  if (model === null || model.line === null) return [];
  if (model.retiredAt !== null && model.retiredAt <= situation.now) {
    return [
      {
        strategy: "newer-model",
        workload: situation.workload,
        reason: "model-retired",
        observed: `${model.id} was retired on ${dayOf(model.retiredAt)}: there is nothing left to compare`,
        needed: null,
        answerBy: null,
      },
    ];
  }
  return MODELS.filter((candidate) => isSuccessor(candidate, model, situation)).map((candidate) =>
    planFor(situation, id, model, candidate, requests),
  );
}

function isSuccessor(candidate: Model, model: Model, situation: Situation): boolean {
  if (candidate.line !== model.line || candidate.generation <= model.generation) return false;
  if (candidate.retiredAt !== null && candidate.retiredAt <= situation.now) return false;
  const found = situation.book.rateCardAt(candidate.id, situation.now);
  return "card" in found && found.card.rates !== null;
}

function planFor(
  situation: Situation,
  id: string,
  model: Model,
  candidate: Model,
  requests: readonly TraceRequest[],
): Plan {
  const ratios = tokenRatios(model.tokenizer, candidate.tokenizer);
  const finalOutput = requests.every((request) => request.outputFinal);
  const [first] = requests;
  return {
    strategy: "newer-model",
    workload: situation.workload,
    subject: model.id,
    title: `${shortName(model)} -> ${shortName(candidate)}`,
    lever: leverFor(first),
    answersUnchanged: false,
    change: changeFor(first, requests, candidate),
    uncertainty: [
      ratios.pessimistic === 1 ? null : "same text is 1.0-1.35x tokens",
      finalOutput ? "answers taken as equally long" : "how much it writes is unknown and left out",
    ]
      .filter((part) => part !== null)
      .join("; "),
    needsReplay: false,
    conflictGroup: `model:${situation.workload}:${id}`,
    rewrite: (request, { recorded, scenario }) => {
      if (request.model !== id || !accepts(candidate, recorded, request, ratios[scenario])) return [request];
      return [moved(request, recorded, candidate, ratios[scenario], situation.now)];
    },
    breakEven: ({ saving }) => breakEvenOf(saving, requests, candidate, ratios.expected, situation),
  };
}

function tokenRatios(from: TokenizerGeneration, to: TokenizerGeneration): Readonly<Record<Scenario, number>> {
  if (from === to) return { optimistic: 1, expected: 1, pessimistic: 1 };
  if (from < to) return NEWER_TOKENIZER_RATIO;
  return { optimistic: 1 / 1.35, expected: 1 / 1.3, pessimistic: 1 };
}

/** Requests the newer model would refuse stay where they are. */
function accepts(candidate: Model, recorded: TraceRequest, request: CounterfactualRequest, ratio: number): boolean {
  if (recorded.shape?.thinking === "disabled" && !candidate.thinkingCanBeDisabled) return false;
  if (candidate.contextTokens === null) return true;
  return (request.cacheable + request.uncached) * ratio <= candidate.contextTokens;
}

function moved(
  request: CounterfactualRequest,
  recorded: TraceRequest,
  candidate: Model,
  ratio: number,
  now: number,
): CounterfactualRequest {
  const scaled = (tokens: number): number => Math.round(tokens * ratio);
  return {
    ...request,
    model: candidate.id,
    pricedAt: now,
    cacheable: scaled(request.cacheable),
    reusable: scaled(request.reusable),
    sharedRead: scaled(request.sharedRead),
    uncached: scaled(request.uncached),
    output: recorded.outputFinal ? scaled(request.output) : request.output,
    outputChargeKept: !recorded.outputFinal,
  };
}

function breakEvenOf(
  saving: Money,
  requests: readonly TraceRequest[],
  candidate: Model,
  ratio: number,
  situation: Situation,
): string | null {
  const found = situation.book.rateCardAt(candidate.id, situation.now);
  if (!("card" in found) || found.card.rates === null || saving <= 0n) return null;
  const perToken = found.card.rates.output;
  const extraTokens = Number(saving / perToken);
  if (!requests.every((request) => request.outputFinal)) {
    return `saves until answers are ${extraTokens.toLocaleString("en-US")} tokens longer in all`;
  }
  const output = requests.reduce((total, request) => total + (request.own?.output ?? 0), 0) * ratio;
  return output === 0 ? null : `saves until answers are ${(1 + extraTokens / output).toFixed(2)}x as long`;
}

function leverFor(first: TraceRequest | undefined): Lever {
  return first?.fromClaudeCode === true ? "claude-code-setting" : "code";
}

function changeFor(first: TraceRequest | undefined, requests: readonly TraceRequest[], candidate: Model): string {
  if (first === undefined) return "";
  if (first.fromClaudeCode) {
    return first.agent === null
      ? `In Claude Code choose it with /model ${candidate.id}, or set "model" in settings.json.`
      : `In Claude Code set CLAUDE_CODE_SUBAGENT_MODEL=${candidate.id}, or "model" in the sub-agent's file.`;
  }
  const budget = requests.some((request) => request.shape?.thinking === "enabled");
  return (
    `In ${placeOf(first)}, set model to "${candidate.id}".` +
    (budget && !candidate.thinkingBudgetAccepted ? " Replace thinking.budget_tokens by output_config.effort." : "")
  );
}

function shortName(model: Model): string {
  return model.id.replace(/^claude-/, "");
}

function dayOf(instant: number): string {
  return new Date(instant).toISOString().slice(0, 10);
}
