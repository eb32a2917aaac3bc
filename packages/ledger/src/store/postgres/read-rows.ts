import { LedgerChangedError, LedgerUnavailableError } from "../../errors.ts";
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
const ROWS_MEASURED = 16_000;
/** A page has no more bytes, unless a single row has. */
const PAGE_BYTES = 524_288;

/**
 * The planner takes sorting all rows that are left for as good as following the index, where it knows little of a table:
 * the first rows would then cost as much as everything. And whoever falls asleep amid a page keeps nobody from pruning.
 *
 * The answer is whether this server is as far as the one that told the horizon: behind one address there can be several.
 */
const BEGIN = `select set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true),
    set_config('enable_seqscan', 'off', true), set_config('idle_in_transaction_session_timeout', '60s', true),
    pg_snapshot_xmin(pg_current_snapshot()) >= $2::xid8 and (select max(number) from farthing.era) = $1`;
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
const CLOSE = "close sizes_after; close rows_after";

export interface RowsAsked {
  /** After this place. */
  readonly after: RowPlace;
  readonly horizon: Horizon;
  /** No more pages than this: who prunes waits for the transaction, and a standby gives it up after 30 s. */
  readonly pages: number;
  /** No more rows than this. */
  readonly limit?: number;
}

/**
 * Hands over the rows after a place, in the database's order, in pages, none of them empty. Each has been taken before the
 * next one is handed over. All are read in one transaction, which stays open while they are taken.
 *
 * @returns Where to read on; null where there are no more, or no more are wanted.
 * @throws LedgerChangedError where the ledger was pruned after the horizon was read: what comes are then sums of rows that may
 *   have been handed over.
 * @throws LedgerUnavailableError, LedgerNotFoundError, and what `take` throws
 */
export async function readRows(
  { name, inTransaction }: Pick<Database, "name" | "inTransaction">,
  { after, horizon, pages, limit = Infinity }: RowsAsked,
  take: (rows: readonly EventRow[]) => Promise<void>,
): Promise<RowPlace | null> {
  return inTransaction(async (query) => {
    const [begun = []] = (await query(BEGIN, [horizon.era, horizon.transaction])).rows;
    if (begun.at(-1) !== true) throw isBehind(name);
    const values = [after.era, after.transaction, after.ordinal, horizon.era, horizon.transaction];
    await query(SIZES, values);
    await query(ROWS, values);
    // Asked after them: without a prune until now, both tell of the same rows, whatever happens from here on.
    const [[prune] = []] = (await query(PRUNE)).rows;
    if (nameOfPrune(prune) !== horizon.prune) throw new LedgerChangedError(`${name} was pruned meanwhile`);
    const next = await takePages(fetchPages(query, limit), pages, take);
    // The transaction can be one in which more is done.
    await query(CLOSE);
    return next;
  });
}

function isBehind(name: string): LedgerUnavailableError {
  const why = "the server that answers now is behind the one that answered a moment ago";
  return new LedgerUnavailableError(name, `${why}; ask again, or by a URL behind which there is one server`);
}

/** Where to read on; null where there are no more. */
async function takePages(
  pages: AsyncGenerator<readonly EventRow[], undefined>,
  count: number,
  take: (rows: readonly EventRow[]) => Promise<void>,
): Promise<RowPlace | null> {
  let coming = pages.next();
  for (let taken = 1; ; taken += 1) {
    const page = await coming;
    const last = page.value?.at(-1);
    if (page.done === true || last === undefined) return null;
    // The next page is on its way while this one is taken.
    if (taken < count) coming = pages.next();
    coming.catch(() => undefined);
    await take(page.value);
    if (taken === count) return last.place;
  }
}

async function* fetchPages(query: Query, limit: number): AsyncGenerator<readonly EventRow[], undefined> {
  for (let left = limit; left > 0; left -= ROWS_MEASURED) {
    const asked = Math.min(left, ROWS_MEASURED);
    const { rows: measured } = await query(`fetch ${String(asked)} from sizes_after`);
    for (const count of countsOf(measured.map(([size]) => Number(size)))) {
      yield (await query(`fetch ${String(count)} from rows_after`)).rows.map(rowOf);
    }
    if (measured.length < asked) return;
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
