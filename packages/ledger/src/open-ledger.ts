import { openFolderLedger } from "./folder-ledger.ts";
import type { Ledger } from "./ledger-api.ts";
import type { OpenLedgerOptions, SharedLedger } from "./open-ledger-options.ts";
import { isPostgresUrl } from "./store/postgres/postgres-url.ts";

export { describeUrl, isPostgresUrl } from "./store/postgres/postgres-url.ts";

/**
 * Opens a ledger: a folder of this machine, or one in a database, by its URL.
 *
 * One in a database can be opened to write while the database is away: it is waited for for two seconds at most, what is
 * recorded is forwarded when it answers, and what asks it throws `LedgerUnavailableError` until then.
 *
 * @throws LedgerNotFoundError where there is none and `create` is not set.
 * @throws LedgerFormatError for a folder that is no ledger, or a ledger of a newer release.
 * @throws LedgerUnavailableError where the operating system or the database refuses; to read, also where the database is away.
 * @throws InvalidKeyError where the key given is none.
 * @throws InvalidSettingError for a URL that is none.
 * @throws LedgerLockedError where another process writes to it, on a network file system only.
 */
export async function openLedger(ledger: string | SharedLedger, options: OpenLedgerOptions): Promise<Ledger> {
  if (typeof ledger === "string" && !isPostgresUrl(ledger)) return openFolderLedger(ledger, options);
  // The driver is loaded by those alone who use one.
  const { openSharedLedger } = await import("./shared-ledger.ts");
  return openSharedLedger(typeof ledger === "string" ? { url: ledger } : ledger, options);
}
