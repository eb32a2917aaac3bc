import { join } from "node:path";
import type { FileSystem } from "../store/file/file-system.ts";
import { lockName } from "../store/file/claim-log.ts";
import { takeLockIfFree } from "../store/file/lock.ts";
import type { Processes } from "../store/file/processes.ts";
import { isRollupWriter } from "../store/file/pruned.ts";
import { segmentName } from "../store/file/segment-name.ts";
import { syncNewest } from "../store/file/unsure.ts";
import { withPath } from "../store/file/unavailable.ts";
import type { SegmentSurvey } from "./survey.ts";

export interface EndSegmentOptions {
  readonly fileSystem: FileSystem;
  readonly processes: Processes;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Whether only to find out. */
  readonly dryRun?: boolean;
}

/**
 * Sees to it that nothing is appended to a log's last segment any more: whoever goes on with the log begins behind it. False
 * where a process may be about to.
 *
 * @throws LedgerUnavailableError when the operating system refuses.
 */
export async function endSegment(
  root: string,
  { log, segment, bytes }: Pick<SegmentSurvey, "log" | "segment" | "bytes">,
  options: EndSegmentOptions,
): Promise<boolean> {
  const { fileSystem, dryRun = false } = options;
  if (isRollupWriter(log.writer)) return false;
  const folder = join(root, "segments");
  const writers = join(root, "writers");
  await withPath(writers, () => fileSystem.makeFolder(writers));
  const lock = await takeLockIfFree(root, lockName(log.writer), options);
  if (lock === null) return false;
  try {
    const path = join(folder, segmentName(log.writer, segment));
    if ((await sizeOf(path, fileSystem)) !== bytes) return false;
    // An empty one is begun already.
    const isToBegin = !dryRun && bytes > 0;
    // Whoever begins the one after the next takes what the last two hold for durable, and nothing older has to be synced.
    if (isToBegin) await syncNewest(fileSystem, log);
    // Whoever took it over appends to this one.
    if (!lock.isHeld()) return false;
    if (isToBegin) await createEmpty(folder, segmentName(log.writer, segment + 1), fileSystem);
    return true;
  } finally {
    await lock.release();
  }
}

async function sizeOf(path: string, fileSystem: FileSystem): Promise<number> {
  return withPath(path, async () => {
    const file = await fileSystem.open(path, "read");
    try {
      return await file.size();
    } finally {
      await file.close();
    }
  });
}

async function createEmpty(folder: string, name: string, fileSystem: FileSystem): Promise<void> {
  const path = join(folder, name);
  await withPath(path, async () => {
    const file = await fileSystem.open(path, "create");
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    await fileSystem.syncFolder(folder);
  });
}
