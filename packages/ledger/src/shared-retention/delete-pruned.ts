import { LedgerUnavailableError } from "../errors.ts";
import { idHash } from "../events/id-hash.ts";
import type { DroppedLine } from "../retention/dropped-lines.ts";
import { eventBytes } from "../store/file/event-bytes.ts";
import { PrunedIdsBuilder, prunedIdDigest } from "../store/file/pruned-ids.ts";
import type { Query } from "../store/postgres/database.ts";
import { digestOf, monthOf } from "../store/postgres/event-rows.ts";
import { NO_MONTH } from "./drop-partitions.ts";

const ROWS_PER_STATEMENT = 5000;

const DELETE = `delete from farthing.event e using unnest($1::bigint[], $2::uuid[]) as gone (id_hash, digest)
  where e.month in ($3, ${String(NO_MONTH)}) and e.id_hash = gone.id_hash and e.digest = gone.digest`;
const REMEMBER = `insert into farthing.pruned_id (id_hash, id_digest, prune)
  select id_hash, id_digest, $3 from unnest($1::bigint[], $2::uuid[]) as known (id_hash, id_digest)`;

/** Rows that are known by a hash and a digest, as the parameters of a statement. */
class Keys {
  #hashes: number[] = [];
  #digests: string[] = [];

  add(hash: number, digest: string): void {
    this.#hashes.push(hash);
    this.#digests.push(digest);
  }

  get count(): number {
    return this.#hashes.length;
  }

  take(): readonly [hashes: string, digests: string] {
    const [hashes, digests] = [this.#hashes, this.#digests].map((each) => each.splice(-ROWS_PER_STATEMENT));
    return [`{${(hashes ?? []).join(",")}}`, `{${(digests ?? []).join(",")}}`];
  }
}

/** Takes rows out of a database in which their ids are then remembered. */
export class PrunedRows {
  readonly #query: Query | null;
  /** Number of the prune. */
  readonly #prune: number;
  /** The copy that the rows are known from. */
  readonly #path: string;
  readonly #keys = new Map<string, Keys>();
  readonly #ids = new Keys();
  #isAny = false;
  #deleted = 0;
  readonly ids: PrunedIdsBuilder = new PrunedIdsBuilder();
  /** How many rows went, and how many bytes they had. */
  rows: number = 0;
  bytes: number = 0;
  /** How many rows of each month went, by months such as `202611`. */
  readonly byMonth: Map<string, number> = new Map();

  /** @param query Of the transaction of the prune; null to count alone. */
  constructor(query: Query | null, prune: number, path: string) {
    this.#query = query;
    this.#prune = prune;
    this.#path = path;
  }

  /** Takes out the row that a line of the copy was made from. Throws as `Database.query`. */
  async delete(line: DroppedLine): Promise<void> {
    this.#isAny = true;
    await this.deleteToo(line);
  }

  /** As `delete`, where any row is deleted: else nothing is done. */
  async deleteToo({ event: { id, occurredAt }, body }: DroppedLine): Promise<void> {
    const json = eventBytes(body);
    const month = monthOf(occurredAt);
    const keys = this.#keys.get(month) ?? new Keys();
    this.#keys.set(month, keys);
    keys.add(idHash(id), digestOf(json));
    this.rows += 1;
    this.byMonth.set(month, (this.byMonth.get(month) ?? 0) + 1);
    this.bytes += json.length;
    if (this.#isAny && keys.count >= ROWS_PER_STATEMENT) await this.#delete(month, keys);
  }

  /** An id of which everything is in a sum. */
  async remember(id: string): Promise<void> {
    this.ids.add(id);
    this.#ids.add(idHash(id), prunedIdDigest(id).toString("hex"));
    if (this.#ids.count >= ROWS_PER_STATEMENT) await this.#remember();
  }

  /**
   * Does what is left to do.
   *
   * @throws LedgerUnavailableError where the database did not hold each row, and whatever `Database.query` throws.
   */
  async finish(): Promise<void> {
    for (const [month, keys] of this.#keys) while (keys.count > 0) await this.#delete(month, keys);
    while (this.#ids.count > 0) await this.#remember();
    if (this.#query === null || this.#deleted === this.rows) return;
    const lines = `it holds ${String(this.rows)} lines of what is to go, and the database ${String(this.#deleted)}`;
    const why = `${lines}, so that no sum of it can be relied on`;
    throw new LedgerUnavailableError(this.#path, `${why}; delete the folder: it is made again from the database`);
  }

  async #delete(month: string, keys: Keys): Promise<void> {
    const parameters = keys.take();
    if (this.#query !== null) this.#deleted += (await this.#query(DELETE, [...parameters, month])).count;
  }

  async #remember(): Promise<void> {
    await this.#query?.(REMEMBER, [...this.#ids.take(), this.#prune]);
  }
}
