import type { Model } from "@farthing/ledger";
import type { TraceRequest } from "../trace/trace.ts";
import { placeOf } from "./cache-levers.ts";
import { redoneShare } from "./redone-share.ts";
import type { PlanOutcome } from "./strategy.ts";

/** Requests to move from one model to another. */
export interface ModelChange {
  readonly strategy: string;
  readonly from: Model;
  readonly to: Model;
  /** All of `from`, and sent to the API itself. */
  readonly requests: readonly TraceRequest[];
}

/** What to set for another model, and where. */
export function modelChangeWords({ from, to, requests }: ModelChange): string {
  const [first] = requests;
  if (first === undefined) return "";
  if (first.fromClaudeCode) {
    const levers = [
      requests.some(({ agent }) => agent === null)
        ? `choose it with /model ${to.id}, or set "model" in settings.json`
        : null,
      requests.some(({ agent }) => agent !== null)
        ? `for sub-agents set CLAUDE_CODE_SUBAGENT_MODEL=${to.id}, or "model" in the sub-agent's file`
        : null,
    ].filter((lever) => lever !== null);
    return `In Claude Code ${levers.join("; ")}.`;
  }
  const budget = requests.some((request) => request.shape?.thinking === "enabled");
  return (
    `In ${placeOf(first)}, set model to "${to.id}".` +
    (budget && !to.thinkingBudgetAccepted ? " Replace thinking.budget_tokens by output_config.effort." : "") +
    (staysWithoutThinking(from, to, requests) ? ' Keep it from thinking: set thinking to {"type": "disabled"}.' : "") +
    " It may refuse a temperature or a forced tool_choice that the old one took."
  );
}

/** By how much longer answers, or how many of them made again, would cancel the saving. */
export function modelBreakEven(outcome: PlanOutcome, change: ReplayedChange): string | null {
  const { from } = change;
  const longer = longerAnswers(outcome, change);
  const redone = redoneShare(outcome);
  if (longer === null) return redone === null ? null : `saves until ${redone} are redone on ${shortName(from)}`;
  return `saves until ${longer}${redone === null ? "" : `, or ${redone} are redone on ${shortName(from)}`}`;
}

/** How a change of model was replayed. */
interface ReplayedChange {
  readonly from: Model;
  readonly finalOutput: boolean;
  /** How long a trial measured the answers to be, of today's; 1 where none did. */
  readonly answerRatio: number;
}

/** Of today's answers, at the rates that the replayed ones themselves cost. */
function longerAnswers(
  { saving, moved: answers }: PlanOutcome,
  { finalOutput, answerRatio }: ReplayedChange,
): string | null {
  if (saving <= 0n || answers.output <= 0n || answers.answers === 0) return null;
  const growth = Number(saving) / Number(answers.output);
  if (finalOutput) return `answers are ${((1 + growth) * answerRatio).toFixed(2)}x as long`;
  const tokens = Math.round((growth * answers.tokens) / answers.answers);
  return `its answers are ${tokens.toLocaleString("en-US")} tokens longer, each`;
}

/** A model's id as a table has room for. */
export function shortName(model: Model): string {
  return model.id.replace(/^claude-/, "");
}

/** Where a model thought only when asked and was not, one that thinks unless told otherwise has to be told. */
function staysWithoutThinking(from: Model, to: Model, requests: readonly TraceRequest[]): boolean {
  const thought = requests.some(
    ({ shape, usage }) => shape === null || shape.thinking !== null || (usage.thinkingTokens ?? 0) > 0,
  );
  return !thought && from.thinking !== "always" && to.thinkingCanBeDisabled && !to.thinkingBudgetAccepted;
}
