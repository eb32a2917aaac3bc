import { LedgerChangedError } from "../../errors.ts";
import type { Database, Query } from "./database.ts";
import { NEWEST_PRUNE, nameOfPrune, type Horizon } from "./horizon.ts";
import type { RowPlace } from "./row-place.ts";

/** A line of the database, and where it stands. */
export interface EventRow {
  readonly place: RowPlace;
  /** When its transaction began, in milliseconds since 1970, by the server's clock. */
  readonly recordedAt: number;
  readonly json: string;
}

/** So many rows are measured before they are fetched. */
const ROWS_MEASURED = 4000;
/** A page has no more bytes, unless a single row has. */
const PAGE_BYTES = 524_288;
/** So many a transaction reads, some seconds: who prunes waits for it, and a standby gives it up after 30 s. */
const PAGES_IN_TRANSACTION = 128;

/**
 * The planner takes sorting all rows that are left for as good as following the index, where it knows little of a table:
 * the first rows would then cost as much as everything.
 */
const FOLLOW_INDEX = "set local enable_sort = off; set local enable_bitmapscan = off; set local enable_seqscan = off";
const PRUNE = `select ${NEWEST_PRUNE}`;

/** Read to its end once, where a statement for each page would be planned and begun anew. */
const cursorOf = (name: string, columns: string): string => `declare ${name} no scroll cursor for
  select ${columns} from farthing.event
  where (era, transaction, ordinal) > ($1::smallint, $2::xid8, $3::integer)
    and (era, transaction) < ($4::smallint, $5::xid8)
  order by era, transaction, ordinal`;
/** The bytes of the same rows are known before they are asked for: the server tells them without reading long lines. */
const SIZES = cursorOf("sizes_after", "octet_length(line)");
const ROWS = cursorOf(
  "rows_after",
  "era, transaction, ordinal, (extract(epoch from recorded_at) * 1000)::bigint, line",
);

/** What is done with rows that follow each other, of which there is at least one; whether more are wanted. */
export type TakeRows = (rows: readonly EventRow[]) => Promise<boolean>;

/**
 * Hands over the rows after a place, in the database's order, in pages, until no more are wanted. Each page has been taken
 * before the next one is handed over, and a transaction of the server is open meanwhile.
 *
 * @throws LedgerChangedError where the ledger was pruned after the horizon was read: what comes are then sums of rows that may
 *   have been handed over.
 * @throws LedgerUnavailableError, LedgerNotFoundError, and what `take` throws
 */
export async function readRows(
  { name, inTransaction }: Pick<Database, "name" | "inTransaction">,
  after: RowPlace,
  horizon: Horizon,
  take: TakeRows,
): Promise<void> {
  let from: RowPlace | null = after;
  while (from !== null) {
    const start: RowPlace = from;
    from = await inTransaction((query) => readAwhile(query, name, start, horizon, take));
  }
}

/** A batch has not many more bytes, unless a single row has. */
const BATCH_BYTES = 4_194_304;

/** Yields them in batches. No transaction is open while one is worked on, however long that takes. Throws as `readRows`. */
export async function* rowBatches(
  database: Pick<Database, "name" | "inTransaction">,
  after: RowPlace,
  horizon: Horizon,
  limit: number,
): AsyncGenerator<readonly EventRow[], void> {
  let left = limit;
  let coming: Promise<Batch> | null = readBatch(database, after, horizon, left);
  while (coming !== null) {
    const { rows, isLast }: Batch = await coming;
    const last: EventRow | undefined = rows.at(-1);
    if (last === undefined) return;
    left -= rows.length;
    // The next one is on its way meanwhile.
    coming = isLast || left <= 0 ? null : readBatch(database, last.place, horizon, left);
    coming?.catch(() => undefined);
    yield rows;
  }
}

interface Batch {
  readonly rows: readonly EventRow[];
  readonly isLast: boolean;
}

async function readBatch(
  database: Pick<Database, "name" | "inTransaction">,
  after: RowPlace,
  horizon: Horizon,
  limit: number,
): Promise<Batch> {
  const rows: EventRow[] = [];
  let bytes = 0;
  let isLast = true;
  await readRows(database, after, horizon, async (page) => {
    for (const row of page) {
      bytes += row.json.length;
      rows.push(row);
    }
    isLast = bytes < BATCH_BYTES && rows.length < limit;
    return isLast;
  });
  return { rows, isLast };
}

/** Where to read on in another transaction; null where that is not needed. */
async function readAwhile(
  query: Query,
  name: string,
  { era, transaction, ordinal }: RowPlace,
  horizon: Horizon,
  take: TakeRows,
): Promise<RowPlace | null> {
  await query(FOLLOW_INDEX);
  const values = [era, transaction, ordinal, horizon.era, horizon.transaction];
  await query(SIZES, values);
  await query(ROWS, values);
  // Asked after them: without a prune until now, both tell of the same rows, whatever happens from here on.
  const [[prune] = []] = (await query(PRUNE)).rows;
  if (nameOfPrune(prune) !== horizon.prune) throw new LedgerChangedError(`${name} was pruned meanwhile`);
  const end = await takePages(fetchPages(query), take);
  await query("close all");
  return end;
}

/** Where to read on; null where there are no more, or no more are wanted. */
async function takePages(
  pages: AsyncGenerator<readonly EventRow[], undefined>,
  take: TakeRows,
): Promise<RowPlace | null> {
  let coming = pages.next();
  for (let taken = 1; ; taken += 1) {
    const page = await coming;
    const last = page.value?.at(-1);
    if (page.done === true || last === undefined) return null;
    const goesOn = taken < PAGES_IN_TRANSACTION;
    // The next page is on its way while this one is taken.
    if (goesOn) coming = pages.next();
    coming.catch(() => undefined);
    if (!(await take(page.value))) return null;
    if (!goesOn) return last.place;
  }
}

async function* fetchPages(query: Query): AsyncGenerator<readonly EventRow[], undefined> {
  for (;;) {
    const { rows: measured } = await query(`fetch ${String(ROWS_MEASURED)} from sizes_after`);
    for (const count of countsOf(measured.map(([size]) => Number(size)))) {
      yield (await query(`fetch ${String(count)} from rows_after`)).rows.map(rowOf);
    }
    if (measured.length < ROWS_MEASURED) return;
  }
}

/** Into pages of how many rows some are divided that have these bytes. */
function countsOf(sizes: readonly number[]): readonly number[] {
  const counts: number[] = [];
  let [count, bytes] = [0, 0];
  for (const size of sizes) {
    if (count > 0 && bytes + size > PAGE_BYTES) {
      counts.push(count);
      [count, bytes] = [0, 0];
    }
    count += 1;
    bytes += size;
  }
  return count > 0 ? [...counts, count] : counts;
}

function rowOf([era, transaction, ordinal, recordedAt, line]: readonly unknown[]): EventRow {
  const place = { era: Number(era), transaction: String(transaction), ordinal: Number(ordinal) };
  return { place, recordedAt: Number(recordedAt), json: String(line) };
}
