import {
  asRecorded,
  isPlan,
  STRATEGIES,
  traceFromResponses,
  type Abstention,
  type CounterfactualRequest,
  type Plan,
  type Scenario,
  type Situation,
} from "@farthing/advisor";
import { listPriceBook, parseInstant, type RequestShape, type ResponseRecorded } from "@farthing/ledger";
import { NOW } from "./advice.ts";
import { aUsage, NO_SHAPE } from "./builders.ts";
import { aConversation, type ConversationOptions, type Step } from "./conversation.ts";

/** What one strategy proposes, or why it does not, workload by workload. */
export function proposalsOf(name: string, responses: readonly ResponseRecorded[]): readonly (Plan | Abstention)[] {
  return situationsOf(responses).flatMap((situation) => prepared(name, situation));
}

/** What one strategy says of one workload. */
function prepared(name: string, situation: Situation): readonly (Plan | Abstention)[] {
  return STRATEGIES.find((strategy) => strategy.name === name)?.prepare(situation) ?? [];
}

/** A plan, and the workload it was made for. Throws where there is none. */
export function onePlan(
  name: string,
  responses: readonly ResponseRecorded[],
): { readonly plan: Plan; readonly situation: Situation } {
  for (const situation of situationsOf(responses)) {
    const plan = prepared(name, situation).find(isPlan);
    if (plan !== undefined) return { plan, situation };
  }
  throw new Error(`no plan of ${name}`);
}

/** What a plan makes of one request of its workload. */
export function rewritten(
  { plan, situation }: { readonly plan: Plan; readonly situation: Situation },
  index: number,
  scenario: Scenario,
): CounterfactualRequest {
  const recorded = situation.trace.requests[index];
  const request = recorded === undefined ? null : asRecorded(recorded, index, "recorded");
  const [changed] = recorded === undefined || request === null ? [] : plan.rewrite(request, { recorded, scenario });
  if (changed === undefined) throw new Error(`request ${String(index)} cannot be changed`);
  return changed;
}

/** Every workload as a strategy sees it. */
function situationsOf(responses: readonly ResponseRecorded[]): readonly Situation[] {
  const trace = traceFromResponses(responses, listPriceBook());
  return [...trace.workloads].map(([workload, members]) => ({
    trace,
    workload,
    members,
    knowledge: "recorded",
    book: listPriceBook(),
    now: parseInstant(NOW),
    paysPerToken: true,
  }));
}

/** A call of a service: what was billed for it, how it was asked, and what came of it. */
export interface Call extends Omit<Step, "at" | "continues" | "overrides"> {
  readonly at?: number;
  readonly shape?: Partial<RequestShape> | null;
  readonly stopReason?: string;
  readonly thinkingTokens?: number | null;
  readonly speed?: string;
  readonly serviceTier?: string;
}

/** Calls that continue nothing, an hour apart where they do not say when; streamed, no tools, no thinking. */
export function singleCalls(calls: readonly Call[], options: ConversationOptions = {}): ResponseRecorded[] {
  return aConversation(
    calls.map((call, number) => {
      const { at = number * 3_600, shape = {}, stopReason = "end_turn", thinkingTokens = 0, ...rest } = call;
      const { speed = null, serviceTier = "standard", ...tokens } = rest;
      const request = shape === null ? null : { ...NO_SHAPE, toolCount: 0, stream: true, ...shape };
      const usage = aUsage({ output: 10, ...tokens }, { thinkingTokens, speed, serviceTier });
      const context = { ...aConversation([{ at: 0 }], options)[0]?.context, session: null };
      return { at, continues: -1, overrides: { request, stopReason, usage, context } as never };
    }),
    options,
  );
}

/** The same call again and again. */
export function repeated(count: number, call: Call | ((number: number) => Call)): readonly Call[] {
  return Array.from({ length: count }, (_, number) => (typeof call === "function" ? call(number) : call));
}
