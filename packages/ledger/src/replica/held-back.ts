import type { SharedLedger } from "../open-ledger-options.ts";
import { connect, type Database } from "../store/postgres/database.ts";
import { parsePostgresUrl } from "../store/postgres/postgres-url.ts";
import { readHorizon } from "../store/postgres/horizon.ts";

/** Looking for rows takes a plan of all partitions, and without an open transaction there are none to find. */
const IS_QUIET = "select pg_snapshot_xmin(now) = pg_snapshot_xmax(now) from pg_current_snapshot() as snapshot(now)";
const OLDEST = `select extract(epoch from now() - recorded_at) * 1000 from farthing.event
  where (era, transaction) >= ($1::smallint, $2::xid8) order by era, transaction, ordinal limit 1`;

/**
 * How long ago the oldest event was recorded that nobody is shown yet, in milliseconds by the server's clock; null where
 * there is none. Events wait so as long as a transaction that wrote something before them is open, in any database of the
 * server. Needs the rights of `farthing_reader`.
 *
 * @throws LedgerNotFoundError, LedgerFormatError, LedgerUnavailableError, InvalidSettingError
 */
export async function heldBackFor({ url, loadPg }: SharedLedger): Promise<number | null> {
  const connected = await connect(parsePostgresUrl(url), loadPg === undefined ? {} : { loadPg });
  const database = connected.needing("farthing_reader");
  try {
    return await heldBackIn(database);
  } finally {
    await database.end();
  }
}

/** As `heldBackFor`, of a database that is connected. */
export async function heldBackIn(database: Pick<Database, "name" | "query">): Promise<number | null> {
  if ((await database.query(IS_QUIET)).rows[0]?.[0] === true) return null;
  const { era, transaction } = await readHorizon(database);
  const { rows } = await database.query(OLDEST, [era, transaction]);
  const since = rows[0]?.[0];
  return since === undefined ? null : Math.max(0, Math.round(Number(since)));
}
