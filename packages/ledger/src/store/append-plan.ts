import { ContradictionError } from "../errors.ts";
import { canonicalJson } from "../events/canonical.ts";
import { decodeEvent, encodeEvent } from "../events/codec.ts";
import type { LedgerEvent } from "../events/event.ts";
import { isKnownEvent, isResponse } from "../events/known-event.ts";
import { merge } from "../events/merge.ts";
import { billingKey, isFinal } from "../events/snapshot.ts";
import type { AppendOutcome } from "./event-store.ts";

/** A valid event and its canonical JSON. */
export interface EncodedEvent {
  readonly event: LedgerEvent;
  readonly json: string;
}

/** A valid event with its canonical JSON. */
export function encode(event: LedgerEvent): EncodedEvent {
  return { event, json: encodeEvent(event) };
}

/**
 * What an append would do; nothing has happened yet.
 *
 * What is held under an id is its *entries*: one for its response, all sightings merged, and one for each other content
 * it was given, as canonical JSON.
 */
export class AppendPlan {
  readonly #held = new Map<string, readonly string[]>();
  readonly #lines: EncodedEvent[] = [];
  readonly #outcomes: AppendOutcome[] = [];

  /** What becomes of the events, in order. */
  get outcomes(): readonly AppendOutcome[] {
    return this.#outcomes;
  }

  /** The events that say something new, in order. */
  get lines(): readonly EncodedEvent[] {
    return this.#lines;
  }

  /** What will be held under each id that changes. */
  get held(): ReadonlyMap<string, readonly string[]> {
    return this.#held;
  }

  /** An event of which it is certain that all it says is known. */
  addKnown({ event: { id } }: EncodedEvent): void {
    this.#outcomes.push({ id, outcome: "exists" });
  }

  /** Decides what becomes of an event. `entries` is what is held under its id: by this plan, else by the store. */
  add({ event, json }: EncodedEvent, entries: readonly string[]): void {
    const { id } = event;
    const { entry, index } = joinedEntry(entries, event, json);
    const before = entries[index];
    if (entry === before) {
      this.#outcomes.push({ id, outcome: "exists" });
      return;
    }
    this.#held.set(id, entries.length === 0 ? [entry] : entries.toSpliced(index, 1, entry));
    this.#lines.push({ event, json });
    this.#outcomes.push({ id, outcome: entries.length === 0 ? "appended" : outcomeOfMore(before, entry) });
  }
}

/** The entries of an id from its sightings. */
export function entriesOf(sightings: readonly LedgerEvent[]): readonly string[] {
  let entries: readonly string[] = [];
  for (const event of sightings) {
    const { entry, index } = joinedEntry(entries, event, encodeEvent(event));
    entries = entries.toSpliced(index, 1, entry);
  }
  return entries;
}

/** The entry an event belongs to with the event joined to it, and its index: past the end for a new entry. */
function joinedEntry(
  entries: readonly string[],
  event: LedgerEvent,
  line: string,
): { readonly entry: string; readonly index: number } {
  if (entries.length === 0) return { entry: line, index: 0 };
  const key = contentKey(event);
  for (const [index, entry] of entries.entries()) {
    if (entry === line) return { entry, index };
    const held = decodeEvent(entry);
    if (contentKey(held) === key) return { entry: encodeEvent(merge(held, event)), index };
  }
  return { entry: line, index: entries.length };
}

/** Equal for events that merging unites without losing anything but the weaker snapshot. */
function contentKey(event: LedgerEvent): string {
  if (isResponse(event)) return "response";
  return canonicalJson(isKnownEvent(event) ? { ...event, sources: [] } : event);
}

function outcomeOfMore(before: string | undefined, after: string): "merged" | "conflict" {
  return conflictCount(after) > conflictCount(before) ? "conflict" : "merged";
}

function conflictCount(entry: string | undefined): number {
  if (entry === undefined) return 0;
  const event = decodeEvent(entry);
  return isResponse(event) ? event.conflicts.length : 0;
}

/** @throws ContradictionError when two of the events are final responses of one id that bill differently. */
export function refuseContradictions(events: readonly EncodedEvent[]): void {
  if (events.length < 2) return;
  const ids = new Set<string>();
  const repeated = new Set<string>();
  for (const { event } of events) (ids.has(event.id) ? repeated : ids).add(event.id);
  if (repeated.size > 0) refuseContradictionsAmong(events.filter(({ event }) => repeated.has(event.id)));
}

function refuseContradictionsAmong(events: readonly EncodedEvent[]): void {
  const billed = new Map<string, string>();
  for (const { event } of events) {
    if (!isResponse(event) || !isFinal(event)) continue;
    const key = billingKey(event);
    const other = billed.get(event.id);
    if (other !== undefined && other !== key) {
      throw new ContradictionError(event.id, "both are final, and they bill different models or tokens");
    }
    billed.set(event.id, key);
  }
}
