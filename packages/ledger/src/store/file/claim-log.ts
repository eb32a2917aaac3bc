import { join } from "node:path";
import { takeLock, takeLockIfFree, type Lock, type LockOptions } from "./lock.ts";
import { isRollupWriter } from "./pruned.ts";
import { listSegments } from "./list-segments.ts";
import { withPath } from "./unavailable.ts";

/** A log that this process alone may append to. */
export interface ClaimedLog {
  readonly writer: string;
  readonly lock: Lock;
}

export interface ClaimOptions extends LockOptions {
  /** Names a new writer. */
  readonly newUuid: () => string;
}

const FOLDER = "writers";
const LOCK = /^([0-9a-z]+)\.lock$/;

/**
 * Claims a log that nobody appends to, or a new one where all are in use; so there are never more logs than there were
 * processes at once.
 *
 * @throws LedgerUnavailableError when the operating system refuses.
 */
export async function claimLog(root: string, options: ClaimOptions): Promise<ClaimedLog> {
  const folder = join(root, FOLDER);
  await withPath(folder, async () => {
    await options.fileSystem.makeFolder(folder);
    await options.fileSystem.syncFolder(root);
  });
  for (const writer of await writersOf(root, options)) {
    const lock = await takeLockIfFree(root, lockName(writer), options);
    if (lock !== null) return { writer, lock };
  }
  return claimNewLog(root, options);
}

/** Claims a log that nobody ever appended to. */
export async function claimNewLog(root: string, options: ClaimOptions): Promise<ClaimedLog> {
  const writer = newWriter(options.newUuid());
  return { writer, lock: await takeLock(root, lockName(writer), options) };
}

/** The writers that have a log, then those that died before they wrote to theirs. */
async function writersOf(root: string, { fileSystem }: ClaimOptions): Promise<ReadonlySet<string>> {
  const segments = await listSegments(fileSystem, join(root, "segments"));
  const locks = await withPath(join(root, FOLDER), () => fileSystem.list(join(root, FOLDER)));
  // Nobody appends to a log that a prune made.
  const logs = [...segments.keys()].filter((writer) => !isRollupWriter(writer));
  return new Set([...logs, ...locks.flatMap((name) => LOCK.exec(name)?.[1] ?? [])]);
}

/** The lock of the log of a writer, below the folder of the ledger. */
export function lockName(writer: string): string {
  return join(FOLDER, `${writer}.lock`);
}

/** The last digits of a UUID v7 are random; the first ones are the time, and equal in processes started together. */
function newWriter(uuid: string): string {
  return uuid.replaceAll("-", "").slice(-12);
}
