import { displayUsd, divideHalfEven, money } from "@farthing/ledger";
import { LONG_CONTEXT_TOKENS, LONG_STEPS_MIN } from "../thresholds.ts";
import type { CounterfactualRequest, Scenario } from "../trace/counterfactual-request.ts";
import type { PrefixTable } from "../trace/prefix-table.ts";
import { placeOf } from "./cache-levers.ts";
import { withSummary } from "./compacted-prompt.ts";
import { compactionsIn, type Compactions, type CompactedStep } from "./compactions.ts";
import type { Plan, PlanOutcome, Situation, Strategy } from "./strategy.ts";

/** How long a summary is. It depends on the work, and nobody has measured it here: an assumption. */
const SUMMARY_TOKENS: Readonly<Record<Scenario, number>> = { optimistic: 5_000, expected: 10_000, pessimistic: 20_000 };

/**
 * Replaces the history of a conversation by a summary as soon as it has become long.
 *
 * Every step sends all that came before it. The compaction is paid for: one more request that reads the history and
 * writes the summary, after which only tools and system prompt can be read from a cache. What the summary leaves out may
 * be missed, so that it needs a quality test.
 */
export const compactEarlier: Strategy = {
  name: "compact-earlier",
  prepare(situation) {
    const found = compactionsIn(situation, SUMMARY_TOKENS.expected);
    return found.longSteps < LONG_STEPS_MIN || found.count === 0 ? [] : [planFor(situation, found)];
  },
  recognise: () => ({ unseen: "when a conversation would have been compacted otherwise is not recorded" }),
};

function planFor(situation: Situation, found: Compactions): Plan {
  const { trace, workload } = situation;
  return {
    strategy: "compact-earlier",
    workload,
    subject: "",
    title: `compact at ${count(LONG_CONTEXT_TOKENS)} tokens: ${count(found.longSteps)} longer steps`,
    ...leverFor(situation, found),
    risk: "other-answers",
    uncertainty:
      `summaries taken as ${count(SUMMARY_TOKENS.optimistic)}-${count(SUMMARY_TOKENS.pessimistic)} tokens; ` +
      "what has to be read again because they lack it is left out",
    needsReplay: true,
    conflictGroup: null,
    rewrite: (request, { recorded, scenario }) => {
      const step = found.steps.get(request.origin);
      if (step === undefined || request.added) return [request];
      const table = recorded.prompt === null ? null : (trace.prefixes.get(recorded.prompt.key) ?? null);
      return rewritten(request, step, scenario, table);
    },
    breakEven: (outcome) => rereadWords(outcome, found.count),
  };
}

function rewritten(
  request: CounterfactualRequest,
  { compacts, after }: CompactedStep,
  scenario: Scenario,
  table: PrefixTable | null,
): readonly CounterfactualRequest[] {
  const tokens = SUMMARY_TOKENS[scenario];
  const isNew = compacts !== null;
  const changed = { ...request, prompt: withSummary(request.prompt, { ...after, tokens, isNew }, table) };
  if (compacts === null || changed.prompt === request.prompt) return [changed];
  const { from } = compacts;
  const read = from === null ? request.prompt : withSummary(request.prompt, { ...from, tokens, isNew: false }, table);
  return [{ ...request, added: true, prompt: read, output: tokens, webSearches: 0, extraCharge: 0n }, changed];
}

/**
 * Who compacts, and how.
 *
 * The edits of `context_management` are those of `@anthropic-ai/sdk` 1.12, `resources/beta/messages`.
 */
function leverFor(
  { trace, members, workload }: Situation,
  found: Compactions,
): Pick<Plan, "lever" | "effort" | "change" | "undo"> {
  const first = members[0] === undefined ? undefined : trace.requests[members[0]];
  const times = `${count(found.count)} ${found.count === 1 ? "compaction" : "compactions"} for ${count(found.longSteps)} steps that were longer`;
  if (first?.fromClaudeCode === true) {
    return {
      lever: "habit",
      effort: "setting",
      change:
        `At about ${count(LONG_CONTEXT_TOKENS)} tokens of context use /compact, or /clear where what comes next needs ` +
        `nothing of it: ${times}.`,
      undo: "Nothing is set: go on as before.",
    };
  }
  return {
    lever: "code",
    effort: "lines",
    change:
      `In ${first === undefined ? workload : placeOf(first)}, compact the conversation at ${count(LONG_CONTEXT_TOKENS)} ` +
      `tokens: ${times}. The API does it with context_management, edit "compact_20260112" (beta); where most of it are ` +
      'results of tools, "clear_tool_uses_20250919" clears the older ones.',
    undo: "Leave the edit out again; summaries already made stay in the conversations they were made for.",
  };
}

/** What a summary lacks may have to be read again: each compaction may cost so much more before it saves nothing. */
function rereadWords({ saving }: PlanOutcome, compactions: number): string | null {
  if (saving <= 0n) return null;
  const each = money(divideHalfEven(saving, BigInt(compactions)));
  return `saves until reading again what a summary lacks costs ${displayUsd(each)} each time`;
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}
