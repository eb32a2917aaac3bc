import { join } from "node:path";
import { LedgerUnavailableError } from "../../errors.ts";
import { nodeFileSystem, type FileSystem } from "../file/file-system.ts";
import { withPath } from "../file/unavailable.ts";
import { writeFileSoon } from "../file/write-durably.ts";

const SUFFIX = ".checkpoint";

/** Checkpoints a ledger keeps; questions differ, and each has one. Others are as soon made again. */
const CHECKPOINTS_MAX = 64;

/** Keeps checkpoints as files. */
export interface CheckpointFolder {
  /** Null where there is none, or none can be read. */
  read(name: string): Promise<Uint8Array | null>;
  /** Keeps a checkpoint; where the folder cannot be written to, nothing happens. */
  write(name: string, pieces: readonly Uint8Array[]): Promise<void>;
}

/**
 * The checkpoints of a ledger folder, for `askRows`.
 *
 * They are derived: deleting them costs the next answer time and changes none.
 *
 * @param path The ledger's folder.
 */
export function openCheckpoints(path: string, fileSystem: FileSystem = nodeFileSystem): CheckpointFolder {
  const folder = join(path, "checkpoints");
  const fileOf = (name: string): string => join(folder, `${name}${SUFFIX}`);
  return {
    async read(name) {
      const file = fileOf(name);
      return unlessUnavailable(() => withPath(file, async () => readWhole(fileSystem, file)));
    },
    async write(name, pieces) {
      await unlessUnavailable(async () => {
        await withPath(folder, () => fileSystem.makeFolder(folder));
        // Known by a checksum, and as soon made again: not worth waiting for the disk.
        await writeFileSoon(fileSystem, fileOf(name), pieces);
        await makeRoom(fileSystem, folder, name);
      });
    },
  };
}

/** Null where there is no such file. In one piece: waiting for the next takes longer than reading it. */
function readWhole(fileSystem: FileSystem, file: string): Uint8Array | null {
  const state = fileSystem.stateNow(file);
  if (state === null) return null;
  // Not pooled: the tables in it begin at multiples of eight.
  const bytes = Buffer.allocUnsafeSlow(state.bytes);
  return bytes.subarray(0, fileSystem.readNow(file, bytes, 0));
}

/** Removes any checkpoints past the number that is kept. */
async function makeRoom(fileSystem: FileSystem, folder: string, newest: string): Promise<void> {
  const names = (await fileSystem.list(folder)).filter((name) => name.endsWith(SUFFIX));
  const others = names.filter((name) => name !== `${newest}${SUFFIX}`);
  for (const name of others.slice(CHECKPOINTS_MAX - 1)) {
    await withPath(join(folder, name), () => fileSystem.remove(join(folder, name)));
  }
}

async function unlessUnavailable<T>(action: () => Promise<T>): Promise<T | null> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof LedgerUnavailableError) return null;
    throw error;
  }
}
