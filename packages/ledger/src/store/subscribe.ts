import { setTimeout as after } from "node:timers/promises";
import { START, type EventStore, type Position, type RecordedEvent } from "./event-store.ts";

export interface SubscribeOptions {
  /** Yields events after this position. Default: the first one there is. */
  readonly after?: Position;
  /** Ends the subscription, quietly. */
  readonly signal?: AbortSignal;
  /** How long to wait before looking again once everything was yielded, in milliseconds. Default: 500. */
  readonly pollMs?: number;
}

const POLL_MS = 500;

/**
 * Yields the events of a store and, as they come, those that this or any other process appends to it.
 *
 * Ends with the signal alone. Looking again costs as much as reading what is new, and one look at each log. Nothing is
 * read ahead of whoever takes the events, so a slow one holds up nobody and needs no queue.
 */
export async function* subscribe(
  store: Pick<EventStore, "read">,
  { after: start = START, signal, pollMs = POLL_MS }: SubscribeOptions = {},
): AsyncGenerator<RecordedEvent, void> {
  const isEnded = (): boolean => signal?.aborted === true;
  let position = start;
  while (!isEnded()) {
    for await (const recorded of store.read({ after: position })) {
      if (isEnded()) return;
      yield recorded;
      ({ position } = recorded);
    }
    await pause(pollMs, signal);
  }
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await after(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
}
