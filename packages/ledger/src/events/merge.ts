import assert from "node:assert/strict";
import { canonicalJson } from "./canonical.ts";
import type { KnownEvent, LedgerEvent } from "./event.ts";
import { union } from "./joins.ts";
import { isEventOf, isKnownEvent, isResponse } from "./known-event.ts";
import { mergeFailures } from "./merge-failures.ts";
import { mergeResponses } from "./merge-responses.ts";

/**
 * What two sightings of one fact say together.
 *
 * Commutative, associative and idempotent: whatever reaches a ledger, in any order, any number of times, through any
 * process, folds to the same event. Of kinds that cannot be joined under one id the surest is kept: a response before
 * any other known event, a known event before an unknown one, and of two of a kind the one whose canonical JSON is
 * greater. What two sightings of a failed attempt tell is united.
 */
export function merge(a: LedgerEvent, b: LedgerEvent): LedgerEvent {
  assert.equal(a.id, b.id, "only events of one id can be merged");
  if (canonicalJson(a) === canonicalJson(b)) return a;
  if (isResponse(a) && isResponse(b)) return mergeResponses(a, b);
  if (rank(a) !== rank(b)) return rank(a) > rank(b) ? a : b;
  return isKnownEvent(a) && isKnownEvent(b) ? mergeKnown(a, b) : greaterEvent(a, b);
}

function mergeKnown(a: KnownEvent, b: KnownEvent): KnownEvent {
  if (a.type !== b.type) return a.type > b.type ? a : b;
  if (isEventOf(a, "RequestFailed") && isEventOf(b, "RequestFailed")) return mergeFailures(a, b);
  return { ...greaterEvent({ ...a, sources: [] }, { ...b, sources: [] }), sources: union(a.sources, b.sources) };
}

function greaterEvent<T extends LedgerEvent>(a: T, b: T): T {
  return canonicalJson(a) >= canonicalJson(b) ? a : b;
}

function rank(event: LedgerEvent): number {
  if (isResponse(event)) return 2;
  return isKnownEvent(event) ? 1 : 0;
}
