import { encodeEvent } from "../events/codec.ts";
import type { UsageRolledUp } from "../events/event.ts";
import type { Query } from "../store/postgres/database.ts";
import { ROWS, rowParameters, type EventLine } from "../store/postgres/event-rows.ts";
import type { RowPlace } from "../store/postgres/row-place.ts";
import { NO_MONTH } from "./drop-partitions.ts";

const SUMS_PER_STATEMENT = 2000;

const INSERT = `insert into farthing.event (id_hash, digest, month, ordinal, line, era, transaction, recorded_at)
  select id_hash, digest, ${String(NO_MONTH)}, ordinal + $6, line, $7, $8::xid8, timestamptz 'epoch' + $9 * interval '1 millisecond'
  from ${ROWS}`;

/**
 * Writes sums to a database behind the newest row that they stand for, where everybody can see them as soon as they are
 * committed. With the number of the own transaction they would be seen later than what they stand for is gone, where another
 * transaction is open. In the partition of their month they would keep it from being dropped.
 */
export class SumRows {
  readonly #query: Query | null;
  readonly #after: RowPlace;
  /** Milliseconds since 1970. */
  readonly #at: number;
  #lines: EventLine[] = [];
  #ordinal: number;
  /** Of their lines. */
  bytes: number = 0;

  /** @param query Of the transaction of the prune; null to count alone. */
  constructor(query: Query | null, after: RowPlace, at: number) {
    this.#query = query;
    this.#after = after;
    this.#at = at;
    this.#ordinal = after.ordinal;
  }

  /** Throws as `Database.query`. */
  async add(sum: UsageRolledUp): Promise<void> {
    const json = encodeEvent(sum);
    this.#lines.push({ id: sum.id, occurredAt: sum.occurredAt, json });
    this.bytes += Buffer.byteLength(json);
    if (this.#lines.length >= SUMS_PER_STATEMENT) await this.finish();
  }

  /** Writes what is left. */
  async finish(): Promise<void> {
    if (this.#lines.length === 0) return;
    const { era, transaction } = this.#after;
    await this.#query?.(INSERT, [...rowParameters(this.#lines), this.#ordinal, era, transaction, this.#at]);
    this.#ordinal += this.#lines.length;
    this.#lines = [];
  }
}
