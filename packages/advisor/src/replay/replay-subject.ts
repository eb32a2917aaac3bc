import type { PriceBook } from "@farthing/ledger";
import { FINGERPRINTED_SHARE_MIN } from "../thresholds.ts";
import type { Trace } from "../trace/trace.ts";
import { replayGap, reproducesBill, type ReplayGap } from "./baseline.ts";
import type { Replayable } from "./replay.ts";
import type { SharedPrefixes } from "./shared-prefixes.ts";

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
export function replaySubject(trace: Trace, workload: string, shared: SharedPrefixes, book: PriceBook): ReplaySubject {
  const members = trace.workloads.get(workload) ?? [];
  const keys = keysOf(trace, members);
  const recorded: Replayable = { trace, members, neighbours: [], knowledge: "recorded" };
  const most = Math.max(0, ...keys.values());
  if (most >= members.length * FINGERPRINTED_SHARE_MIN) {
    const blocks: Replayable = { trace, members, neighbours: shared.neighboursOf([workload]), knowledge: "blocks" };
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
