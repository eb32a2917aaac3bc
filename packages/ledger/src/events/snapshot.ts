import { addTokens, NO_TOKENS, totalTokens, type TokenBuckets, type Usage } from "../usage/usage.ts";
import { canonicalJson } from "./canonical.ts";
import type { ConflictingSnapshot, ResponseRecorded } from "./event.ts";

/** Whether nothing more is to come: what a final snapshot counts is what is billed. */
export function isFinal(event: ResponseRecorded): boolean {
  return event.finality === "complete" && event.output === "final";
}

/**
 * Orders snapshots of one response by how much they show: above zero where `a` shows more.
 *
 * The more complete one comes first, then the one with more output, then the one with the greater usage, then the one
 * with the greater canonical JSON. Of two snapshots that bill the same, the one with the greater usage is first
 * whatever else differs, because `finalSnapshots` keeps just the usage and must come to the same choice.
 */
export function compareSnapshots(a: ResponseRecorded, b: ResponseRecorded): number {
  return (
    completeness(a) - completeness(b) ||
    totalTokens(a.usage).output - totalTokens(b.usage).output ||
    compareText(a.servedModel, b.servedModel) ||
    compareUsage(a.usage, b.usage) ||
    compareText(canonicalJson(remainder(a)), canonicalJson(remainder(b)))
  );
}

/** What a snapshot bills: equal keys cost the same tokens at the same models' rates. */
export function billingKey(snapshot: ConflictingSnapshot): string {
  const byModel = new Map<string, TokenBuckets>();
  for (const { model, tokens } of snapshot.usage.parts) {
    const billed = model ?? snapshot.servedModel;
    byModel.set(billed, addTokens(byModel.get(billed) ?? NO_TOKENS, tokens));
  }
  const used = [...byModel].filter(([, tokens]) => Object.values(tokens).some((count) => count > 0));
  return canonicalJson([snapshot.servedModel, Object.fromEntries(used)]);
}

export function sameSnapshot(a: ConflictingSnapshot, b: ConflictingSnapshot): boolean {
  return a.servedModel === b.servedModel && canonicalJson(a.usage) === canonicalJson(b.usage);
}

/** Every final snapshot an event knows of by what it bills; of those that bill the same, the greater usage. */
export function finalSnapshots(event: ResponseRecorded): Map<string, ConflictingSnapshot> {
  const snapshots = new Map<string, ConflictingSnapshot>();
  for (const { servedModel, usage } of event.conflicts) keepGreater(snapshots, { servedModel, usage });
  if (isFinal(event)) keepGreater(snapshots, { servedModel: event.servedModel, usage: event.usage });
  return snapshots;
}

/** Adds a snapshot to those by what they bill, unless a greater one that bills the same is there. */
export function keepGreater(snapshots: Map<string, ConflictingSnapshot>, candidate: ConflictingSnapshot): void {
  const key = billingKey(candidate);
  const held = snapshots.get(key);
  if (held === undefined || compareUsage(candidate.usage, held.usage) > 0) snapshots.set(key, candidate);
}

/**
 * Orders usages: more searches, then more of what is reported only sometimes and decides the price, then canonical JSON.
 *
 * A source that leaves out the geography would otherwise win over one that reports it, and its premium be lost.
 */
function compareUsage(a: Usage, b: Usage): number {
  return (
    a.webSearchRequests - b.webSearchRequests ||
    reportedCount(a) - reportedCount(b) ||
    compareText(canonicalJson(a), canonicalJson(b))
  );
}

function reportedCount({ serviceTier, inferenceGeo, speed, thinkingTokens }: Usage): number {
  return [serviceTier, inferenceGeo, speed, thinkingTokens].filter((value) => value !== null && value !== "").length;
}

function completeness({ finality, output }: ResponseRecorded): number {
  switch (finality) {
    case "placeholder":
      return 0;
    case "interrupted":
      return 1;
    case "complete":
      return output === "final" ? 3 : 2;
  }
}

function remainder({ type, output, billedTo, stopReason }: ResponseRecorded): readonly (string | null)[] {
  return [type, output, billedTo, stopReason];
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a > b ? 1 : -1;
}
