import { displayUsd, sum, type Money } from "@farthing/ledger";
import { ABANDONED_SHARE_MIN, RETRIED_MIN, RETRIED_WITHIN_MS } from "../thresholds.ts";
import type { TraceRequest } from "../trace/trace.ts";
import { placeOf } from "./cache-levers.ts";
import { sameRequestKey } from "./same-request.ts";
import type { Abstention, Plan, Situation, Strategy } from "./strategy.ts";

/**
 * Lets an answer come to its end, instead of leaving it and asking the very same again: what had been generated is paid.
 *
 * Counts streams that ended early and were asked again within minutes. Those that nobody asked again are named and not
 * counted: whether they need not have been asked at all, no record shows. What attempts without any answer cost is
 * unknown, and never part of a saving.
 */
export const retriedWork: Strategy = {
  name: "retried-work",
  prepare(situation) {
    // What a request that is left out wrote into a cache is known only where prompts are.
    if (situation.knowledge !== "blocks") return [];
    const { trace, workload } = situation;
    const { again, left } = interrupted(situation);
    const first = trace.requests[situation.members[0] ?? -1];
    if (first === undefined || first.fromClaudeCode) return [];
    const proposals: (Plan | Abstention)[] = [];
    if (left.length >= RETRIED_MIN && isNoticeable(left, situation)) proposals.push(abandoned(workload, left));
    if (again.size < RETRIED_MIN) return proposals;
    proposals.push({
      strategy: "retried-work",
      workload,
      subject: "",
      title: `${again.size.toLocaleString("en-US")} answers left and asked again`,
      lever: "code",
      risk: "none",
      effort: "lines",
      change: `In ${placeOf(first)}, raise the timeout of the client, or go on reading the stream instead of asking again.`,
      undo: "Set the timeout back, and ask again as before.",
      uncertainty: "output of streams that ended early is a lower bound",
      needsReplay: false,
      conflictGroup: null,
      rewrite: (request) => (again.has(request.origin) ? [] : [request]),
      breakEven: () => null,
    });
    return proposals;
  },
  recognise: () => ({ unseen: "a request that was not sent is not recorded" }),
};

/** Streams that ended early: those that were asked again soon, by their places, and the others. */
function interrupted({ trace, members }: Situation): {
  readonly again: ReadonlySet<number>;
  readonly left: readonly TraceRequest[];
} {
  const waiting = new Map<string, number>();
  const again = new Set<number>();
  for (const index of members) {
    const request = trace.requests[index];
    const key = request === undefined ? null : sameRequestKey(request);
    if (request === undefined || key === null) continue;
    const before = waiting.get(key);
    const earlier = before === undefined ? undefined : trace.requests[before];
    if (before !== undefined && earlier !== undefined) {
      const pause = request.startedAt - earlier.occurredAt;
      if (pause >= 0 && pause <= RETRIED_WITHIN_MS) again.add(before);
    }
    if (request.completed) waiting.delete(key);
    else waiting.set(key, index);
  }
  const left = members.flatMap((index) => {
    const request = trace.requests[index];
    return request === undefined || request.completed || again.has(index) ? [] : [request];
  });
  return { again, left };
}

function isNoticeable(left: readonly TraceRequest[], { trace, members }: Situation): boolean {
  const all = members.flatMap((index) => trace.requests[index] ?? []);
  return Number(costOf(left)) >= ABANDONED_SHARE_MIN * Number(costOf(all));
}

function costOf(requests: readonly TraceRequest[]): Money {
  return sum(requests.flatMap(({ billed }) => (billed.total === null ? [] : [billed.total])));
}

function abandoned(workload: string, left: readonly TraceRequest[]): Abstention {
  return {
    strategy: "retried-work",
    workload,
    reason: "abandoned",
    observed: `${left.length.toLocaleString("en-US")} streams were left before their end, at least ${displayUsd(costOf(left))}`,
    needed: "to know who left, and whether the question need have been asked",
    growth: null,
  };
}
