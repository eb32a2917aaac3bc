import { LedgerChangedError, LedgerFormatError, LedgerUnavailableError } from "../../errors.ts";
import type { Answer, Database, Query } from "./database.ts";
import { digestOf } from "./event-rows.ts";
import { NEWEST_PRUNE, nameOfPrune, type Horizon } from "./horizon.ts";
import type { RowPlace } from "./row-place.ts";

/** A line of the database, and where it stands. */
export interface EventRow {
  readonly place: RowPlace;
  /** When its transaction began, in milliseconds since 1970, by the server's clock. */
  readonly recordedAt: number;
  readonly json: string;
  /** First half of the SHA-256 of the line, in hexadecimal digits. */
  readonly digest: string;
}

/** A page has about as many bytes, and never more than twice as many, unless a single row has. */
const PAGE_BYTES = 262_144;
/** So many are asked for before they are wanted: the server reads one while another is taken apart, and a third is taken. */
const PAGES_AHEAD = 2;
/** Longer lines are asked for one by one: how many rows to fetch follows from how long those before them were. */
const LONG_BYTES = 32_768;
const FIRST_ROWS = 200;
const ROWS_MAX = 500;

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
const ROWS = `declare rows_after no scroll cursor for
  select era, transaction, ordinal, (extract(epoch from recorded_at) * 1000)::bigint,
    case when octet_length(line) <= ${String(LONG_BYTES)} then line end, month, digest
  from farthing.event
  where (era, transaction, ordinal) > ($1::smallint, $2::xid8, $3::integer)
    and (era, transaction) < ($4::smallint, $5::xid8)
  order by era, transaction, ordinal`;
const LONG_LINE = `select line from farthing.event
  where month = $1 and (era, transaction, ordinal) = ($2::smallint, $3::xid8, $4::integer)`;
const CLOSE = "close rows_after";

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
 * @throws LedgerFormatError for a row that was changed after it was recorded: no figure is told without it.
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
    await query(ROWS, values);
    // Asked after it: without a prune until now, it tells of what was there before one, whatever happens from here on.
    const [[prune] = []] = (await query(PRUNE)).rows;
    if (nameOfPrune(prune) !== horizon.prune) throw wasPruned(name);
    const next = await takePages(fetchPages({ name, query: oneByOne(query) }, pages, limit), take);
    // The transaction can be one in which more is done.
    await query(CLOSE);
    return next;
  });
}

function wasPruned(name: string): LedgerChangedError {
  return new LedgerChangedError(`${name} was pruned meanwhile`);
}

function isBehind(name: string): LedgerUnavailableError {
  const why = "the server that answers now is behind the one that answered a moment ago";
  return new LedgerUnavailableError(name, `${why}; ask again, or by a URL behind which there is one server`);
}

/** Where to read on; null where there are no more. */
async function takePages(
  pages: AsyncGenerator<readonly EventRow[], boolean>,
  take: (rows: readonly EventRow[]) => Promise<void>,
): Promise<RowPlace | null> {
  let last: RowPlace | null = null;
  for (let coming = pages.next(); ;) {
    const page = await coming;
    if (page.done === true) return page.value ? null : last;
    // The next page is on its way while this one is taken.
    coming = pages.next();
    coming.catch(() => undefined);
    await take(page.value);
    last = page.value.at(-1)?.place ?? last;
  }
}

/** Sends a statement when those before it are answered, as a connection has it. */
function oneByOne(query: Query): Query {
  let before: Promise<unknown> = Promise.resolve();
  return (...statement) => {
    const answer = before.then(() => query(...statement));
    before = answer.catch(() => undefined);
    return answer;
  };
}

interface AskedRows {
  readonly asked: number;
  readonly answer: Promise<Answer>;
}

/**
 * Yields what so many fetches bring, each in a page, or in several where its rows turn out to be longer than those before.
 * Returns whether nothing is left of what is wanted.
 */
async function* fetchPages(
  database: Pick<Database, "name" | "query">,
  fetches: number,
  limit: number,
): AsyncGenerator<readonly EventRow[], boolean> {
  let [count, left, unasked] = [FIRST_ROWS, limit, fetches];
  const ahead: AskedRows[] = [];
  const ask = (): void => {
    if (left <= 0 || unasked <= 0) return;
    const asked = Math.min(left, count);
    [left, unasked] = [left - asked, unasked - 1];
    const answer = database.query(`fetch ${String(asked)} from rows_after`);
    // Nobody waits for it any more where one before it fails.
    answer.catch(() => undefined);
    ahead.push({ asked, answer });
  };
  for (;;) {
    for (let each = ahead.length; each < PAGES_AHEAD; each += 1) ask();
    const next = ahead.shift();
    if (next === undefined) return left <= 0;
    const { rows } = await next.answer;
    let page: EventRow[] = [];
    let [bytes, fetchedBytes] = [0, 1];
    for (const row of rows) {
      const fetched = row[4];
      const line = typeof fetched === "string" ? fetched : await longLine(database, row);
      if (line === fetched) fetchedBytes += line.length;
      if (page.length > 0 && bytes + line.length > 2 * PAGE_BYTES) {
        yield page;
        [page, bytes] = [[], 0];
      }
      page.push(rowOf(database.name, row, line));
      bytes += line.length;
    }
    if (page.length > 0) yield page;
    if (rows.length < next.asked) {
      await Promise.all(ahead.map(({ answer }) => answer));
      return true;
    }
    count = Math.max(1, Math.min(ROWS_MAX, 2 * next.asked, Math.round((PAGE_BYTES * rows.length) / fetchedBytes)));
  }
}

async function longLine(
  { name, query }: Pick<Database, "name" | "query">,
  [era, transaction, ordinal, , , month]: readonly unknown[],
): Promise<string> {
  const [[line] = []] = (await query(LONG_LINE, [month, era, transaction, ordinal])).rows;
  // It was there when the cursor was declared.
  if (typeof line !== "string") throw wasPruned(name);
  return line;
}

/** @throws LedgerFormatError for a line that is not the one its digest was made of. */
function rowOf(
  name: string,
  [era, transaction, ordinal, recordedAt, , month, digestThere]: readonly unknown[],
  json: string,
): EventRow {
  const digest = digestOf(json);
  if (digest !== String(digestThere).replaceAll("-", "")) throw wasChanged(name, String(month), String(digestThere));
  const place = { era: Number(era), transaction: String(transaction), ordinal: Number(ordinal) };
  return { place, recordedAt: Number(recordedAt), json, digest };
}

function wasChanged(name: string, month: string, digest: string): LedgerFormatError {
  const what = `holds a row that is not what was recorded: its line does not match its digest, so that one of them was changed`;
  const row = `where month = ${month} and digest = '${digest}'`;
  const remedy = `its owner can look (select * from farthing.event ${row}), take it out (delete from farthing.event ${row}) and have it sent again by the host that recorded it, or restore a copy`;
  return new LedgerFormatError(name, `${what}; ${remedy}`);
}
