import type { LedgerEvent } from "../events/event.ts";

/** A place in a store's order. Opaque: keep it, pass it back, compare nothing. */
export type Position = string & { readonly opaque: "position" };

/** Before the first event. */
export const START: Position = "" as Position;

/** An event and where it stands. */
export interface RecordedEvent {
  readonly position: Position;
  readonly event: LedgerEvent;
}

/**
 * What became of an event that was to be appended.
 *
 * `appended`: new. `merged`: its id was there; the event adds to what was known and was recorded.
 * `exists`: everything it says was known already, nothing was written. `conflict`: recorded, and it contradicts
 * another final snapshot; the account keeps both and counts one.
 */
export interface AppendOutcome {
  readonly id: string;
  readonly outcome: "appended" | "merged" | "exists" | "conflict";
}

/**
 * A place where a store is not what was written: bytes that hold no event, which are named, skipped and kept, or an
 * event that does not follow the one before it, which counts.
 */
export interface Damage {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** Offset of the line's first byte. */
  readonly byte: number;
  readonly why: string;
}

/** The port of every event store; `describeEventStore` is its contract. */
export interface EventStore {
  /**
   * Appends all events, in order, or none; resolves when they are durable.
   *
   * @throws InvalidEventError for an event that is not one.
   * @throws ContradictionError when two events of this call share an id and cannot both be true.
   * @throws LedgerUnavailableError when the operating system refuses. Which of the events are there is not known
   *   then; appending them again is right whichever they are.
   */
  append(events: readonly LedgerEvent[]): Promise<readonly AppendOutcome[]>;
  /**
   * Yields events after a position, in the store's order, up to a limit.
   *
   * @throws LedgerPrunedError for a position from before a prune of a ledger in a database: read again from the start.
   * @throws LedgerChangedError where such a ledger was pruned while it was read.
   */
  read(options?: { readonly after?: Position; readonly limit?: number }): AsyncIterable<RecordedEvent>;
  /** Damage seen by the reads so far, each place once. */
  damage(): readonly Damage[];
  close(): Promise<void>;
}
