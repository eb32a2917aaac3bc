import type { PriceBook } from "@farthing/ledger";
import { cacheScope } from "../cache/cache-scope.ts";
import { FINGERPRINTED_SHARE_MIN } from "../thresholds.ts";
import type { Trace, TraceRequest } from "../trace/trace.ts";
import { replayGap, reproducesBill, type ReplayGap } from "./baseline.ts";
import type { Replayable } from "./replay.ts";

/** A workload, and how it is best replayed. */
export interface ReplaySubject {
  readonly subject: Replayable;
  readonly gap: ReplayGap;
  /** Under how many keys its prompts were fingerprinted. */
  readonly keys: number;
}

/**
 * Whether a workload is replayed from its fingerprints, or from what recorded reads and writes prove.
 *
 * From fingerprints where nearly all of its prompts have one under the same key, and the rules then reproduce its bill:
 * only these know what another change of caching would do. Else from the bill, which is at least what was paid.
 */
export function replaySubject(
  trace: Trace,
  workload: string,
  members: readonly number[],
  book: PriceBook,
): ReplaySubject {
  const keys = keysOf(trace, members);
  const recorded: Replayable = { trace, members, neighbours: [], knowledge: "recorded" };
  const most = Math.max(0, ...keys.values());
  if (most >= members.length * FINGERPRINTED_SHARE_MIN) {
    const blocks: Replayable = { trace, members, neighbours: neighboursOf(trace, members), knowledge: "blocks" };
    const gap = replayGap(blocks, workload, book);
    if (reproducesBill(gap) || gap.gap === null) return { subject: blocks, gap, keys: keys.size };
  }
  return { subject: recorded, gap: replayGap(recorded, workload, book), keys: keys.size };
}

/** How many of some requests were fingerprinted under each key. */
function keysOf(trace: Trace, members: readonly number[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const index of members) {
    const key = trace.requests[index]?.prompt?.key;
    if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** Requests of other workloads that ask for the caching of a prefix which these ask for too. */
function neighboursOf(trace: Trace, members: readonly number[]): readonly number[] {
  const own = new Set(members);
  const asked = new Set<string>();
  for (const index of members) for (const prefix of cachedPrefixes(trace.requests[index])) asked.add(prefix);
  if (own.size === trace.requests.length) return [];
  return [...trace.requests.keys()].filter(
    (index) => !own.has(index) && cachedPrefixes(trace.requests[index]).some((prefix) => asked.has(prefix)),
  );
}

function cachedPrefixes(request: TraceRequest | undefined): readonly string[] {
  if (request === undefined || request.prompt === null) return [];
  const { key, blocks, breakpoints } = request.prompt;
  const scope = `${key} ${cacheScope(request.model, request.workspace, request.usage.speed)}`;
  return breakpoints.map(({ block }) => `${scope} ${String(blocks.prefixes[block] ?? 0)}`);
}
