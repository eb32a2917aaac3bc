import { matchModel, modelById, totalCostOf, type Model, type TokenizerGeneration } from "@farthing/ledger";
import { lengthOf, scaled } from "../trace/counterfactual-prompt.ts";
import type { CounterfactualRequest, Scenario } from "../trace/counterfactual-request.ts";
import { modelOf } from "../trace/model-of.ts";
import type { TraceRequest } from "../trace/trace.ts";
import { measuredBreakEven, measuredSuccess, measuredWords } from "./measured-success.ts";
import { disagreementWords, trialOf, trialWords, triedRatios } from "./measured-trial.ts";
import { modelBreakEven, modelChangeWords, shortName, type ModelChange } from "./model-change-words.ts";
import { asBilledBut, type AdvisedChange, type Recognition } from "./recognition.ts";
import type { Plan, Situation } from "./strategy.ts";

/**
 * How many tokens the newer tokenizer makes of text that was one token: 1.0 to 1.35, about 1.3 in most text.
 *
 * Source: https://platform.claude.com/docs/en/about-claude/pricing, checked 2026-09-26.
 */
const NEWER_TOKENIZER_RATIO: Readonly<Record<Scenario, number>> = { optimistic: 1, expected: 1.3, pessimistic: 1.35 };

/** How long another model's answers may be beside the recorded ones. Nobody has measured it here: an assumption. */
const ANSWER_LENGTH_RATIO: Readonly<Record<Scenario, number>> = { optimistic: 0.8, expected: 1, pessimistic: 1.25 };

/** The same where the other model always thinks, which is billed as output, and the recorded one was not asked to. */
const THINKING_LENGTH_RATIO: Readonly<Record<Scenario, number>> = { optimistic: 0.8, expected: 1.5, pessimistic: 3 };

