import { v7 } from "uuid";
import type { OpenLedgerOptions, SharedLedger } from "./open-ledger-options.ts";
import { systemNow } from "./store/file/processes.ts";
import { connect } from "./store/postgres/database.ts";
import { migrate, type Migration } from "./store/postgres/migrate.ts";
import { parsePostgresUrl } from "./store/postgres/postgres-url.ts";

/**
 * Makes the tables of a ledger in a database, or brings them up to date; see `migrate`.
 *
 * @throws LedgerUnavailableError, InvalidSettingError
 */
export async function migrateLedger(
  { url, loadPg }: Pick<SharedLedger, "url" | "loadPg">,
  { newUuid = v7, now = systemNow }: Pick<OpenLedgerOptions, "newUuid" | "now"> = {},
): Promise<Migration> {
  const connected = await connect(parsePostgresUrl(url), loadPg === undefined ? {} : { loadPg });
  const database = connected.needing("owner");
  try {
    return await migrate(database, { newUuid, now });
  } finally {
    await database.end();
  }
}
