import { dirname } from "node:path";
import { LedgerNotFoundError } from "../../errors.ts";
import type { Document } from "./document.ts";
import type { FileSystem } from "./file-system.ts";
import { createManifest, openManifest, type Manifest } from "./manifest.ts";
import type { Processes } from "./processes.ts";
import { withPath } from "./unavailable.ts";
import { takeWriterLock, type WriterLock } from "./writer-lock.ts";

/** The folder of a ledger, found or made. */
export interface LedgerFolder {
  readonly manifest: Document<Manifest>;
  /** Null for who only reads. */
  readonly lock: WriterLock | null;
}

/**
 * Opens a ledger's folder to read; nothing in it is touched.
 *
 * @throws LedgerNotFoundError, LedgerFormatError, LedgerUnavailableError
 */
export async function openFolderToRead(root: string, fileSystem: FileSystem): Promise<LedgerFolder> {
  const manifest = await openManifest(root, fileSystem);
  if (manifest === null) throw notFound(root);
  return { manifest, lock: null };
}

/**
 * Opens a ledger's folder to write and takes the lock; `newId` names a new ledger, null makes none.
 *
 * @throws LedgerNotFoundError, LedgerFormatError, LedgerUnavailableError, LedgerLockedError
 */
export async function openFolderToWrite(
  root: string,
  fileSystem: FileSystem,
  processes: Processes,
  newId: (() => string) | null,
): Promise<LedgerFolder> {
  // Looked at before anything is made: a folder that is no ledger stays as it is.
  if ((await openManifest(root, fileSystem)) === null) {
    if (newId === null) throw notFound(root);
    await withPath(root, async () => {
      await fileSystem.makeFolder(root);
      await fileSystem.syncFolder(dirname(root));
    });
  }
  const lock = await takeWriterLock(root, fileSystem, processes);
  try {
    const manifest = await openManifest(root, fileSystem);
    if (manifest !== null) return { manifest, lock };
    if (newId === null) throw notFound(root);
    return { manifest: await createManifest(root, fileSystem, newId()), lock };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

function notFound(root: string): LedgerNotFoundError {
  return new LedgerNotFoundError(root, "there is no ledger here; import into it to make one, or name another folder");
}
