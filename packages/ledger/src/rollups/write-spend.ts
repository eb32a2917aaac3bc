import { formatUsd } from "../money/money.ts";
import type { SpendRow } from "../projections/spend.ts";
import type { Database } from "../store/postgres/database.ts";
import type { RowPlace } from "../store/postgres/row-place.ts";
import { shownText } from "../store/postgres/shown-text.ts";
import { shownTime } from "../store/postgres/shown-time.ts";

/** What was spent by day (UTC), model and workload. */
export interface SpendToWrite {
  readonly rows: readonly SpendRow[];
  /** The newest row that is counted. */
  readonly place: RowPlace;
  /** Hash of the prices. */
  readonly priceBook: string;
  readonly farthing: string;
}

export interface SpendWritten {
  /**
   * `unchanged`: the newest roll-up was as of the same row, at the same prices and of the same release. `behind`: another
   * one, meanwhile, was as of a later row.
   */
  readonly outcome: "rolled-up" | "unchanged" | "behind";
  /** Days, models and workloads together of which the database said something else. */
  readonly changes: number;
}

/** One roll-up of a database at a time: the letters of "spend" as a number. */
const LOCK = "495806934628";

const NEWEST = `select (era, transaction, ordinal) > ($1::smallint, $2::xid8, $3::integer),
    (era, transaction, ordinal, price_book, farthing) = ($1::smallint, $2::xid8, $3::integer, $4, $5)
  from farthing.roll_up order by number desc limit 1`;

const TEXTS = ["day", "model", "workload"];
const COUNTS = [
  "requests",
  "unpriced_requests",
  "uncached_input",
  "cache_write_5m",
  "cache_write_1h",
  "cache_read",
  "output_tokens",
  "thinking_tokens",
];
const AMOUNTS = [...COUNTS, "usd"];

/** Adds what was spent, less what the database says, under the same prices, was spent. */
const ADD_DIFFERENCE = `with made as (
  insert into farthing.roll_up (era, transaction, ordinal, price_book, farthing) values ($1, $2, $3, $4, $5) returning number
),
said as (
  select ${TEXTS.join(", ")}, ${AMOUNTS.join(", ")}
  from json_to_recordset($6::json) as spent (day date, model text, workload text,
    ${COUNTS.map((count) => `${count} bigint`).join(", ")}, usd numeric)
  union all
  select ${TEXTS.join(", ")}, ${AMOUNTS.map((amount) => `-${amount}`).join(", ")}
  from farthing.spend_delta join farthing.roll_up on number = roll_up where price_book = $4
)
insert into farthing.spend_delta (roll_up, ${TEXTS.join(", ")}, ${AMOUNTS.join(", ")})
select number, ${TEXTS.join(", ")}, ${AMOUNTS.map((amount) => `sum(${amount})`).join(", ")}
from made, said group by number, ${TEXTS.join(", ")}
having (${AMOUNTS.map((amount) => `sum(${amount})`).join(", ")}) <> (${AMOUNTS.map(() => "0").join(", ")})`;

/**
 * Makes `farthing.spend` say what was spent, in one transaction; where it says so of a later row, nothing is done.
 *
 * @throws LedgerUnavailableError, LedgerNotFoundError
 */
export async function writeSpend(
  database: Pick<Database, "inTransaction">,
  { rows, place, priceBook, farthing }: SpendToWrite,
): Promise<SpendWritten> {
  return database.inTransaction(async (query) => {
    await query(`select pg_advisory_xact_lock(${LOCK})`);
    const key = [place.era, place.transaction, place.ordinal, priceBook, farthing];
    const [[isBehind, isSame] = []] = (await query(NEWEST, key)).rows;
    if (isBehind === true) return { outcome: "behind", changes: 0 };
    if (isSame === true) return { outcome: "unchanged", changes: 0 };
    const { count } = await query(ADD_DIFFERENCE, [...key, JSON.stringify(rows.map(toRow))]);
    return { outcome: "rolled-up", changes: count };
  });
}

function toRow({ by, usd, requests, unpricedRequests, tokens }: SpendRow): Readonly<Record<string, unknown>> {
  return {
    day: shownTime(by["day"] ?? ""),
    model: shownText(by["model"] ?? null),
    workload: shownText(by["workload"] ?? null),
    requests,
    unpriced_requests: unpricedRequests,
    uncached_input: tokens.uncachedInput,
    cache_write_5m: tokens.cacheWrite5m,
    cache_write_1h: tokens.cacheWrite1h,
    cache_read: tokens.cacheRead,
    output_tokens: tokens.output,
    thinking_tokens: tokens.thinking,
    usd: formatUsd(usd),
  };
}
