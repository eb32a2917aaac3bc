import { v7 } from "uuid";
import { DatabaseLedger } from "./database-ledger.ts";
import { LedgerUnavailableError } from "./errors.ts";
import type { Ledger } from "./ledger-api.ts";
import { LocalCopy } from "./local-copy.ts";
import type { OpenLedgerOptions, SharedLedger } from "./open-ledger-options.ts";
import { openSharedOutbox } from "./open-shared-outbox.ts";
import { Joining } from "./outbox/joining.ts";
import { systemNow } from "./store/file/processes.ts";
import { userFolders } from "./store/file/user-folders.ts";
import { connect, type Database } from "./store/postgres/database.ts";
import { joinLedger, type JoinedLedger } from "./store/postgres/joined-ledger.ts";
import { migrate } from "./store/postgres/migrate.ts";
import { parsePostgresUrl } from "./store/postgres/postgres-url.ts";

/**
 * Opens a ledger in a database, whose user must have the rights of `farthing_reader` and, to write, `farthing_writer`;
 * `create` makes its tables, or brings them up to date, where the user may.
 *
 * To write, the database need not be there: one that does not answer is waited for for two seconds at most, and is joined
 * when it does; a copy is made when something is asked. One that answers and refuses is told of at once.
 *
 * @throws LedgerNotFoundError, LedgerFormatError, LedgerUnavailableError, InvalidKeyError, InvalidSettingError
 */
export async function openSharedLedger(shared: SharedLedger, options: OpenLedgerOptions): Promise<Ledger> {
  const url = parsePostgresUrl(shared.url);
  const connected = await connect(url, shared.loadPg === undefined ? {} : { loadPg: shared.loadPg });
  const toWrite = ["farthing_writer", "farthing_reader"] as const;
  const database = connected.needing(...(options.mode === "read" ? (["farthing_reader"] as const) : toWrite));
  try {
    const make = options.create === true ? (): Promise<JoinedLedger> => makeAndJoin(database, options) : null;
    const joining = new Joining({ name: database.name, ask: () => joinLedger(database), make });
    const { cache } = userFolders();
    const copy = new LocalCopy({ database, joining, path: shared.replica ?? null, cache, options });
    if (options.mode === "read") {
      await copy.open((await joining.join()).id);
      return new DatabaseLedger({ database, joining, copy, outbox: null, others: null });
    }
    const joined = await (shared.mustAnswer === true ? joining.join() : joining.joinSoon());
    if (joined?.mayInsert === false) throw readsOnly(database.name);
    const outboxes = await openSharedOutbox({ database, joining, shared, options }, joined);
    // One that answered has said that its user may insert.
    const denied = joined === null ? database : database.needing("farthing_reader");
    return new DatabaseLedger({ database: denied, joining, copy, ...outboxes });
  } catch (error) {
    await database.end();
    throw error;
  }
}

function readsOnly(name: string): LedgerUnavailableError {
  const why =
    "its user may read and not record; recording, and closing a month, needs farthing_writer too, and settings the owner";
  return new LedgerUnavailableError(name, why, { isRefusal: true, isDenied: true });
}

async function makeAndJoin(
  database: Database,
  { newUuid = v7, now = systemNow }: OpenLedgerOptions,
): Promise<JoinedLedger> {
  await migrate(database.needing("owner"), { newUuid, now });
  return joinLedger(database);
}
