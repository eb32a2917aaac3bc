import { LedgerClosedError } from "../errors.ts";
import { decodeEvent } from "../events/codec.ts";
import type { LedgerEvent } from "../events/event.ts";
import { loadParseEvent } from "../events/load-schemas.ts";
import { AppendPlan, encode, refuseContradictions } from "./append-plan.ts";
import { START, type AppendOutcome, type EventStore, type Position, type RecordedEvent } from "./event-store.ts";

/** The reference driver: the port's contract without a disk. Nothing in it outlives the process. */
export function openMemoryStore(): EventStore {
  const lines: string[] = [];
  const held = new Map<string, readonly string[]>();
  let closed = false;

  async function append(events: readonly LedgerEvent[]): Promise<readonly AppendOutcome[]> {
    if (closed) throw new LedgerClosedError();
    const parse = await loadParseEvent();
    const encoded = events.map((event) => encode(parse(event)));
    refuseContradictions(encoded);
    const plan = new AppendPlan();
    for (const one of encoded) plan.add(one, plan.held.get(one.event.id) ?? held.get(one.event.id) ?? []);
    for (const { json } of plan.lines) lines.push(json);
    for (const [id, entries] of plan.held) held.set(id, entries);
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