/** The requests of a workload whose model the catalogue holds, by it. */
export function requestsByModel(situation: Situation): ReadonlyMap<Model, readonly TraceRequest[]> {
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

export function isRetired(model: Model, { now }: Situation): boolean {
  return model.retiredAt !== null && model.retiredAt <= now;
}

/** Whether requests can be sent to a model today, at a price that is known. */
export function isOffered(model: Model, situation: Situation): boolean {
  if (isRetired(model, situation)) return false;
  const found = situation.book.rateCardAt(model.id, situation.now);
  return "card" in found && found.card.rates !== null;
}

/** Whether a request went to the API itself: clouds offer other models, under other ids. */
export function isDirect(request: TraceRequest): boolean {
  return matchModel(request.model)?.platform === "anthropic";
}

/**
 * Sends requests to another model.
 *
 * Respects what that model accepts, its context window, its cache minimum, its tokenizer and today's price, tiers
 * included. It claims no price cut of the recorded model that has come since. Answers can differ, so it always needs a
 * quality test. Output that was only recorded in part keeps its charge: how much the other model writes is unknown.
 * How long prompts and answers are is assumed, unless a trial on the user's own samples measured it.
 */
export function modelChangePlan(situation: Situation, change: ModelChange): Plan {
  const { strategy, from, to, requests } = change;
  const ratios = tokenRatios(from.tokenizer, to.tokenizer);
  const measured = measuredSuccess(situation, change);
  const trial = trialOf(situation, change);
  const tried = triedRatios(trial);
  const finalOutput = requests.every((request) => request.outputFinal);
  const startsThinking = requests.some((request) => beginsToThink(from, to, request));
  const extraCharges = new Map<TraceRequest, bigint | null>();
  const extraChargeFor = (request: TraceRequest): bigint | null => {
    const known = extraCharges.get(request);
    if (known !== undefined) return known;
    const charge = asks(from, request) ? extraChargeOf(request, to, situation) : null;
    extraCharges.set(request, charge);
    return charge;
  };
  return {
    strategy,
    workload: situation.workload,
    subject: from.id,
    title: `${shortName(from)} -> ${shortName(to)}`,
    lever: requests[0]?.fromClaudeCode === true ? "claude-code-setting" : "code",
    risk: "other-answers",
    effort: "setting",
    change: modelChangeWords(change),
    undo: `Set the model to ${from.id} again; its cache is then written anew.`,
    uncertainty: [
      measured === null ? null : `measured: ${measuredWords(measured, change)}`,
      trial === null ? null : trialWords(trial),
      ...(tried === null ? assumedWords(ratios, finalOutput, startsThinking) : []),
      tried === null || finalOutput ? null : UNKNOWN_OUTPUT,
    ]
      .filter((part) => part !== null)
      .join("; "),
    ...(trial === null ? {} : { tried: true }),
    needsReplay: false,
    target: to.id,
    conflictGroup: `model:${situation.workload}:${from.id}`,
    forAnyRequest: true,
    rewrite: (request, { recorded, scenario }) => {
      const extraCharge = extraChargeFor(recorded);
      if (extraCharge === null || request.model !== recorded.model) return [request];
      const prompt = (tried?.prompt ?? ratios)[scenario];
      if (!accepts(to, recorded) || !holds(to, request, prompt)) return [request];
      const assumed = ratios[scenario] * lengthRatio(from, to, recorded)[scenario];
      const scale = { prompt, output: tried?.output[scenario] ?? assumed };
      // What was charged more than it would be today was charged for the recorded request alone.
      const ownCharge = request.added ? 0n : extraCharge;
      return [{ ...moved(request, recorded, to, scale), pricedAt: situation.now, extraCharge: ownCharge }];
    },
    breakEven: (outcome) => {
      const answerRatio = tried?.output.expected ?? 1;
      const cancels =
        measured === null ? modelBreakEven(outcome, { from, finalOutput, answerRatio }) : measuredBreakEven(measured);
      const differed = trial === null ? null : disagreementWords(trial);
      return cancels === null || differed === null ? cancels : `${cancels}; ${differed}`;
    },
  };
}

/**
 * Another model answers, in its own number of tokens and at its own length; without the change answers would have been as
 * long as they were at the model before.
 */
export function recogniseModelChange({ subject, target }: AdvisedChange): Recognition {
  const [from, to] = [modelById(subject), modelById(target)];
  const ratios = from === null || to === null ? null : tokenRatios(from.tokenizer, to.tokenizer);
  return {
    carries: (request) => {
      const model = modelOf(request.model);
      if (model === null || request.own === null || !isDirect(request)) return null;
      return model === to ? true : model === from ? false : null;
    },
    without:
      ratios === null
        ? null
        : asBilledBut({
            model: subject,
            promptLength: {
              pessimistic: 1 / ratios.pessimistic,
              expected: 1 / ratios.expected,
              optimistic: 1 / ratios.optimistic,
            },
            answer: "as-before",
          }),
  };
}

const UNKNOWN_OUTPUT = "how much it writes is unknown and left out";

/** What is assumed of another model's tokens, where nothing was measured. */
function assumedWords(
  ratios: Readonly<Record<Scenario, number>>,
  finalOutput: boolean,
  startsThinking: boolean,
): readonly (string | null)[] {
  return [
    ratios.optimistic === ratios.pessimistic
      ? null
      : `same text taken as ${ratios.expected.toFixed(2)}x the tokens, ${rangeOf(ratios)}x`,
    finalOutput ? "answers taken as 0.8-1.25x as long" : UNKNOWN_OUTPUT,
    finalOutput && startsThinking ? "it always thinks, billed as output: up to 3x" : null,
  ];
}

/** Whether a request asks a model of the API itself, and its answer is its own. */
function asks(model: Model, request: TraceRequest): boolean {
  return request.own !== null && modelOf(request.model) === model && isDirect(request);
}

function tokenRatios(from: TokenizerGeneration, to: TokenizerGeneration): Readonly<Record<Scenario, number>> {
  if (from === to) return { optimistic: 1, expected: 1, pessimistic: 1 };
  if (from < to) return NEWER_TOKENIZER_RATIO;
  return { optimistic: 1 / 1.35, expected: 1 / 1.3, pessimistic: 1 };
}

function rangeOf({ optimistic, pessimistic }: Readonly<Record<Scenario, number>>): string {
  return `${optimistic.toFixed(optimistic === 1 ? 1 : 2)}-${pessimistic.toFixed(pessimistic === 1 ? 1 : 2)}`;
}

/**
 * What a request was charged more than it would be today, which a change of model must not claim; null where it has
 * no price today, and so cannot be sent as recorded, or none on its terms at the other model.
 */
function extraChargeOf(request: TraceRequest, to: Model, { book, now }: Situation): bigint | null {
  const today = totalCostOf(request.usage, request.model, now, book);
  if (today === null || totalCostOf(request.usage, to.id, now, book) === null) return null;
  const billed = request.billed.total ?? today;
  return billed > today ? billed - today : 0n;
}

/**
 * How long answers may be at another model. What an import was asked is not recorded: unless it is known to have
 * thought, it may begin to, and the worse end allows for that.
 */
function lengthRatio(from: Model, to: Model, request: TraceRequest): Readonly<Record<Scenario, number>> {
  if (!beginsToThink(from, to, request)) return ANSWER_LENGTH_RATIO;
  if (request.shape !== null) return THINKING_LENGTH_RATIO;
  return { ...ANSWER_LENGTH_RATIO, pessimistic: THINKING_LENGTH_RATIO.pessimistic };
}

function beginsToThink(from: Model, to: Model, { shape, usage }: TraceRequest): boolean {
  if (to.thinking !== "always" || from.thinking === "always") return false;
  if (shape === null) return (usage.thinkingTokens ?? 0) === 0;
  return shape.thinking !== "enabled" && shape.thinking !== "adaptive";
}

/** Whether a model takes a request as it was asked. */
export function accepts(model: Model, { shape }: TraceRequest): boolean {
  if (shape?.thinking === "disabled" && !model.thinkingCanBeDisabled) return false;
  return model.outputTokensMax === null || (shape?.maxTokens ?? 0) <= model.outputTokensMax;
}

function holds({ contextTokens }: Model, request: CounterfactualRequest, ratio: number): boolean {
  return contextTokens === null || lengthOf(request.prompt) * ratio <= contextTokens;
}

function moved(
  request: CounterfactualRequest,
  recorded: TraceRequest,
  to: Model,
  scale: { readonly prompt: number; readonly output: number },
): CounterfactualRequest {
  // How much an added request writes is what the plan that added it takes it to write.
  const isKnown = recorded.outputFinal || request.added;
  return {
    ...request,
    model: to.id,
    prompt: scaled(request.prompt, scale.prompt),
    output: isKnown ? Math.round(request.output * scale.output) : request.output,
    outputChargeKept: !isKnown,
  };
}
