import type { CacheLifetime } from "../cache/cache-rules.ts";
import type { TraceRequest } from "../trace/trace.ts";
import type { Lever, Plan, Situation } from "./strategy.ts";

/** Who can change how a workload caches, and how. Null: nobody, or it changes no bill. */
export interface CacheLever {
  readonly lever: Lever;
  readonly how: string;
  /** How to take it back. */
  readonly undo: string;
}

/**
 * The lever for a cache lifetime.
 *
 * Claude Code's `promptCacheTtl` and `subagentPromptCacheTtl` (2.1.243 and later) and `FORCE_PROMPT_CACHING_5M` /
 * `ENABLE_PROMPT_CACHING_1H` (2.1.108 and later) are documented at https://code.claude.com/docs/en/prompt-caching,
 * checked 2026-11-22. On a flat plan they change no bill.
 */
export function lifetimeLever(situation: Situation, to: CacheLifetime): CacheLever | null {
  const first = firstRequest(situation);
  if (first === undefined) return null;
  if (!first.fromClaudeCode) {
    return {
      lever: "code",
      how: `In ${placeOf(first)}, set cache_control to {"type": "ephemeral", "ttl": "${to}"} on every breakpoint.`,
      undo: undoLifetime(to),
    };
  }
  if (situation.paysPerToken === false) return null;
  const variable = to === "5m" ? "FORCE_PROMPT_CACHING_5M=1" : "ENABLE_PROMPT_CACHING_1H=1";
  return {
    lever: "claude-code-setting",
    how:
      `In Claude Code's settings.json set ${lifetimeSettings(situation, to)} (2.1.243 or later; before that ${variable}).` +
      (situation.paysPerToken === null ? " It matters only if you pay per token." : ""),
    undo: `Take ${lifetimeSettings(situation, to)} out of settings.json again.`,
  };
}

/** How breakpoints in code get the other lifetime back. */
export function undoLifetime(from: CacheLifetime): string {
  return from === "1h"
    ? 'Leave out "ttl" again: without it what is cached is kept for 5 minutes.'
    : 'Set "ttl": "1h" on every breakpoint again.';
}

/** Claude Code has one setting for the main conversation and one for sub-agents: those that a workload needs. */
function lifetimeSettings({ trace, members }: Situation, to: CacheLifetime): string {
  const agents = members.map((index) => trace.requests[index]?.agent ?? null);
  return [
    agents.some((agent) => agent === null) ? `"promptCacheTtl": "${to}"` : null,
    agents.some((agent) => agent !== null) ? `"subagentPromptCacheTtl": "${to}"` : null,
  ]
    .filter((setting) => setting !== null)
    .join(" and ");
}

/** The lever for not caching at all. */
export function noCachingLever(situation: Situation): CacheLever | null {
  const first = firstRequest(situation);
  if (first === undefined) return null;
  if (!first.fromClaudeCode) {
    const undo = "Put cache_control back where it was; the next request writes the cache anew.";
    return { lever: "code", how: `In ${placeOf(first)}, remove cache_control.`, undo };
  }
  if (situation.paysPerToken === false) return null;
  return {
    lever: "claude-code-setting",
    how: "Set DISABLE_PROMPT_CACHING=1 for Claude Code.",
    undo: "Unset DISABLE_PROMPT_CACHING.",
  };
}

/** The conflict group of all changes to what a workload caches, and for how long: each says it for all breakpoints. */
export function cacheStructure(workload: string): string {
  return `cache-structure:${workload}`;
}

/** The conflict group of changes that decide when a workload's requests start. */
export function startTimes(workload: string): string {
  return `timing:${workload}`;
}

export function isCacheStructure({ workload, conflictGroup }: Pick<Plan, "workload" | "conflictGroup">): boolean {
  return conflictGroup === cacheStructure(workload);
}

/** Where a person finds the call: its recorded place, else the name of its workload. */
export function placeOf(request: TraceRequest): string {
  return request.callSite ?? request.workload;
}

/** The first request, where code of the user's sends it; null for Claude Code, whose breakpoints nobody else places. */
export function codeOf(situation: Situation): TraceRequest | null {
  const first = firstRequest(situation);
  return first === undefined || first.fromClaudeCode ? null : first;
}

function firstRequest(situation: Situation): TraceRequest | undefined {
  const [first] = situation.members;
  return first === undefined ? undefined : situation.trace.requests[first];
}
