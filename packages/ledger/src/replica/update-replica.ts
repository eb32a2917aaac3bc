import { join } from "node:path";
import type { SharedLedger } from "../open-ledger-options.ts";
import { nodeFileSystem } from "../store/file/file-system.ts";
import { nodeProcesses } from "../store/file/processes.ts";
import { connect } from "../store/postgres/database.ts";
import { joinLedger } from "../store/postgres/joined-ledger.ts";
import type { Right } from "../store/postgres/readable-error.ts";
import { parsePostgresUrl } from "../store/postgres/postgres-url.ts";
import { catchUp, type CatchUpOptions } from "./catch-up.ts";
import { heldBackIn } from "./held-back.ts";

export interface UpdateReplicaOptions extends Partial<CatchUpOptions> {
  /** The folder that replicas are kept in, each in one named after its ledger, where the ledger names none. */
  readonly cache: string;
  /** Told, after all that can be read has come, for how long something is held back; `heldBackFor` says by what. */
  readonly onHeldBack?: (milliseconds: number) => void;
}

/**
 * Brings this host's copy of a shared ledger up to date, and returns its folder: a ledger to read like any other. Needs
 * the rights of `farthing_reader`.
 *
 * @param needs The right that messages name where its user lacks one, for what is done with the copy afterwards.
 *
 * @throws LedgerNotFoundError, LedgerFormatError, LedgerUnavailableError, InvalidSettingError
 */
export async function updateReplica(
  { url, replica, loadPg }: SharedLedger,
  { cache, fileSystem = nodeFileSystem, processes = nodeProcesses, onHeldBack, ...told }: UpdateReplicaOptions,
  needs: Right = "farthing_reader",
): Promise<string> {
  const connected = await connect(parsePostgresUrl(url), loadPg === undefined ? {} : { loadPg });
  const database = connected.needing(needs);
  try {
    const joined = await joinLedger(database);
    const path = replica ?? join(cache, "ledgers", joined.id);
    await catchUp(database, path, { fileSystem, processes, ...told });
    const heldBackMs = onHeldBack === undefined ? null : await heldBackIn(database);
    if (heldBackMs !== null) onHeldBack?.(heldBackMs);
    return path;
  } finally {
    await database.end();
  }
}
