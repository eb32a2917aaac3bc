import type { Model } from "@farthing/ledger";
import { NEARLY_ALL_SHARE } from "../thresholds.ts";
import type { Scenario } from "../trace/counterfactual-request.ts";
import { modelOf } from "../trace/model-of.ts";
import type { TraceRequest } from "../trace/trace.ts";
import { placeOf } from "./cache-levers.ts";
import { percent, shareOf, unmet, type Criterion } from "./criteria.ts";
import { isOffered, requestsByModel } from "./model-change.ts";
import { shortName } from "./model-change-words.ts";
import { redoneShare } from "./redone-share.ts";
import { asBilledBut } from "./recognition.ts";
import type { Abstention, Plan, Situation, Strategy } from "./strategy.ts";
import { budgetProposals, carriesBudget } from "./thinking-budget.ts";
import { lessThinking, mostlyThinking, thinkingShare } from "./thinking-tokens.ts";

/**
 * How much is still thought one effort lower, beside the recorded thinking. Measurements reach from a third of the cost
 * to 85 % of it, and differ by model and work: an assumption, as wide as they are. The rest of an answer is left as it was.
 *
 * Source: Claude API skill, `cost-optimization.md` (Anthropic's own evaluations), checked 2026-11-22.
 */
const LOWER_EFFORT_RATIO: Readonly<Record<Scenario, number>> = { optimistic: 0.35, expected: 0.7, pessimistic: 0.95 };

/**
 * `xhigh` came with Opus 4.7.
 *
 * Source: npm @anthropic-ai/sdk 1.12.0 `messages.d.ts`, Claude API skill; checked 2026-11-22.
 */
const XHIGH_SINCE_GENERATION = 4.7;

/**
 * Lets a workload think less where thinking is most of its output: one effort lower, or half of a budget that is used up.
 *
 * Answers can differ, so it always needs a quality test. Nothing is claimed for what was not recorded: thinking that was
 * not counted, and output of which only a part was.
 */
export const thinkingEffort: Strategy = {
  name: "thinking-effort",
  prepare(situation) {
    return [...requestsByModel(situation)].flatMap(([model, requests]) =>
      isOffered(model, situation)
        ? [...effortProposals(situation, model, requests), ...budgetProposals(situation, model, requests)]
        : [],
    );
  },
  recognise: ({ subject, target }) => {
    const [id = "", kind, was = ""] = subject.split(" ");
    const carries = kind === "budget" ? carriesBudget(was, target) : carriesEffort(was, target);
    return {
      carries: (request) => (modelOf(request.model)?.id === id ? carries(request) : null),
      without: asBilledBut({ answer: "as-before" }),
    };
  },
};

function carriesEffort(was: string, lower: string): (request: TraceRequest) => boolean | null {
  return (request) => {
    const model = modelOf(request.model);
    const effort = model === null ? null : effortOf(request, model);
    return effort === lower ? true : effort === was ? false : null;
  };
}

function effortProposals(
  situation: Situation,
  model: Model,
  all: readonly TraceRequest[],
): readonly (Plan | Abstention)[] {
  return ["high", "xhigh", "max"].flatMap((effort) => {
    const requests = all.filter((request) => effortOf(request, model) === effort);
    if (requests.length === 0 || thinkingShare(requests) === 0) return [];
    const criteria = [thinkingRecorded(requests), mostlyThinking(requests)];
    const abstention = unmet("thinking-effort", situation.workload, criteria);
    return [abstention ?? effortPlan(situation, model, requests, effort)];
  });
}

/** The effort that a request was answered with; null where it is not known, or thinking follows a budget or is off. */
function effortOf({ shape }: TraceRequest, model: Model): string | null {
  if (shape === null || shape.thinking === "enabled" || shape.thinking === "disabled") return null;
  return model.effortDefault === null ? null : (shape.effort ?? model.effortDefault);
}

function thinkingRecorded(requests: readonly TraceRequest[]): Criterion {
  const share = shareOf(requests, ({ usage, outputFinal }) => usage.thinkingTokens !== null && outputFinal);
  return {
    reason: "thinking-not-recorded",
    met: share >= NEARLY_ALL_SHARE,
    observed: `thinking is recorded of ${percent(share)}`,
    needed: percent(NEARLY_ALL_SHARE),
  };
}

function effortPlan({ workload }: Situation, model: Model, requests: readonly TraceRequest[], effort: string): Plan {
  const lower = oneLower(effort, model);
  const { pessimistic, optimistic } = LOWER_EFFORT_RATIO;
  return {
    strategy: "thinking-effort",
    workload,
    subject: `${model.id} effort ${effort}`,
    title: `${shortName(model)}: effort ${lower}`,
    lever: requests[0]?.fromClaudeCode === true ? "claude-code-setting" : "code",
    risk: "other-answers",
    effort: "setting",
    change: changeFor(requests, lower),
    undo: `Set effort to ${effort} again.`,
    uncertainty: `thinking taken as ${String(optimistic)}-${String(pessimistic)}x as long, the rest of an answer as before`,
    needsReplay: false,
    target: lower,
    conflictGroup: null,
    forAnyRequest: true,
    rewrite: (request, { recorded, scenario }) => [
      recorded.own !== null && modelOf(recorded.model) === model && effortOf(recorded, model) === effort
        ? lessThinking(request, recorded, LOWER_EFFORT_RATIO[scenario])
        : request,
    ],
    breakEven: (outcome) => {
      const redone = redoneShare(outcome);
      return redone === null ? null : `saves until ${redone} are redone at effort ${effort}`;
    },
  };
}

function oneLower(effort: string, model: Model): string {
  if (effort === "max") return model.generation >= XHIGH_SINCE_GENERATION ? "xhigh" : "high";
  return effort === "xhigh" ? "high" : "medium";
}

function changeFor(requests: readonly TraceRequest[], lower: string): string {
  const [first] = requests;
  if (first === undefined) return "";
  return first.fromClaudeCode
    ? `In Claude Code use /effort ${lower}, or set "effortLevel": "${lower}" in settings.json.`
    : `In ${placeOf(first)}, set output_config.effort to "${lower}".`;
}
