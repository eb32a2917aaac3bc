import type { Instant } from "@farthing/ledger";
import { LIFETIME_MS } from "../cache/cache-rules.ts";
import { AVOIDABLE_BREAK_MS } from "../thresholds.ts";
import type { MissCause, Trace } from "../trace/trace.ts";
import type { Abstention, Plan, Strategy } from "./strategy.ts";

const ONE_SECOND_MS = 1000;

/**
 * Continues a conversation before its cache expires, instead of writing the whole context again after a break.
 *
 * Only breaks of up to an hour are counted: nobody avoids a night. Re-sent context with another cause, or none
 * recorded, is shown and not advised on, because nobody can be told what to change.
 */
export const resentContext: Strategy = {
  name: "resent-context",
  prepare({ trace, members, workload }) {
    const shifts = avoidableBreaks(trace, members);
    const first = members[0] === undefined ? undefined : trace.requests[members[0]];
    const proposals: (Plan | Abstention)[] = unexplained(trace, members, workload);
    if (shifts.breaks === 0 || first?.fromClaudeCode !== true) return proposals;
    proposals.push({
      strategy: "resent-context",
      workload,
      subject: "",
      title: `avoid ${String(shifts.breaks)} ${shifts.breaks === 1 ? "break" : "breaks"} past the cache`,
      lever: "habit",
      answersUnchanged: true,
      change:
        "Go on before the cache expires; or start afresh with /clear after a break, if the context is not needed.",
      uncertainty: "start times are estimates",
      needsReplay: true,
      conflictGroup: null,
      movesStart: true,
      rewrite: (request) => [
        { ...request, startedAt: request.startedAt - (shifts.byRequest.get(request.origin) ?? 0) },
      ],
      breakEven: () => null,
    });
    return proposals;
  },
};

/** By how much each request would start earlier if no avoidable break had come before it. */
function avoidableBreaks(
  trace: Trace,
  members: readonly number[],
): { readonly byRequest: ReadonlyMap<number, Instant>; readonly breaks: number } {
  const byRequest = new Map<number, number>();
  let breaks = 0;
  for (const index of members) {
    const request = trace.requests[index];
    const previousIndex = request?.prefix.previous ?? null;
    const previous = previousIndex === null ? undefined : trace.requests[previousIndex];
    if (request === undefined || previous === undefined || previousIndex === null) continue;
    let shift = byRequest.get(previousIndex) ?? 0;
    const gap = request.startedAt - previous.startedAt;
    const { lifetime } = previous.prefix;
    if (request.prefix.miss?.cause === "expired" && lifetime !== null && gap <= AVOIDABLE_BREAK_MS) {
      shift += gap - LIFETIME_MS[lifetime] + ONE_SECOND_MS;
      breaks += 1;
    }
    if (shift > 0) byRequest.set(index, shift);
  }
  return { byRequest, breaks };
}

const CAUSES_WITHOUT_ADVICE: Readonly<Partial<Record<MissCause, string>>> = {
  "not-recorded": "sent again within the cache's lifetime, cause not recorded",
  diagnosed: "sent again for a reason the API named",
};

function unexplained(trace: Trace, members: readonly number[], workload: string): Abstention[] {
  const found: Abstention[] = [];
  for (const [cause, words] of Object.entries(CAUSES_WITHOUT_ADVICE)) {
    const resent = members.filter((index) => trace.requests[index]?.prefix.miss?.cause === cause);
    if (resent.length === 0) continue;
    found.push({
      strategy: "resent-context",
      workload,
      reason: `resent-${cause}`,
      observed: `${String(resent.length)} responses ${words}`,
      needed: "cache diagnostics, which say what changed in a prompt",
      growth: null,
    });
  }
  return found;
}
