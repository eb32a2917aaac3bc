import { join } from "node:path";
import type { FileSystem } from "../store/file/file-system.ts";
import type { ProcessIdentity, Processes } from "../store/file/processes.ts";
import { systemCode, withPath } from "../store/file/unavailable.ts";
import { parseOwner } from "../store/file/lock.ts";
import { namesIn } from "../store/file/names-in.ts";

/** A file that says which process may write something of the ledger. */
export interface LockFile {
  /** Below the ledger's folder, such as `writers/0c6f0e6d2b11.lock`. */
  readonly name: string;
  /** Null for a text that no process wrote to its end. */
  readonly owner: ProcessIdentity | null;
  /** Whether its owner is alive, as far as this machine can tell. */
  readonly isHeld: boolean;
}

/** Folders of a ledger that hold locks. */
const FOLDERS = ["", "writers"];
/** Locks, and the drafts of locks that a process died before linking. */
const LOCK = /\.lock(\.next)*(\.[^.]+\.tmp)?$/;

/** Every lock of a ledger and every draft of one, in order of name. */
export async function listLocks(root: string, fileSystem: FileSystem, processes: Processes): Promise<LockFile[]> {
  const locks: LockFile[] = [];
  for (const folder of FOLDERS) {
    for (const name of await namesIn(join(root, folder), fileSystem)) {
      if (!LOCK.test(name)) continue;
      const owner = await readOwner(join(root, folder, name), fileSystem);
      if (owner === "gone") continue;
      locks.push({ name: join(folder, name), owner, isHeld: owner !== null && processes.isRunning(owner) });
    }
  }
  return locks;
}

/** Whether a name is that of a lock or of its draft. */
export function isLockName(name: string): boolean {
  return LOCK.test(name);
}

async function readOwner(path: string, fileSystem: FileSystem): Promise<ProcessIdentity | null | "gone"> {
  return withPath(path, async () => {
    try {
      return parseOwner(Buffer.from(await fileSystem.readFile(path)).toString("utf8"));
    } catch (error) {
      if (systemCode(error) === "ENOENT") return "gone";
      throw error;
    }
  });
}
