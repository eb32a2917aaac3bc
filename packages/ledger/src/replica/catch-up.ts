import { join } from "node:path";
import { LedgerChangedError, LedgerFormatError } from "../errors.ts";
import { canonicalJson } from "../events/canonical.ts";
import type { FileSystem } from "../store/file/file-system.ts";
import type { Document } from "../store/file/document.ts";
import { HALF_MADE } from "../store/file/half-made.ts";
import { refuseLost } from "../store/file/held-lock.ts";
import { withLock, type Lock } from "../store/file/lock.ts";
import { createManifest, openManifest, REPLICA_LOCK, REPLICA_STATE } from "../store/file/manifest.ts";
import { namesIn } from "../store/file/names-in.ts";
import type { Processes } from "../store/file/processes.ts";
import { replicaLog } from "../store/file/replica-log.ts";
import { removeIfThere } from "../store/file/remove-if-there.ts";
import { withPath } from "../store/file/unavailable.ts";
import { makeFolderDurably } from "../store/file/write-durably.ts";
import type { Database } from "../store/postgres/database.ts";
import { joinLedger, type JoinedLedger } from "../store/postgres/joined-ledger.ts";
import type { Horizon } from "../store/postgres/horizon.ts";
import { readRows, type EventRow } from "../store/postgres/read-rows.ts";
import type { RowPlace } from "../store/postgres/row-place.ts";
import { compareReplica } from "./compare-replica.ts";
import { bringPrunes } from "./replica-prunes.ts";
import { NO_ROWS, openReplicaState, type ReplicaState } from "./replica-state.ts";
import { ReplicaWriter, type ReplicaEnd } from "./replica-writer.ts";

export interface CatchUpOptions {
  readonly fileSystem: FileSystem;
  readonly processes: Processes;
  /** Told how many rows have come so far. */
  readonly onProgress?: (rows: number) => void;
}

/** So often the lock is asked for, every 20 ms: another process may be reading everything for the first time. */
const TURNS_MAX = 90_000;
/** After so many rows they are made durable, and need not come again. */
const ROWS_PER_SYNC = 50_000;
/** So much is read in one transaction that it takes some seconds, and where the network is slow less than 30. */
const PAGES_IN_TRANSACTION = 64;
/** What is derived from the log of a replica. */
const DERIVED = ["columns", "checkpoints"];

/**
 * Brings the replica of a ledger up to what the database lets everybody see, reading only what is new; makes it where
 * there is none. It is a ledger's folder like any other, and may be deleted at any time.
 *
 * Where the database no longer has what the replica has, because it was restored from a copy, or pruned, the replica is
 * made anew.
 *
 * @throws LedgerUnavailableError, LedgerNotFoundError, LedgerFormatError
 */
export async function catchUp(database: Database, root: string, options: CatchUpOptions): Promise<void> {
  await catchUpAnd(database, root, options, async () => undefined);
}

/** As `catchUp`, and asks something before anybody else brings the replica further, told the newest row that is in it. */
export async function catchUpAnd<T>(
  database: Database,
  root: string,
  options: CatchUpOptions,
  ask: (newest: RowPlace) => Promise<T>,
): Promise<T> {
  return prepareReplica(database, root, options, async (lock) => {
    while (!(await pull(database, root, lock, options)));
    return ask((await openReplicaState(root, options.fileSystem)).data.place);
  });
}

/** Makes the folder of a replica, or brings what it knows of the ledger up to date, and does something more with it. */
export async function prepareReplica<T>(
  database: Database,
  root: string,
  options: Pick<CatchUpOptions, "fileSystem" | "processes">,
  andThen: (lock: Lock) => Promise<T>,
): Promise<T> {
  const { fileSystem } = options;
  await withPath(root, () => makeFolderDurably(fileSystem, root, "private"));
  return withLock(
    root,
    REPLICA_LOCK,
    options,
    async (lock) => {
      await markAsReplica(root, fileSystem);
      // Asked here, so that nobody puts back settings that somebody else has read later.
      await keepManifest(root, fileSystem, await joinLedger(database));
      return andThen(lock);
    },
    TURNS_MAX,
  );
}

/** Whether a folder is a replica of a ledger already, however far it is. */
export async function isReplicaOf(id: string, root: string, fileSystem: FileSystem): Promise<boolean> {
  const names = await namesIn(root, fileSystem);
  if (!names.includes(REPLICA_STATE)) return false;
  return (await openManifest(root, fileSystem))?.data.id === id;
}

/**
 * Nobody else may write to it, from before it is a ledger's folder.
 *
 * @throws LedgerFormatError for a folder that holds anything else: what is not of the database would be taken away.
 */
