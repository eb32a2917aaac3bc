import type { Instant } from "@farthing/ledger";
import { DUPLICATES_MIN } from "../thresholds.ts";
import type { Scenario } from "../trace/counterfactual-request.ts";
import type { TraceRequest } from "../trace/trace.ts";
import { placeOf } from "./cache-levers.ts";
import { sameRequestKey } from "./same-request.ts";
import type { Plan, Situation, Strategy } from "./strategy.ts";

const HOUR_MS = 60 * 60 * 1000;

/** How long an answer may be kept and given again. How long it stays true only its user knows: an assumption. */
const KEPT_FOR_MS: Readonly<Record<Scenario, number>> = {
  pessimistic: HOUR_MS,
  expected: 24 * HOUR_MS,
  optimistic: Number.POSITIVE_INFINITY,
};

/**
 * Keeps answers, and gives them again to the very same request instead of asking a second time.
 *
 * Counts a request whose whole prompt, model and temperature are those of one that had been answered in full before it
 * began. Requests that were sent beside each other are left alone: whoever does that wants several answers.
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
    const ages = agesOfDuplicates(situation);
    if (ages.size < DUPLICATES_MIN) return [];
    const fixed = [...ages.keys()].every((index) => situation.trace.requests[index]?.shape?.temperature === 0);
    const plan: Plan = {
      strategy: "duplicate-requests",
      workload: situation.workload,
      subject: "",
      title: `keep answers: ${ages.size.toLocaleString("en-US")} asked twice`,
      lever: "code",
      answersUnchanged: fixed,
      risk: fixed ? "none" : "other-answers",
      effort: "rework",
      change:
        `In ${placeOf(first)}, keep each answer by a hash of the whole request for a day, ` +
        "and give it again to the same request.",
      uncertainty: "an answer kept for an hour, a day, or as long as it takes",
      needsReplay: false,
      conflictGroup: null,
      rewrite: (request, { scenario }) => {
        const age = ages.get(request.origin);
        return age !== undefined && age <= KEPT_FOR_MS[scenario] ? [] : [request];
      },
      breakEven: () => null,
    };
    return [plan];
  },
};

/** How old the answer to the same request was when a request began, by the places of those for which there was one. */
function agesOfDuplicates({ trace, members }: Situation): ReadonlyMap<number, number> {
  const answeredAt = new Map<string, Instant>();
  const ages = new Map<number, number>();
  for (const index of members) {
    const request = trace.requests[index];
    const key = request === undefined ? null : sameRequestKey(request);
    if (request === undefined || key === null) continue;
    const answered = answeredAt.get(key);
    if (answered !== undefined && answered <= request.startedAt) ages.set(index, request.startedAt - answered);
    // A kept answer is as old as the request that was sent for it.
    if (isWholeAnswer(request) && answered === undefined) answeredAt.set(key, request.occurredAt);
  }
  return ages;
}

function isWholeAnswer({ completed, outputFinal, stopReason }: TraceRequest): boolean {
  return completed && outputFinal && stopReason !== "max_tokens" && stopReason !== "refusal";
}
