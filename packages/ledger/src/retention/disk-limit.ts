import { join } from "node:path";
import type { Instant } from "../instant.ts";
import { nodeFileSystem, type FileSystem } from "../store/file/file-system.ts";
import { listLogs } from "../store/file/list-logs.ts";
import { withPath } from "../store/file/unavailable.ts";
import { surveyLogs } from "./survey.ts";

const DAY_MS = 86_400_000;
/** Advice and comparisons need the detail of the last weeks; a limit never takes it. */
const KEPT_DAYS = 35;

export interface DiskLimitOptions {
  /** Milliseconds since 1970. */
  readonly now: Instant;
  readonly limitBytes: number;
  /** Default: this machine's. */
  readonly fileSystem?: FileSystem;
}

/**
 * The instant before which a ledger has to be pruned to take no more disk than it may: the first of a day in UTC; null
 * where it does not take more. The newest 35 days are never asked for, so that the limit can be out of reach.
 *
 * @throws LedgerFormatError, LedgerUnavailableError
 */
export async function pruneInstantFor(root: string, options: DiskLimitOptions): Promise<Instant | null> {
  const { now, limitBytes, fileSystem = nodeFileSystem } = options;
  let excess = (await folderBytes(fileSystem, root)) - limitBytes;
  if (excess <= 0) return null;
  const newestAllowed = Math.floor(now / DAY_MS) * DAY_MS - KEPT_DAYS * DAY_MS;
  const { segments } = await surveyLogs(fileSystem, await listLogs(fileSystem, join(root, "segments")), now);
  for (const { newest, bytes } of segments.toSorted((a, b) => a.newest - b.newest)) {
    if (!Number.isFinite(newest)) continue;
    excess -= bytes;
    if (newest >= newestAllowed) return newestAllowed;
    if (excess <= 0) return Math.floor(newest / DAY_MS) * DAY_MS + DAY_MS;
  }
  return newestAllowed;
}

/** Bytes of all files in a folder and below it. */
async function folderBytes(fileSystem: FileSystem, folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await withPath(folder, () => fileSystem.list(folder))) {
    const path = join(folder, name);
    bytes += await withPath(path, async () => {
      if (await fileSystem.isFolder(path)) return folderBytes(fileSystem, path);
      const file = await fileSystem.open(path, "read");
      try {
        return await file.size();
      } finally {
        await file.close();
      }
    });
  }
  return bytes;
}
