import { LIFETIME_MS } from "../cache/cache-rules.ts";
import { withLifetime } from "../trace/counterfactual-prompt.ts";
import type { Scenario } from "../trace/counterfactual-request.ts";
import type { Trace } from "../trace/trace.ts";
import { cacheStructure, lifetimeLever } from "./cache-levers.ts";
import { recogniseLifetime } from "./recognise-lifetime.ts";
import type { Plan, Strategy } from "./strategy.ts";
import { REPRODUCED } from "./untried-cache.ts";

/**
 * Keeps cached prefixes for five minutes instead of one hour.
 *
 * Saves where a prefix is reused within five minutes or not at all: the write costs 1.25 times input instead of 2.
 * Loses what is read back after a longer break, which the replay writes anew. A prefix that a request shares with
 * other conversations counts as lost too, unless some other request is known to have kept it alive.
 *
 * Source: https://platform.claude.com/docs/en/build-with-claude/prompt-caching, checked 2026-11-22.
 */
export const cacheTtl5m: Strategy = {
  name: "cache-ttl-5m",
  prepare(situation) {
    const { trace, members, workload, knowledge } = situation;
    const lever = lifetimeLever(situation, "5m");
    if (lever === null || !members.some((index) => (trace.requests[index]?.own?.cacheWrite1h ?? 0) > 0)) return [];
    const byBlock = knowledge === "blocks";
    const keepers = byBlock ? new Map<number, Keeper>() : keptAlive(trace, members);
    const plan: Plan = {
      strategy: "cache-ttl-5m",
      workload,
      subject: "",
      title: "5m cache instead of 1h",
      lever: lever.lever,
      risk: "none",
      effort: "setting",
      change: lever.how,
      undo: lever.undo,
      uncertainty: byBlock
        ? REPRODUCED
        : "which other request keeps a shared prefix alive is known for certain only within a session",
      aboutCache: true,
      needsReplay: true,
      conflictGroup: cacheStructure(workload),
      rewrite: (request, { scenario }) => {
        const prompt = withLifetime(request.prompt, "5m");
        if (prompt.kind === "blocks") return [{ ...request, prompt }];
        const kept = KEEPERS[scenario].includes(keepers.get(request.origin) ?? "unknown");
        return [{ ...request, prompt: { ...prompt, sharedRead: kept ? prompt.sharedRead : 0 } }];
      },
      breakEven: () => "breaks of 5 to 60 minutes write the context again; those recorded are counted",
    };
    return [plan];
  },
  recognise: () => recogniseLifetime("5m"),
};

/** Who used a shared prefix less than five minutes before a request read it, as far as the record shows. */
type Keeper = "same-session" | "same-length" | "unknown";

const KEEPERS: Readonly<Record<Scenario, readonly Keeper[]>> = {
  pessimistic: ["same-session"],
  expected: ["same-session", "same-length"],
  optimistic: ["same-session", "same-length", "unknown"],
};

/**
 * Breakpoints sit at the same block, so a prefix has the same number of tokens wherever it is read; but two prefixes
 * can be of one length. Within a session equal length is proof, elsewhere it only makes it likely. Every step of a
 * conversation uses the shared prefix that its first request read.
 */
function keptAlive(trace: Trace, members: readonly number[]): ReadonlyMap<number, Keeper> {
  const keepers = new Map<number, Keeper>();
  const usedAt = new Map<string, number>();
  const sharedBy = new Map<number, number>();
  for (const index of members) {
    const request = trace.requests[index];
    if (request === undefined || request.prefix.cacheable === 0) continue;
    const { previous, sharedRead, cacheable } = request.prefix;
    const shared = (previous === null ? undefined : sharedBy.get(previous)) ?? sharedRead;
    sharedBy.set(index, shared);
    const anywhere = (tokens: number): string => `${request.cacheKey} ${String(tokens)}`;
    const inSession = (tokens: number): string => `${anywhere(tokens)} ${request.session ?? ""}`;
    const recent = (key: string): boolean => request.startedAt - (usedAt.get(key) ?? -Infinity) < LIFETIME_MS["5m"];
    if (request.session !== null && recent(inSession(sharedRead))) keepers.set(index, "same-session");
    else if (recent(anywhere(sharedRead))) keepers.set(index, "same-length");
    for (const tokens of [cacheable, sharedRead, shared]) {
      usedAt.set(anywhere(tokens), request.startedAt);
      usedAt.set(inSession(tokens), request.startedAt);
    }
  }
  return keepers;
}
