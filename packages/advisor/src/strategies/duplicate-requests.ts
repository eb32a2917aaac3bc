import type { Instant } from "@farthing/ledger";
import { DUPLICATES_MIN, KEPT_FOR_MS } from "../thresholds.ts";
import type { TraceRequest } from "../trace/trace.ts";
import { placeOf } from "./cache-levers.ts";
import { sameAnswerKey } from "./same-request.ts";
import type { Plan, Situation, Strategy } from "./strategy.ts";

/**
 * Keeps answers, and gives them again to the very same request instead of asking a second time.
 *
 * Counts a request whose whole prompt, model, temperature and `max_tokens` are those of one that had been answered in
 * full before it began. An answer that has been kept for too long is asked for again, and that one is kept. Requests that
 * were sent beside each other are left alone: whoever does that wants several answers.
 *
 * With a temperature of 0 the answer is meant to be the same. With any other one it was not, so that it needs a test.
 */
export const duplicateRequests: Strategy = {
  name: "duplicate-requests",
  prepare(situation) {
    // What a request that is left out wrote into a cache is known only where prompts are.
    if (situation.knowledge !== "blocks") return [];
    const first = situation.trace.requests[situation.members[0] ?? -1];
    if (first === undefined || first.fromClaudeCode) return [];
    const answered = {
      pessimistic: answeredFromKept(situation, KEPT_FOR_MS.pessimistic),
      expected: answeredFromKept(situation, KEPT_FOR_MS.expected),
      optimistic: answeredFromKept(situation, KEPT_FOR_MS.optimistic),
    };
    const duplicates = answered.optimistic;
    if (duplicates.size < DUPLICATES_MIN) return [];
    const fixed = [...duplicates].every((index) => situation.trace.requests[index]?.shape?.temperature === 0);
    const plan: Plan = {
      strategy: "duplicate-requests",
      workload: situation.workload,
      subject: "",
      title: `keep answers: ${duplicates.size.toLocaleString("en-US")} asked twice`,
      lever: "code",
      risk: fixed ? "none" : "other-answers",
      effort: "rework",
      change:
        `In ${placeOf(first)}, keep each answer by a hash of the whole request for a day, ` +
        "and give it again to the same request.",
      undo: "Ask every time again, and delete the answers that were kept.",
      uncertainty: "an answer kept for an hour, a day, or as long as it takes",
      needsReplay: false,
      conflictGroup: null,
      rewrite: (request, { scenario }) => (answered[scenario].has(request.origin) ? [] : [request]),
      breakEven: () => null,
    };
    return [plan];
  },
  recognise: () => ({ unseen: "a request that was not sent is not recorded" }),
};

/** The places of requests to which an answer had been kept when they began, of an age up to a limit. */
function answeredFromKept({ trace, members }: Situation, keptForMs: number): ReadonlySet<number> {
  const answeredAt = new Map<string, Instant>();
  const places = new Set<number>();
  for (const index of members) {
    const request = trace.requests[index];
    const key = request === undefined ? null : sameAnswerKey(request);
    if (request === undefined || key === null) continue;
    const answered = answeredAt.get(key);
    // One that is asked before the answer is there is sent beside it, and its answer is not kept.
    if (answered !== undefined && answered > request.startedAt) continue;
    if (answered !== undefined && request.startedAt - answered <= keptForMs) places.add(index);
    else if (isWholeAnswer(request)) answeredAt.set(key, request.occurredAt);
  }
  return places;
}

function isWholeAnswer({ completed, outputFinal, stopReason }: TraceRequest): boolean {
  return completed && outputFinal && stopReason !== "max_tokens" && stopReason !== "refusal";
}
