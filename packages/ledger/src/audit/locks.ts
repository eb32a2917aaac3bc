import { join } from "node:path";
import type { FileSystem } from "../store/file/file-system.ts";
import { readLock } from "../store/file/held-lock.ts";
import { isGone, parseOwner } from "../store/file/lock-owner.ts";
import { systemNow, type ProcessIdentity, type Processes } from "../store/file/processes.ts";
import { withPath } from "../store/file/unavailable.ts";
import { namesIn } from "../store/file/names-in.ts";

/** A file that says which process may write something of the ledger. */
export interface LockFile {
  /** Below the ledger's folder, such as `writers/0c6f0e6d2b11.lock`. */
  readonly name: string;
  /** Null for a text that no process wrote to its end. */
  readonly owner: ProcessIdentity | null;
  /** Whether its owner is alive, as far as this machine can tell: one elsewhere is where it was heard of in the last ten minutes. */
  readonly isHeld: boolean;
}

/** Folders of a ledger that hold locks. */
const FOLDERS = ["", "writers"];
/** Locks, and the drafts of locks that a process died before linking. */
const LOCK = /\.lock(\.next)*(\.[^.]+\.tmp)?$/;

/** Every lock of a ledger and every draft of one, in order of name. */
export async function listLocks(
  root: string,
  fileSystem: FileSystem,
  processes: Processes,
  now: () => number = systemNow,
): Promise<LockFile[]> {
  const locks: LockFile[] = [];
  for (const folder of FOLDERS) {
    for (const name of await namesIn(join(root, folder), fileSystem)) {
      if (!LOCK.test(name)) continue;
      const path = join(root, folder, name);
      const text = await withPath(path, () => readLock(path, fileSystem));
      if (text === null) continue;
      const isHeld = !isGone(text, { path, fileSystem, processes }, now());
      locks.push({ name: join(folder, name), owner: parseOwner(text), isHeld });
    }
  }
  return locks;
}

/** Whether a name is that of a lock or of its draft. */
export function isLockName(name: string): boolean {
  return LOCK.test(name);
}
