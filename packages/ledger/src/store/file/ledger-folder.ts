import { join } from "node:path";
import { LedgerFormatError, LedgerNotFoundError } from "../../errors.ts";
import { claimLog, claimNewLog, type ClaimedLog, type ClaimOptions } from "./claim-log.ts";
import type { Document } from "./document.ts";
import type { FileSystem } from "./file-system.ts";
import { refuseLost } from "./held-lock.ts";
import { takeLock, withLock, type Lock, type LockOptions } from "./lock.ts";
import {
  createManifest,
  MANIFEST_LOCK,
  NETWORK_LOCK,
  openFolder,
  openManifest,
  REPLICA_STATE,
  type Manifest,
} from "./manifest.ts";
import { namesIn } from "./names-in.ts";
import { OwnLog } from "./own-log.ts";
import { listSegments } from "./list-segments.ts";
import { withPath } from "./unavailable.ts";
import { makeFolderDurably } from "./write-durably.ts";

/** The folder of a ledger, found or made. */
export interface LedgerFolder {
  readonly manifest: Document<Manifest>;
  /** Whether it is the copy of a ledger in a database. */
  readonly isReplica: boolean;
  /** Null for who only reads. */
  readonly log: OwnLog | null;
}

/**
 * Opens a ledger's folder to read; nothing in it is touched.
 *
 * @throws LedgerNotFoundError, LedgerFormatError, LedgerUnavailableError
 */
export async function openFolderToRead(root: string, fileSystem: FileSystem): Promise<LedgerFolder> {
  const { manifest, isReplica } = await openFolder(root, fileSystem);
  if (manifest === null) throw notFound(root);
  return { manifest, isReplica, log: null };
}

/**
 * Opens a ledger's folder to write and claims a log in it; `newId` names a new ledger, null makes none.
 *
 * @throws LedgerNotFoundError, LedgerFormatError, LedgerUnavailableError, LedgerLockedError
 */
export async function openFolderToWrite(
  root: string,
  options: ClaimOptions,
  newId: (() => string) | null,
): Promise<LedgerFolder> {
  const manifest = (await openManifest(root, options.fileSystem)) ?? (await makeFolder(root, options, newId));
  await refuseReplica(root, options.fileSystem);
  await outliveMaker(root, options.fileSystem);
  const log = new OwnLog(await claim(root, options, claimLog), () => claim(root, options, claimNewLog));
  return { manifest, isReplica: false, log };
}

/** Claims a log, and where others can reach the files, the ledger. */
async function claim(root: string, options: ClaimOptions, claimOne: typeof claimLog): Promise<ClaimedLog> {
  const network = await takeNetworkLock(root, options);
  try {
    const { writer, lock } = await claimOne(root, options);
    return { writer, lock: both(lock, network) };
  } catch (error) {
    await network?.release();
    throw error;
  }
}

/** Changes what `ledger.json` says; changes of several processes take turns. */
export async function changeManifest(
  root: string,
  options: ClaimOptions,
  change: (manifest: Manifest) => Promise<Manifest>,
): Promise<Manifest> {
  return withLock(root, MANIFEST_LOCK, options, async (lock) => {
    const manifest = await openManifest(root, options.fileSystem);
    if (manifest === null) throw notFound(root);
    const changed = await change(manifest.data);
    refuseLost(lock, root, "change it again");
    await manifest.write(changed);
    return manifest.data;
  });
}

/** @throws LedgerFormatError for the copy of a ledger in a database, which nobody but catching up may write to. */
export async function refuseReplica(root: string, fileSystem: FileSystem): Promise<void> {
  const isReplica = (await namesIn(root, fileSystem)).includes(REPLICA_STATE);
  if (!isReplica) return;
  throw new LedgerFormatError(
    root,
    "is this host's copy of a ledger in a database, which is to be written to by its URL",
  );
}

async function makeFolder(
  root: string,
  options: ClaimOptions,
  newId: (() => string) | null,
): Promise<Document<Manifest>> {
  if (newId === null) throw notFound(root);
  const { fileSystem } = options;
  await withPath(root, () => fileSystem.makeFolder(root));
  // Another process may be making it too: they agree on one id.
  return withLock(root, MANIFEST_LOCK, options, async (lock) => {
    const manifest = await openManifest(root, fileSystem);
    if (manifest !== null) return manifest;
    // Another process may have named it, and recorded since.
    refuseLost(lock, root, "open it again");
    return createManifest(root, fileSystem, newId());
  });
}

/** Whoever makes the first segment has made the folder's own name durable; until then its maker may have died before. */
async function outliveMaker(root: string, fileSystem: FileSystem): Promise<void> {
  const segments = await listSegments(fileSystem, join(root, "segments"));
  if (segments.size === 0) await withPath(root, () => makeFolderDurably(fileSystem, root));
}

/** Locks of single logs hold among the processes of one machine; where others can reach the files, one writes at a time. */
export async function takeNetworkLock(root: string, options: LockOptions): Promise<Lock | null> {
  const kind = await withPath(root, () => options.fileSystem.kind(root));
  return kind === "network" ? takeLock(root, NETWORK_LOCK, options) : null;
}

function both(lock: Lock, outer: Lock | null): Lock {
  return {
    isHeld: () => lock.isHeld() && (outer?.isHeld() ?? true),
    async release() {
      try {
        await lock.release();
      } finally {
        await outer?.release();
      }
    },
  };
}

/** What to throw where there is no ledger. */
export function notFound(root: string): LedgerNotFoundError {
  return new LedgerNotFoundError(root, "there is no ledger here; import into it to make one, or name another folder");
}
