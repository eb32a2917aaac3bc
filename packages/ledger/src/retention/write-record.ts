import { hash } from "node:crypto";
import { dirname, join } from "node:path";
import type { FileSystem } from "../store/file/file-system.ts";
import { refuseLost, type Lock } from "../store/file/held-lock.ts";
import { formatRecord, type PruneRecord } from "../store/file/prune-record.ts";
import { PRUNED_FOLDER, prunedPath, readPruned } from "../store/file/pruned.ts";
import { withPath } from "../store/file/unavailable.ts";
import { appendDurably, writeFileDurably } from "../store/file/write-durably.ts";

export interface WriteRecordOptions {
  readonly fileSystem: FileSystem;
  /** The prune's. */
  readonly lock: Lock;
  /** Done once the ids are there, and before what the record says counts. */
  readonly beforeItCounts?: (idsPath: string) => Promise<void>;
}

const REMEDY = "prune it again";

/**
 * Writes the record after those that are there, from when on the segments it drops count no more. Only who holds the
 * prune's lock may do this, and the log that it names must be durable.
 *
 * @param ids The file of the ids that were rolled up.
 * @throws LedgerFormatError
 * @throws LedgerUnavailableError also where the lock was lost; then nothing counts but what did.
 */
export async function writeRecord(
  root: string,
  ids: Uint8Array,
  record: Omit<PruneRecord, "format" | "version" | "number" | "ids" | "previous">,
  { fileSystem, lock, beforeItCounts }: WriteRecordOptions,
): Promise<void> {
  const { records } = await readPruned(fileSystem, root);
  const number = records.length + 1;
  const folder = join(root, PRUNED_FOLDER);
  await withPath(folder, async () => {
    await fileSystem.makeFolder(folder);
    await fileSystem.syncFolder(root);
  });
  const idsPath = prunedPath(root, number, "ids");
  // Of the same number they can be those of whoever took it over.
  refuseLost(lock, root, REMEDY);
  await replace(fileSystem, idsPath, ids);
  await beforeItCounts?.(idsPath);
  const { at, before, log, dropped, requests, trimmed, lackedBy } = record;
  const text = formatRecord({
    number,
    at,
    before,
    log,
    dropped,
    requests,
    ids: hash("sha256", ids, "hex"),
    previous: await hashOf(fileSystem, root, records.length),
    ...(trimmed === undefined ? {} : { trimmed }),
    ...(lackedBy === undefined ? {} : { lackedBy }),
  });
  const mayReplace = (): void => {
    refuseLost(lock, root, REMEDY);
  };
  await writeFileDurably(fileSystem, prunedPath(root, number, "json"), text, mayReplace);
}

async function hashOf(fileSystem: FileSystem, root: string, record: number): Promise<string | null> {
  if (record === 0) return null;
  const path = prunedPath(root, record, "json");
  return hash("sha256", await withPath(path, () => fileSystem.readFile(path)), "hex");
}

async function replace(fileSystem: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  await withPath(path, async () => {
    const file = await fileSystem.open(path, "replace");
    try {
      await appendDurably(file, bytes);
    } finally {
      await file.close();
    }
    await fileSystem.syncFolder(dirname(path));
  });
}
