import assert from "node:assert/strict";
import { join } from "node:path";
import { Low, type Adapter } from "lowdb";
import { LedgerFormatError } from "../../errors.ts";
import { nodeFileSystem, type FileSystem } from "./file-system.ts";
import { systemCode, unavailable, withPath } from "./unavailable.ts";
import { writeFileDurably } from "./write-durably.ts";

/** A small JSON document that is read whole and replaced whole. One process at a time may write it. */
export interface Document<T> {
  /** The value as last read or written. */
  readonly data: T;
  /**
   * Replaces the value; resolves when it is durable.
   *
   * @throws LedgerUnavailableError when the operating system refuses; the old value stays, here and on disk.
   */
  write(data: T): Promise<void>;
}

export interface DocumentOptions<T> {
  readonly fileSystem?: FileSystem;
  /** Checks what was read. Default: it is taken for what the caller wrote. */
  readonly check?: (json: unknown) => T;
  /** What to do about a damaged file. Default: to restore it from a copy. */
  readonly remedy?: string;
}

/**
 * Opens a document, or the initial value where there is no file; opening makes none.
 *
 * @throws LedgerFormatError for a file that is not JSON.
 * @throws LedgerUnavailableError when the operating system refuses.
 */
export async function openDocument<T>(
  path: string,
  initial: T,
  options: DocumentOptions<T> = {},
): Promise<Document<T>> {
  const database = new Low<T>(durableJsonFile<T>(path, options), initial);
  await database.read();

  async function replace(data: T): Promise<void> {
    const before = database.data;
    database.data = data;
    try {
      await database.write();
    } catch (error) {
      database.data = before;
      throw error;
    }
  }

  // Writes of one document share a temporary file, so they take turns.
  let last: Promise<void> = Promise.resolve();
  return {
    get data() {
      return database.data;
    },
    write(data) {
      const turn = last.then(() => replace(data));
      last = turn.catch(() => undefined);
      return turn;
    },
  };
}

/**
 * Opens a document of an adapter's own in a ledger's folder.
 *
 * @param refuseReading Throws where the ledger may not be written to.
 */
export async function openLedgerDocument<T>(
  root: string,
  name: string,
  initial: T,
  fileSystem: FileSystem,
  refuseReading: () => void,
): Promise<Document<T>> {
  assert.match(name, /^[a-z0-9][a-z0-9.-]*$/, "the name of a document must be fit for a file name");
  const folder = join(root, "checkpoints");
  const document = await openDocument<T>(join(folder, `${name}.json`), initial, {
    fileSystem,
    remedy: "delete it: an import without it reads everything again, which changes nothing",
  });
  const write = async (data: T): Promise<void> => {
    refuseReading();
    await withPath(folder, () => fileSystem.makeFolder(folder));
    await document.write(data);
  };
  return {
    get data() {
      return document.data;
    },
    write,
  };
}

/** lowdb's own file adapters rename without syncing, which a loss of power can turn into an empty file. */
function durableJsonFile<T>(path: string, options: DocumentOptions<T>): Adapter<T> {
  const { fileSystem = nodeFileSystem, check = (json): T => json as T, remedy = "restore it from a copy" } = options;
  return {
    async read() {
      let bytes: Uint8Array;
      try {
        bytes = await fileSystem.readFile(path);
      } catch (error) {
        if (systemCode(error) === "ENOENT") return null;
        throw unavailable(path, error);
      }
      return check(parse(path, bytes, remedy));
    },
    write: (data) => writeFileDurably(fileSystem, path, `${JSON.stringify(data, null, 2)}\n`),
  };
}

function parse(path: string, bytes: Uint8Array, remedy: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new LedgerFormatError(path, `is damaged (${why}); ${remedy}`);
  }
}
