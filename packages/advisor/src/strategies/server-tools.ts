import { SEARCHES_KEPT_SHARE, SEARCHES_MIN } from "../thresholds.ts";
import type { Scenario } from "../trace/counterfactual-request.ts";
import { placeOf } from "./cache-levers.ts";
import type { Plan, Situation, Strategy } from "./strategy.ts";

/** How many searches the limit leaves, as a share of what requests with the median number make. An assumption. */
const LEFT: Readonly<Record<Scenario, number>> = { pessimistic: 2, expected: 1, optimistic: 1 };

/**
 * Limits how often a request may search the web: each search is charged beside the tokens it brings.
 *
 * Only requests that search more often than the median are touched, and only the charge of their further searches is
 * counted, not the tokens of what those found. Fewer sources can make an answer worse, so that it needs a test.
 *
 * Source: https://platform.claude.com/docs/en/about-claude/pricing, checked 2026-11-22.
 */
export const serverTools: Strategy = {
  name: "server-tools",
  prepare(situation) {
    const searches = searchesOf(situation);
    const total = searches.reduce((sum, count) => sum + count, 0);
    if (total < SEARCHES_MIN) return [];
    const limit = quantile(searches, SEARCHES_KEPT_SHARE);
    const first = situation.trace.requests[situation.members[0] ?? -1];
    if (first === undefined || first.fromClaudeCode || (searches.at(-1) ?? 0) <= limit) return [];
    const plan: Plan = {
      strategy: "server-tools",
      workload: situation.workload,
      subject: "",
      title: `at most ${String(limit)} web searches a request`,
      lever: "code",
      risk: "other-answers",
      effort: "setting",
      change: `In ${placeOf(first)}, set max_uses of the web search tool to ${String(limit)}.`,
      undo: "Set max_uses back, or leave it out.",
      uncertainty: `requests that searched more often make ${String(limit)} to ${String(2 * limit)} searches`,
      needsReplay: false,
      target: String(limit),
      conflictGroup: null,
      forAnyRequest: true,
      rewrite: (request, { scenario }) => [
        { ...request, webSearches: Math.min(request.webSearches, limit * LEFT[scenario]) },
      ],
      breakEven: () => null,
    };
    return [plan];
  },
  // How many searches a request would have made is in no record.
  recognise: ({ target }) => ({
    carries: ({ usage: { webSearchRequests } }) =>
      webSearchRequests === 0 ? null : webSearchRequests <= Number(target),
    without: null,
  }),
};

/** How many searches each request made that made any, ascending. */
function searchesOf({ trace, members }: Situation): readonly number[] {
  return members
    .map((index) => trace.requests[index]?.usage.webSearchRequests ?? 0)
    .filter((count) => count > 0)
    .sort((a, b) => a - b);
}

function quantile(ascending: readonly number[], share: number): number {
  return ascending[Math.floor((ascending.length - 1) * share)] ?? 0;
}
