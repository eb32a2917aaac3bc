import type { Damage } from "../event-store.ts";
import type { FileSystem } from "./file-system.ts";
import { LOG_START, type LogPlace } from "./position.ts";
import { readLog, type Log, type LogEntry } from "./read-log.ts";

export interface MergedEntry {
  readonly writer: string;
  readonly entry: LogEntry;
  /** The place after the newest entry of every log; the same map, updated, for every entry. */
  readonly places: ReadonlyMap<string, LogPlace>;
}

/**
 * Yields the entries of several logs as one: each log in its own order, and of the entries that are next in theirs the
 * one that occurred first, then the one of the writer whose name comes first.
 *
 * @throws LedgerUnavailableError when a segment cannot be read.
 */
export async function* mergeLogs(
  fileSystem: FileSystem,
  logs: readonly Log[],
  from: ReadonlyMap<string, LogPlace>,
  report: (damage: Damage) => void,
): AsyncGenerator<MergedEntry> {
  const places = new Map(from);
  const cursors = logs.map(
    (log) => new Cursor(log.writer, readLog(fileSystem, log, from.get(log.writer) ?? LOG_START, report)),
  );
  try {
    for (const cursor of cursors) await cursor.fill();
    for (let cursor = first(cursors); cursor !== null; cursor = first(cursors)) {
      const entry = cursor.take();
      if (entry === null) continue;
      places.set(cursor.writer, entry.next);
      yield { writer: cursor.writer, entry, places };
      if (cursor.peek() === null) await cursor.fill();
    }
  } finally {
    for (const cursor of cursors) await cursor.close();
  }
}

/** Takes the entries of one log out of their batches. */
class Cursor {
  readonly writer: string;
  readonly #batches: AsyncGenerator<readonly LogEntry[], void>;
  #batch: readonly LogEntry[] = [];
  #index = 0;

  constructor(writer: string, batches: AsyncGenerator<readonly LogEntry[], void>) {
    this.writer = writer;
    this.#batches = batches;
  }

  /** The next entry of the batch; null at its end. */
  peek(): LogEntry | null {
    return this.#batch[this.#index] ?? null;
  }

  take(): LogEntry | null {
    const entry = this.peek();
    this.#index += 1;
    return entry;
  }

  async fill(): Promise<void> {
    const next = await this.#batches.next();
    this.#batch = next.done === true ? [] : next.value;
    this.#index = 0;
  }

  async close(): Promise<void> {
    await this.#batches.return(undefined);
  }
}

function first(cursors: readonly Cursor[]): Cursor | null {
  let earliest: { readonly cursor: Cursor; readonly occurredAt: string } | null = null;
  for (const cursor of cursors) {
    const occurredAt = cursor.peek()?.frame.event.occurredAt;
    if (occurredAt === undefined) continue;
    if (earliest === null || occurredAt < earliest.occurredAt) earliest = { cursor, occurredAt };
  }
  return earliest?.cursor ?? null;
}
