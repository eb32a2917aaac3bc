import { RETRIED_WITHIN_MS, TRUNCATED_MIN, TRUNCATED_SHARE_MIN } from "../thresholds.ts";
import type { TraceRequest } from "../trace/trace.ts";
import { placeOf } from "./cache-levers.ts";
import { sameRequestKey } from "./same-request.ts";
import type { Abstention, Plan, Situation, Strategy } from "./strategy.ts";

const ROUND_TO_TOKENS = 1024;

/**
 * Raises `max_tokens` where answers were cut off at it and the very same was asked again: the prompt and the cut answer
 * are paid twice.
 *
 * Answers that were cut off and not asked again become longer too: the range takes them as they are, as long as the mean
 * of those that were asked again, or as long as the longest.
 *
 * Lowering a limit that answers do not reach saves nothing, because only generated tokens are billed: it is never
 * advised. Nor is raising it where nobody asked again; that so many answers are cut is then only said.
 */
export const maxTokens: Strategy = {
  name: "max-tokens",
  prepare(situation) {
    // What a request that is left out wrote into a cache is known only where prompts are.
    if (situation.knowledge !== "blocks") return [];
    const { trace, members, workload } = situation;
    const requests = members.flatMap((index) => trace.requests[index] ?? []);
    const [first] = requests;
    const cut = requests.filter(isTruncated).length;
    if (first === undefined || first.fromClaudeCode || cut < TRUNCATED_MIN) return [];
    const { again, longest, mean } = askedAgain(situation);
    if (again.size < TRUNCATED_MIN) return cut / requests.length < TRUNCATED_SHARE_MIN ? [] : [cutOff(situation, cut)];
    const length = { optimistic: 0, expected: mean, pessimistic: longest };
    const isLonger = (index: number): boolean => {
      const request = trace.requests[index];
      return request !== undefined && !again.has(index) && isTruncated(request);
    };
    const others = members.filter(isLonger).length;
    const limit = requests.reduce((max, { shape }) => Math.max(max, shape?.maxTokens ?? 0), 0);
    const enough = Math.ceil((longest * 1.25) / ROUND_TO_TOKENS) * ROUND_TO_TOKENS;
    const plan: Plan = {
      strategy: "max-tokens",
      workload,
      subject: "",
      title: `max_tokens for ${again.size.toLocaleString("en-US")} answers cut off and asked again`,
      lever: "code",
      risk: others === 0 ? "none" : "other-answers",
      effort: "setting",
      change: `In ${placeOf(first)}, set max_tokens to ${String(Math.max(enough, limit))} or more; only what is generated is paid.`,
      undo: "Set max_tokens back to what it was.",
      uncertainty:
        others === 0
          ? "none beyond the days themselves: both requests were billed"
          : `${others.toLocaleString("en-US")} more that were cut off become up to ${longest.toLocaleString("en-US")} tokens long`,
      needsReplay: false,
      target: String(Math.max(enough, limit)),
      conflictGroup: null,
      rewrite: (request, { scenario }) => {
        if (again.has(request.origin)) return [];
        if (others === 0 || !isLonger(request.origin)) return [request];
        return [{ ...request, output: Math.max(request.output, length[scenario]) }];
      },
      breakEven: () => null,
    };
    return [plan];
  },
  // Requests that are not sent again leave nothing behind to reckon them from.
  recognise: ({ target }) => ({
    carries: ({ shape }) => {
      const limit = shape?.maxTokens ?? 0;
      return limit === 0 ? null : limit >= Number(target);
    },
    without: null,
  }),
};

/** Answers that were cut off and asked again, by their places, and how long the new ones were. */
function askedAgain({ trace, members }: Situation): {
  readonly again: ReadonlySet<number>;
  readonly longest: number;
  readonly mean: number;
} {
  const waiting = new Map<string, number>();
  const again = new Set<number>();
  let longest = 0;
  let total = 0;
  for (const index of members) {
    const request = trace.requests[index];
    const key = request === undefined ? null : sameRequestKey(request);
    if (request === undefined || key === null) continue;
    const before = waiting.get(key);
    const earlier = before === undefined ? undefined : trace.requests[before];
    if (before !== undefined && earlier !== undefined && mayBeRetry(earlier, request)) {
      again.add(before);
      longest = Math.max(longest, request.own?.output ?? 0);
      total += request.own?.output ?? 0;
    }
    if (isTruncated(request)) waiting.set(key, index);
    else waiting.delete(key);
  }
  return { again, longest, mean: again.size === 0 ? 0 : Math.round(total / again.size) };
}

/** Soon after the cut answer, and with room for more. */
function mayBeRetry(earlier: TraceRequest, later: TraceRequest): boolean {
  const pause = later.startedAt - earlier.occurredAt;
  const isSoon = pause >= 0 && pause <= RETRIED_WITHIN_MS;
  return isSoon && (later.shape?.maxTokens ?? 0) > (earlier.shape?.maxTokens ?? 0);
}

function isTruncated({ stopReason, shape }: TraceRequest): boolean {
  // 0 is asked for to warm a cache: nothing is cut off.
  return stopReason === "max_tokens" && shape?.maxTokens !== 0;
}

function cutOff({ workload, members }: Situation, cut: number): Abstention {
  return {
    strategy: "max-tokens",
    workload,
    reason: "truncated",
    observed: `${((100 * cut) / members.length).toFixed(0)} % of its answers are cut off at max_tokens`,
    needed: "to know whether they are of use: a cut answer is paid in full",
    growth: null,
  };
}
