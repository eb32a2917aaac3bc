import type { Model } from "@farthing/ledger";
import { BUDGET_LIMITS_SHARE_MIN, BUDGET_USED_UP_SHARE } from "../thresholds.ts";
import type { Scenario } from "../trace/counterfactual-request.ts";
import { modelOf } from "../trace/model-of.ts";
import type { TraceRequest } from "../trace/trace.ts";
import { placeOf } from "./cache-levers.ts";
import { percent, shareOf, unmet, type Criterion } from "./criteria.ts";
import { shortName } from "./model-change-words.ts";
import { redoneShare } from "./redone-share.ts";
import type { Abstention, Plan, Situation } from "./strategy.ts";
import { lessThinking, mostlyThinking, thinkingOf } from "./thinking-tokens.ts";

/** How much of the thinking beyond a smaller budget goes away. A budget is a target, so not all of it: an assumption. */
const CUT_SHARE: Readonly<Record<Scenario, number>> = { optimistic: 1, expected: 0.7, pessimistic: 0.2 };

/**
 * The smallest budget that is accepted.
 *
 * Source: npm @anthropic-ai/sdk 1.12.0 `messages.d.ts`, checked 2026-11-22.
 */
const BUDGET_TOKENS_MIN = 1_024;

/** Half of a thinking budget that is used up. One that is not limits nothing: made smaller, it would save nothing. */
export function budgetProposals(
  situation: Situation,
  model: Model,
  all: readonly TraceRequest[],
): readonly (Plan | Abstention)[] {
  const byBudget = new Map<number, TraceRequest[]>();
  for (const request of all) {
    const budget = budgetOf(request);
    if (budget !== null) byBudget.set(budget, [...(byBudget.get(budget) ?? []), request]);
  }
  return [...byBudget].flatMap(([budget, requests]) => {
    if (budget / 2 < BUDGET_TOKENS_MIN) return [];
    const criteria = [isUsedUp(requests, budget), mostlyThinking(requests)];
    return [unmet("thinking-effort", situation.workload, criteria) ?? budgetPlan(situation, model, requests, budget)];
  });
}

/** The budget that a request's thinking was counted against; null where there is none, or no count. */
function budgetOf({ shape, usage, outputFinal }: TraceRequest): number | null {
  if (shape?.thinking !== "enabled" || usage.thinkingTokens === null || !outputFinal) return null;
  return shape.thinkingBudgetTokens;
}

/** Whether a request thinks within a smaller budget; null where it has none, or another one. */
export function carriesBudget(was: string, smaller: string): (request: TraceRequest) => boolean | null {
  return ({ shape }) => {
    const budget = shape?.thinking === "enabled" ? shape.thinkingBudgetTokens : null;
    if (budget === null) return null;
    return budget <= Number(smaller) ? true : budget === Number(was) ? false : null;
  };
}

function isUsedUp(requests: readonly TraceRequest[], budget: number): Criterion {
  const share = shareOf(requests, (request) => thinkingOf(request) >= BUDGET_USED_UP_SHARE * budget);
  return {
    reason: "budget-not-used-up",
    met: share >= BUDGET_LIMITS_SHARE_MIN,
    observed: `${percent(share)} use up the thinking budget of ${tokens(budget)}, so a smaller one would save nothing`,
    needed: percent(BUDGET_LIMITS_SHARE_MIN),
  };
}

function budgetPlan({ workload }: Situation, model: Model, requests: readonly TraceRequest[], budget: number): Plan {
  const smaller = Math.floor(budget / 2);
  const [first] = requests;
  return {
    strategy: "thinking-effort",
    workload,
    subject: `${model.id} budget ${String(budget)}`,
    title: `${shortName(model)}: half the budget`,
    lever: first?.fromClaudeCode === true ? "claude-code-setting" : "code",
    risk: "other-answers",
    effort: "setting",
    change:
      first?.fromClaudeCode === true
        ? `In Claude Code set MAX_THINKING_TOKENS=${String(smaller)}.`
        : `In ${first === undefined ? workload : placeOf(first)}, set thinking.budget_tokens to ${String(smaller)}.`,
    undo: `Set it to ${String(budget)} again.`,
    uncertainty: "20-100 % of the thinking beyond the smaller budget goes away, the rest of an answer stays",
    needsReplay: false,
    target: String(smaller),
    conflictGroup: null,
    forAnyRequest: true,
    rewrite: (request, { recorded, scenario }) => {
      const thinking = thinkingOf(recorded);
      if (modelOf(recorded.model) !== model || budgetOf(recorded) !== budget || thinking <= smaller) return [request];
      const cut = CUT_SHARE[scenario] * (thinking - smaller);
      return [lessThinking(request, recorded, 1 - cut / thinking)];
    },
    breakEven: (outcome) => {
      const redone = redoneShare(outcome);
      return redone === null ? null : `saves until ${redone} are redone with ${tokens(budget)} tokens`;
    },
  };
}

function tokens(count: number): string {
  return count.toLocaleString("en-US");
}
