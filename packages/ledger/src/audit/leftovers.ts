import { join } from "node:path";
import type { FileSystem } from "../store/file/file-system.ts";
import type { Processes } from "../store/file/processes.ts";
import { segmentOfName } from "../store/file/segment-name.ts";
import { markOfName } from "../store/file/unsure.ts";
import { isLockName, listLocks, type LockFile } from "./locks.ts";
import { namesIn } from "../store/file/names-in.ts";
import type { Problems } from "./problem.ts";

/** Folders in which files are written beside and renamed. */
const FOLDERS = ["", "checkpoints", "columns", "pruned"];
const TEMPORARY = ".tmp";

/** Names locks, and what processes that were interrupted did not remove. */
export async function checkLeftovers(
  root: string,
  fileSystem: FileSystem,
  processes: Processes,
  problems: Problems,
): Promise<void> {
  for (const lock of await listLocks(root, fileSystem, processes)) nameLock(root, lock, problems);
  for (const name of await temporaryFiles(root, fileSystem)) {
    problems.add("leftover-file", { file: join(root, name) }, "a file that was to be renamed when it was complete");
  }
  for (const name of await namesIn(join(root, "segments"), fileSystem)) {
    if (segmentOfName(name) !== null || markOfName(name) !== null) continue;
    problems.add(
      "unknown-file",
      { file: join(root, "segments", name) },
      "its name is not that of a segment; it is not read",
    );
  }
}

/** Files that are being written, or were when their process ended; below the root, in order. */
async function temporaryFiles(root: string, fileSystem: FileSystem): Promise<readonly string[]> {
  const found: string[] = [];
  for (const folder of FOLDERS) {
    for (const name of await namesIn(join(root, folder), fileSystem)) {
      if (name.endsWith(TEMPORARY) && !isLockName(name)) found.push(join(folder, name));
    }
  }
  return found;
}

function nameLock(root: string, { name, owner, isHeld }: LockFile, problems: Problems): void {
  const place = { file: join(root, name) };
  if (owner === null) problems.add("stale-lock", place, "a lock that names no process");
  else if (isHeld) problems.add("held-lock", place, `process ${String(owner.pid)} on ${owner.host} is at work`);
  else problems.add("stale-lock", place, `a lock of process ${String(owner.pid)}, which is gone`);
}
