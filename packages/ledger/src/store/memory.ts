import { LedgerClosedError } from "../errors.ts";
import { decodeEvent } from "../events/codec.ts";
import type { LedgerEvent } from "../events/event.ts";
import { loadParseEvent } from "../events/load-schemas.ts";
import { START, type AppendOutcome, type EventStore, type Position, type RecordedEvent } from "./event-store.ts";
import { HeldEvents } from "./held-events.ts";

/** The reference driver: the port's contract without a disk. Nothing in it outlives the process. */
export function openMemoryStore(): EventStore {
  const lines: string[] = [];
  const held = new HeldEvents();
  let closed = false;

  async function append(events: readonly LedgerEvent[]): Promise<readonly AppendOutcome[]> {
    if (closed) throw new LedgerClosedError();
    const plan = held.plan(events.map(await loadParseEvent()));
    // One by one: a call takes only so many arguments.
    for (const line of plan.lines) lines.push(line);
    held.commit(plan);
    return plan.outcomes;
  }

  async function* read({ after = START, limit = Infinity } = {}): AsyncGenerator<RecordedEvent> {
    if (closed) throw new LedgerClosedError();
    const from = Number(after);
    for (let index = from; index < lines.length && index < from + limit; index += 1) {
      yield { position: String(index + 1) as Position, event: decodeEvent(lines[index] ?? "") };
    }
  }

  async function close(): Promise<void> {
    closed = true;
  }

  return { append, read, damage: () => [], close };
}
