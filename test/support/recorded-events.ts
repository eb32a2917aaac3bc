import type { EventOf, EventType, LedgerEvent, LedgerKey } from "@farthing/ledger";
import { isEventOf, loadParseEvent } from "@farthing/ledger";

/** A sink that keeps what it is given. */
export interface EventRecorder {
  record(event: LedgerEvent): void;
  flush(): Promise<void>;
  fingerprintKey(): Promise<LedgerKey | null>;
  /** Everything recorded, in order. */
  readonly events: readonly LedgerEvent[];
  /** How often it was flushed. */
  readonly flushes: number;
  of<T extends EventType>(type: T): EventOf<T>[];
  /** Responses and failures, in order. */
  readonly attempts: (EventOf<"RequestCompleted"> | EventOf<"RequestInterrupted"> | EventOf<"RequestFailed">)[];
}

const parseEvent = await loadParseEvent();

/** A sink that keeps what it is given, as a ledger would read it back: an event that is not what its type says throws. */
export function recordEvents(key: LedgerKey | null = null): EventRecorder {
  const events: LedgerEvent[] = [];
  let flushes = 0;
  return {
    record(event) {
      events.push(parseEvent(JSON.parse(JSON.stringify(event))));
    },
    flush() {
      flushes += 1;
      return Promise.resolve();
    },
    fingerprintKey: () => Promise.resolve(key),
    events,
    get flushes() {
      return flushes;
    },
    of: (type) => events.filter((event) => isEventOf(event, type)),
    get attempts() {
      return events.filter(
        (event) =>
          isEventOf(event, "RequestCompleted") ||
          isEventOf(event, "RequestInterrupted") ||
          isEventOf(event, "RequestFailed"),
      );
    },
  };
}
