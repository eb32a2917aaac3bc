import { openFolderLedger } from "./folder-ledger.ts";
import type { Ledger } from "./ledger-api.ts";
import type { OpenLedgerOptions } from "./open-ledger-options.ts";
import { isPostgresUrl } from "./store/postgres/postgres-url.ts";

/** A ledger that many hosts share, in a PostgreSQL database. */
export interface SharedLedger {
  /** Such as `postgres://farthing@db.internal/usage?sslmode=verify-full`; what it leaves out, `PGPASSWORD` and such say. */
  readonly url: string;
  /**
   * Folder of this host's copy, which questions are answered from and which can be made again at any time. Default:
   * `farthing/ledgers/<id>` in the user's cache folder.
   */
  readonly replica?: string;
  /**
   * Folder that `record` writes to without waiting for the database, and whose events are forwarded in the background.
   * Default: `farthing/outboxes/<id>` in the user's state folder.
   */
  readonly outbox?: string;
  /** Loads the package `pg`. Default: the one installed beside this package. */
  readonly loadPg?: () => Promise<unknown>;
}

/**
 * Opens a ledger: a folder of this machine, or one in a database, by its URL.
 *
 * @throws LedgerNotFoundError where there is none and `create` is not set.
 * @throws LedgerFormatError for a folder that is no ledger, or a ledger of a newer release.
 * @throws LedgerUnavailableError where the operating system or the database refuses.
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