async function markAsReplica(root: string, fileSystem: FileSystem): Promise<void> {
  const names = await namesIn(root, fileSystem);
  if (names.includes(REPLICA_STATE)) return;
  if (names.some((name) => !name.startsWith(REPLICA_LOCK) && !name.startsWith(`${REPLICA_STATE}.`))) {
    throw new LedgerFormatError(
      root,
      "holds something else than the copy of a ledger in a database; name another folder",
    );
  }
  await (await openReplicaState(root, fileSystem)).write(NO_ROWS);
}

/** The replica's own copy of what the ledger is told about itself. */
async function keepManifest(root: string, fileSystem: FileSystem, { id, settings }: JoinedLedger): Promise<void> {
  const manifest = (await openManifest(root, fileSystem)) ?? (await createManifest(root, fileSystem, id));
  if (manifest.data.id !== id) {
    throw new LedgerFormatError(
      root,
      `is the copy of another ledger, ${manifest.data.id}; name another folder for ${id}`,
    );
  }
  if (canonicalJson(manifest.data.settings) === canonicalJson(settings)) return;
  await manifest.write({ ...manifest.data, settings });
}

/** Whether what was read belongs together; false where the ledger was pruned meanwhile, and all is to be done again. */
async function pull(
  database: Database,
  root: string,
  lock: Lock,
  { fileSystem, onProgress }: CatchUpOptions,
): Promise<boolean> {
  const document = await openReplicaState(root, fileSystem);
  const { horizon, isGood, hasNew } = await compareReplica(database, document.data);
  const known = isGood ? document.data : NO_ROWS;
  const log = replicaLog(horizon.prunes);
  const opened = known === NO_ROWS ? null : await ReplicaWriter.open(fileSystem, root, log, known.end);
  const state = opened === null ? NO_ROWS : known;
  if (state === NO_ROWS) {
    if (document.data.place.era !== 0 || horizon.prunes > 0) await document.write({ ...NO_ROWS, [HALF_MADE]: true });
    await bringPrunes(database, root, fileSystem);
    await removeDerived(fileSystem, root);
  }
  const writer = opened ?? (await ReplicaWriter.open(fileSystem, root, log, NO_ROWS.end));
  if (writer === null) return true;
  try {
    const isHalfMade = document.data[HALF_MADE] === true;
    const isAsked = hasNew || state === NO_ROWS;
    const refuse = (): void => {
      refuseLost(lock, root, "ask again");
    };
    if (isAsked) await pullRows(database, writer, document, { state, isHalfMade, horizon, refuse, onProgress });
    if (isHalfMade) await document.write({ ...document.data, [HALF_MADE]: false });
    return true;
  } catch (error) {
    if (error instanceof LedgerChangedError) return false;
    throw error;
  } finally {
    await writer.close();
  }
}

interface PullOptions {
  readonly state: ReplicaState;
  readonly isHalfMade: boolean;
  readonly horizon: Horizon;
  /** Throws where another process makes the copy by now. */
  readonly refuse: () => void;
  readonly onProgress: CatchUpOptions["onProgress"] | undefined;
}

/** @throws LedgerChangedError where the ledger was pruned meanwhile; nothing that came after the prune was written. */
async function pullRows(
  database: Database,
  writer: ReplicaWriter,
  document: Document<ReplicaState>,
  { state, isHalfMade, horizon, refuse, onProgress }: PullOptions,
): Promise<void> {
  let [rows, unsynced] = [0, 0];
  let newest: { readonly row: EventRow; readonly end: ReplicaEnd } | null = null;
  const { era, prune } = horizon;
  const sync = async (): Promise<void> => {
    if (newest === null) return;
    refuse();
    await writer.sync();
    const { row, end } = newest;
    const { place, digest } = row;
    await document.write({ era, place, digest, end, prune, [HALF_MADE]: isHalfMade });
    [newest, unsynced] = [null, 0];
  };
  const take = async (page: readonly EventRow[]): Promise<void> => {
    refuse();
    await writer.write(page);
    const row = page.at(-1);
    if (row !== undefined) newest = { row, end: writer.end };
    rows += page.length;
    unsynced += page.length;
    onProgress?.(rows);
    if (unsynced >= ROWS_PER_SYNC) await sync();
  };
  try {
    let after: RowPlace | null = state.place;
    while (after !== null) after = await readRows(database, { after, horizon, pages: PAGES_IN_TRANSACTION }, take);
  } catch (error) {
    // What came need not come again: where the network is slow, all of it may never come at once.
    await sync().catch(() => undefined);
    throw error;
  }
  await sync();
}

async function removeDerived(fileSystem: FileSystem, root: string): Promise<void> {
  for (const name of DERIVED) {
    const folder = join(root, name);
    for (const file of await namesIn(folder, fileSystem)) await removeIfThere(fileSystem, join(folder, file));
  }
}
