import { LedgerChangedError, LedgerFormatError, LedgerNotFoundError } from "../../errors.ts";
import type { Database } from "./database.ts";
import { IS_COPY } from "./migrate.ts";
import { SCHEMA_VERSION } from "./migrations/migrations.ts";
import type { RowPlace } from "./row-place.ts";

/** A line of the database, and where it stands. */
export interface EventRow {
  readonly place: RowPlace;
  /** When its transaction began, in milliseconds since 1970, by the server's clock. */
  readonly recordedAt: number;
  readonly json: string;
}

/**
 * Up to where rows may be read: below every transaction that is still running.
 *
 * A transaction that began earlier can be committed later. Who read on from the newest row there is would never see what
 * it wrote.
 */
export interface Horizon {
  readonly era: number;
  /** Rows of it and of later ones are left for another time. */
  readonly transaction: string;
  /** How many prunes there were, and the name of the newest; empty before the first. */
  readonly prunes: number;
  readonly prune: string;
}

/** Name of the newest prune; of none before the first. */
const NEWEST_PRUNE = "(select id from farthing.prune order by number desc limit 1)";

/** @throws LedgerFormatError, LedgerNotFoundError, LedgerUnavailableError */
export async function readHorizon({ name, query }: Pick<Database, "name" | "query">): Promise<Horizon> {
  const { rows } = await query(
    `select (select max(version) from farthing.migration), (select max(number) from farthing.era),
      pg_snapshot_xmin(pg_current_snapshot()), ${IS_COPY},
      (select max(number) from farthing.prune), ${NEWEST_PRUNE}`,
  );
  const [version, era, transaction, isCopy, prunes, prune] = rows[0] ?? [];
  refuseVersion(name, Number(version));
  if (isCopy === true) throw copied(name);
  const pruned = { prunes: Number(prunes ?? 0), prune: nameOfPrune(prune) };
  return { era: Number(era), transaction: String(transaction), ...pruned };
}

/** What to throw where the tables are another server's, restored here. */
export function copied(name: string): LedgerFormatError {
  const why = "is a copy of another database, in which the numbers of transactions began anew";
  return new LedgerFormatError(name, `${why}; whoever owns it makes it usable: farthing migrate --ledger URL`);
}

/** @throws LedgerFormatError for tables of a newer release; LedgerNotFoundError for those of an older one. */
export function refuseVersion(name: string, version: number): void {
  const versions = `its tables are version ${String(version)}, this release reads ${String(SCHEMA_VERSION)}`;
  if (version > SCHEMA_VERSION) {
    throw new LedgerFormatError(name, `was made by a newer release: ${versions}; update farthing`);
  }
  if (version < SCHEMA_VERSION) {
    throw new LedgerNotFoundError(name, `${versions}; bring it up to date: farthing migrate --ledger URL`);
  }
}

/**
 * Rows after a place, fewer where they are large; `bytes` is how many their lines have, with those before them. The prune
 * is the newest that the statement sees: sums of a later one than the horizon's have the number of an old transaction.
 */
const ROWS_AFTER = `select era, transaction, ordinal, (extract(epoch from recorded_at) * 1000)::bigint, line, bytes,
    ${NEWEST_PRUNE}
  from (
    select page.*, sum(octet_length(line)) over (order by era, transaction, ordinal) as bytes
    from (
      select era, transaction, ordinal, recorded_at, line from farthing.event
      where (era, transaction, ordinal) > ($1::smallint, $2::xid8, $3::integer)
        and (era, transaction) < ($4::smallint, $5::xid8)
      order by era, transaction, ordinal limit $6
    ) page
  ) measured
  where bytes - octet_length(line) < $7 order by era, transaction, ordinal`;

/**
 * The planner takes sorting all rows that are left for as good as following the index, where it knows little of a table:
 * each page would then cost as much as everything.
 */
const FOLLOW_INDEX = "set local enable_sort = off; set local enable_bitmapscan = off; set local enable_seqscan = off";

/** So many rows are asked for first, then as many as this many bytes may be expected in; no page has many more bytes. */
const FIRST_ROWS = 2000;
const ROWS_MAX = 5000;
const PAGE_BYTES = 8_388_608;

/** Rows that follow each other. */
interface Page {
  readonly rows: readonly EventRow[];
  /** Name of the newest prune that it was read after; null where there are no rows. */
  readonly prune: string | null;
  /** Whether there may be more after them. */
  readonly hasMore: boolean;
}

/**
 * Yields the rows after a place, in the database's order, in pages; none of them empty.
 *
 * @throws LedgerChangedError where the ledger was pruned after the horizon was read: what comes are then sums of rows that may
 *   have been yielded.
 * @throws LedgerUnavailableError, LedgerNotFoundError
 */
export async function* readRows(
  { name, inTransaction }: Pick<Database, "name" | "inTransaction">,
  after: RowPlace,
  { era, transaction, prune: newest }: Horizon,
  limit: number = Infinity,
): AsyncGenerator<readonly EventRow[], void> {
  const ask = (from: RowPlace, count: number): Promise<Page> =>
    inTransaction(async (query) => {
      await query(FOLLOW_INDEX);
      const values = [from.era, from.transaction, from.ordinal, era, transaction, count, PAGE_BYTES];
      const { rows } = await query(ROWS_AFTER, values);
      const isCut = rows.length === count || Number(rows.at(-1)?.[5] ?? 0) >= PAGE_BYTES;
      const first = rows[0];
      return { rows: rows.map(rowOf), prune: first === undefined ? null : nameOfPrune(first[6]), hasMore: isCut };
    });
  let left = limit;
  let next = left > 0 ? ask(after, Math.min(left, FIRST_ROWS)) : null;
  while (next !== null) {
    const { rows, prune, hasMore } = await next;
    const last = rows.at(-1);
    if (last === undefined) return;
    if (prune !== newest) throw new LedgerChangedError(`${name} was pruned meanwhile`);
    left -= rows.length;
    const bytes = rows.reduce((sum, { json }) => sum + json.length, 0);
    const count = Math.min(left, ROWS_MAX, Math.max(1, Math.round((PAGE_BYTES * rows.length) / bytes)));
    // The next page is on its way while whoever asked does something with this one.
    next = hasMore && count > 0 ? ask(last.place, count) : null;
    next?.catch(() => undefined);
    yield rows;
  }
}

function nameOfPrune(id: unknown): string {
  return typeof id === "string" ? id : "";
}

function rowOf([era, transaction, ordinal, recordedAt, line]: readonly unknown[]): EventRow {
  const place = { era: Number(era), transaction: String(transaction), ordinal: Number(ordinal) };
  return { place, recordedAt: Number(recordedAt), json: String(line) };
}
