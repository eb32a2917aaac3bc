import { LedgerClosedError } from "../../errors.ts";
import { decodeEvent } from "../../events/codec.ts";
import type { LedgerEvent } from "../../events/event.ts";
import { LazyParser } from "../../events/load-schemas.ts";
import { encode, refuseContradictions } from "../append-plan.ts";
import { AppendQueue } from "../append-queue.ts";
import {
  START,
  type AppendOutcome,
  type Damage,
  type EventStore,
  type Position,
  type RecordedEvent,
} from "../event-store.ts";
import { appendBatch } from "./append-batch.ts";
import type { Database } from "./database.ts";
import { prunedAmong } from "./prune-rows.ts";
import { readHorizon } from "./horizon.ts";
import { rowBatches } from "./row-batches.ts";
import { decodePlace, encodePlace } from "./row-place.ts";

/**
 * A store in a PostgreSQL database, for any number of hosts at once.
 *
 * To append, its user needs the rights of `farthing_writer` and `farthing_reader`: what became of an event is told from
 * what is held under its id. What a reader gets, and in which order, is the same for all of them, and is behind what was
 * appended by as long as the oldest transaction of the server has been running.
 */
export class PostgresEventStore implements EventStore {
  readonly #database: Database;
  readonly #queue: AppendQueue;
  readonly #parser = new LazyParser();
  #closed = false;

  /** @param database The store ends it when it is closed. */
  constructor(database: Database) {
    this.#database = database;
    this.#queue = new AppendQueue((events) => appendBatch(database, events));
  }

  async append(events: readonly LedgerEvent[]): Promise<readonly AppendOutcome[]> {
    this.#refuseClosed();
    const parser = this.#parser.for(events);
    const parse = typeof parser === "function" ? parser : await parser;
    const encoded = events.map((event) => encode(parse(event)));
    refuseContradictions(encoded);
    return encoded.length === 0 ? [] : this.#queue.append(encoded);
  }

  /** @throws LedgerChangedError where the ledger is pruned meanwhile: what is left to read sums up what was yielded. */
  async *read({
    after = START,
    limit = Infinity,
  }: { after?: Position; limit?: number } = {}): AsyncGenerator<RecordedEvent> {
    this.#refuseClosed();
    const from = decodePlace(after);
    if (limit <= 0) return;
    const horizon = await readHorizon(this.#database);
    let left = limit;
    for await (const batch of rowBatches(this.#database, from, horizon, horizon.prunes === 0 ? limit : Infinity)) {
      const recorded = batch.map(({ place, json }) => ({ position: encodePlace(place), event: decodeEvent(json) }));
      const isPruned =
        horizon.prunes === 0
          ? null
          : await prunedAmong(
              this.#database,
              recorded.map(({ event }) => event),
              horizon.prunes,
            );
      for (const each of recorded) {
        if (isPruned?.(each.event) === true) continue;
        yield each;
        left -= 1;
        if (left <= 0) return;
      }
    }
  }

  /** The database answers for its own bytes. */
  damage(): readonly Damage[] {
    return [];
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#queue.idle();
    await this.#database.end();
  }

  #refuseClosed(): void {
    if (this.#closed) throw new LedgerClosedError();
  }
}
