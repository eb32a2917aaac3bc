import { ContradictionError } from "../errors.ts";
import { canonicalJson } from "../events/canonical.ts";
import { decodeEvent, encodeEvent } from "../events/codec.ts";
import type { LedgerEvent } from "../events/event.ts";
import { isKnownEvent, isResponse } from "../events/known-event.ts";
import { merge } from "../events/merge.ts";
import { billingKey, isFinal } from "../events/snapshot.ts";
import type { AppendOutcome } from "./event-store.ts";

/** What an append would do; nothing has happened yet. */
export interface AppendPlan {
  readonly outcomes: readonly AppendOutcome[];
  /** Lines of the events that say something new, in order. */
  readonly lines: readonly string[];
  /** What will be held under each id that changes. */
  readonly held: ReadonlyMap<string, readonly string[]>;
}

/**
 * What a store holds under every id, and so what an append would add.
 *
 * An id has one entry for its response, all sightings merged, and one for each other content it was given.
 * Entries are kept as text, about as many bytes as the ledger itself: a store of many millions of events needs an
 * index on disk instead.
 */
export class HeldEvents {
  readonly #byId = new Map<string, readonly string[]>();

  /** Takes in what is in the store already. */
  add(event: LedgerEvent): void {
    const entries = this.#byId.get(event.id) ?? [];
    const { entry, index } = joinedEntry(entries, event, encodeEvent(event));
    this.#byId.set(event.id, entries.toSpliced(index, 1, entry));
  }

  /**
   * Decides what becomes of events, which must be valid.
   *
   * @throws ContradictionError when two of them are final responses of one id that bill differently.
   */
  plan(events: readonly LedgerEvent[]): AppendPlan {
    refuseContradictions(events);
    const held = new Map<string, readonly string[]>();
    const lines: string[] = [];
    const outcomes = events.map((event): AppendOutcome => {
      const entries = held.get(event.id) ?? this.#byId.get(event.id) ?? [];
      const line = encodeEvent(event);
      const { entry, index } = joinedEntry(entries, event, line);
      const before = entries[index];
      if (entry === before) return { id: event.id, outcome: "exists" };
      held.set(event.id, entries.toSpliced(index, 1, entry));
      lines.push(line);
      if (entries.length === 0) return { id: event.id, outcome: "appended" };
      return { id: event.id, outcome: conflictCount(entry) > conflictCount(before) ? "conflict" : "merged" };
    });
    return { outcomes, lines, held };
  }

  /** Takes in a plan whose lines are durable. */
  commit(plan: AppendPlan): void {
    for (const [id, entries] of plan.held) this.#byId.set(id, entries);
  }
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

function conflictCount(entry: string | undefined): number {
  if (entry === undefined) return 0;
  const event = decodeEvent(entry);
  return isResponse(event) ? event.conflicts.length : 0;
}

function refuseContradictions(events: readonly LedgerEvent[]): void {
  const billed = new Map<string, string>();
  for (const event of events) {
    if (!isResponse(event) || !isFinal(event)) continue;
    const key = billingKey(event);
    const other = billed.get(event.id);
    if (other !== undefined && other !== key) {
      throw new ContradictionError(event.id, "both are final, and they bill different models or tokens");
    }
    billed.set(event.id, key);
  }
}
