import { LIFETIME_MS } from "../cache/cache-rules.ts";
import type { Trace } from "../trace/trace.ts";
import { lifetimeLever } from "./cache-levers.ts";
import type { Plan, Strategy } from "./strategy.ts";

/**
 * Keeps cached prefixes for five minutes instead of one hour.
 *
 * Saves where a prefix is reused within five minutes or not at all: the write costs 1.25 times input instead of 2.
 * Loses what is read back after a longer break, which the replay writes anew.
 *
 * Source: https://platform.claude.com/docs/en/build-with-claude/prompt-caching, checked 2026-11-22.
 */
export const cacheTtl5m: Strategy = {
  name: "cache-ttl-5m",
  prepare(situation) {
    const { trace, members, workload } = situation;
    const affected = members.filter((index) => (trace.requests[index]?.own?.cacheWrite1h ?? 0) > 0);
    const lever = lifetimeLever(situation, "5m");
    if (affected.length === 0 || lever === null) return [];
    const kept = sharedReadsKept(trace, members);
    const plan: Plan = {
      strategy: "cache-ttl-5m",
      workload,
      subject: "",
      title: "5m cache instead of 1h",
      lever: lever.lever,
      answersUnchanged: true,
      change: lever.how,
      uncertainty:
        "prefixes shared between conversations count as lost unless another request used them within 5 minutes",
      needsReplay: true,
      conflictGroup: `cache-lifetime:${workload}`,
      rewrite: (request, { scenario }) => {
        if (request.lifetime !== "1h") return [request];
        const lost = scenario !== "optimistic" && !kept.has(request.origin);
        return [{ ...request, lifetime: "5m", sharedRead: lost ? 0 : request.sharedRead }];
      },
      breakEven: () => "every break of 5 to 60 minutes writes the context again, those recorded are counted",
    };
    return [plan];
  },
};

/**
 * Requests that read a prefix which another conversation of the workload used less than five minutes before.
 *
 * Prefixes are told apart by model and length: breakpoints sit at the same block, so a shared one has the same number
 * of tokens wherever it is read. Every step of a conversation uses the shared prefix that its first request read.
 */
function sharedReadsKept(trace: Trace, members: readonly number[]): ReadonlySet<number> {
  const kept = new Set<number>();
  const usedAt = new Map<string, number>();
  const sharedBy = new Map<number, number>();
  for (const index of members) {
    const request = trace.requests[index];
    if (request === undefined || request.prefix.cacheable === 0) continue;
    const { previous, sharedRead, cacheable } = request.prefix;
    const shared = (previous === null ? undefined : sharedBy.get(previous)) ?? sharedRead;
    sharedBy.set(index, shared);
    const before = usedAt.get(`${request.model} ${String(sharedRead)}`);
    if (before !== undefined && request.startedAt - before < LIFETIME_MS["5m"]) kept.add(index);
    for (const tokens of [cacheable, sharedRead, shared]) {
      usedAt.set(`${request.model} ${String(tokens)}`, request.startedAt);
    }
  }
  return kept;
}
