import * as callbacks from "node:fs";
import { constants } from "node:fs";
import * as fs from "node:fs/promises";
import { promisify } from "node:util";

/** An open file. */
export interface OpenFile {
  /** Reads up to `length` bytes at a place of the file; returns how many there were. */
  read(buffer: Uint8Array, length: number, at: number): Promise<number>;
  /** Writes at the end, or as much as the system takes at once; returns how many bytes. */
  append(bytes: Uint8Array): Promise<number>;
  /** As `append`, done when it returns: what the bytes lie in may be filled anew then. */
  appendNow(bytes: Uint8Array): number;
  /** Resolves when what was written would outlive a loss of power; fails where the file has been removed. */
  sync(): Promise<void>;
  /** As `sync`, done when it returns. */
  syncNow(): void;
  truncate(length: number): Promise<void>;
  size(): Promise<number>;
  /** As `size`, known when it returns. */
  sizeNow(): number;
  close(): Promise<void>;
}

/** What tells a file that was written to from the same file before. */
export interface FileState {
  readonly bytes: number;
  /** When it was last written to, in milliseconds since 1970. */
  readonly modifiedAt: number;
}

/**
 * What a ledger folder needs of the operating system; a test can put faults here.
 *
 * `append` makes the file where there is none, `create` fails where there is one, `replace` empties it. What
 * `create-private` makes, nobody but its owner may read.
 */
export interface FileSystem {
  /** Where a path's files are kept: on this machine, or on another one that several machines can reach. */
  kind(path: string): Promise<"local" | "network">;
  open(path: string, how: "read" | "append" | "create" | "create-private" | "replace"): Promise<OpenFile>;
  /** Makes a file, as `create` does; done when it returns. */
  createNow(path: string): OpenFile;
  readFile(path: string): Promise<Uint8Array>;
  /**
   * Fills a buffer from a place of a file on, as far as there are bytes; returns how many. Done when it returns: for
   * many small reads, each of which takes longer to wait for than to do.
   */
  readNow(path: string, buffer: Uint8Array, at: number): number;
  /** The state of a file; null where there is none. Done when it returns: for many files. */
  stateNow(path: string): FileState | null;
  /** Has a file that is there be one that was written to just now, by the clock of its file system; its bytes stay. */
  touchNow(path: string): void;
  list(folder: string): Promise<string[]>;
  isFolder(path: string): Promise<boolean>;
  /** Makes a folder and those above it that are missing; a private one is for nobody else to look into. */
  makeFolder(path: string, access?: "private"): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Gives a file a second name; fails where the name is taken. */
  link(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Makes the names in a folder durable. */
  syncFolder(path: string): Promise<void>;
}

const FLAGS = {
  read: constants.O_RDONLY,
  append: constants.O_RDWR | constants.O_APPEND | constants.O_CREAT,
  create: constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL,
  "create-private": constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL,
  replace: constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_TRUNC,
};

/** File systems that other machines can reach, by the number Linux gives each in `statfs` (linux/magic.h). */
const NETWORK_FILE_SYSTEMS: ReadonlySet<number> = new Set([
  0x6969, // NFS
  0x517b, // SMB
  0xff534d42, // CIFS
  0xfe534d42, // SMB 2
  0x00c36400, // Ceph
  0x5346414f, // AFS
  0x01021997, // 9P
]);

const MAY_BE_MISSING = { throwIfNoEntry: false } as const;

/** The file system of this machine. */
export const nodeFileSystem: FileSystem = {
  // The numbers above 2^31 come out negative on some machines.
  kind: async (path) => (NETWORK_FILE_SYSTEMS.has((await fs.statfs(path)).type >>> 0) ? "network" : "local"),
  async open(path, how) {
    return openFile(await open(path, FLAGS[how], how === "create-private" ? 0o600 : 0o644), how);
  },
  createNow: (path) => openFile(callbacks.openSync(path, FLAGS.create, 0o644), "create"),
  readFile: (path) => fs.readFile(path),
  readNow(path, buffer, at) {
    const file = callbacks.openSync(path, FLAGS.read);
    try {
      let filled = 0;
      while (filled < buffer.length) {
        const count = callbacks.readSync(file, buffer, filled, buffer.length - filled, at + filled);
        if (count === 0) break;
        filled += count;
      }
      return filled;
    } finally {
      callbacks.closeSync(file);
    }
  },
  stateNow(path) {
    const stats = callbacks.statSync(path, MAY_BE_MISSING);
    return stats === undefined ? null : { bytes: stats.size, modifiedAt: stats.mtimeMs };
  },
  touchNow(path) {
    const file = callbacks.openSync(path, constants.O_RDWR);
    try {
      const first = Buffer.alloc(1);
      if (callbacks.readSync(file, first, 0, 1, 0) === 1) callbacks.writeSync(file, first, 0, 1, 0);
    } finally {
      callbacks.closeSync(file);
    }
  },
  list: (folder) => fs.readdir(folder),
  isFolder: async (path) => (await fs.stat(path)).isDirectory(),
  async makeFolder(path, access) {
    await fs.mkdir(path, { recursive: true, ...(access === "private" ? { mode: 0o700 } : {}) });
  },
  rename: (from, to) => fs.rename(from, to),
  link: (from, to) => fs.link(from, to),
  remove: (path) => fs.rm(path),
  async syncFolder(path) {
    // Windows opens no folder for syncing, and keeps names without it.
    if (process.platform === "win32") return;
    const handle = await fs.open(path, constants.O_RDONLY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};

const open = promisify(callbacks.open);
const read = promisify(callbacks.read);
const write = promisify(callbacks.write);
const datasync = promisify(callbacks.fdatasync);
const truncate = promisify(callbacks.ftruncate);
const stat = promisify(callbacks.fstat);
const close = promisify(callbacks.close);

// File descriptors, and not the handles of `node:fs/promises`, which take a third longer to write and sync one line.
function openFile(file: number, how: keyof typeof FLAGS): OpenFile {
  // Windows syncs nothing that was opened to be read.
  const canSync = how !== "read" || process.platform !== "win32";
  return {
    read: async (buffer, length, at) => (await read(file, buffer, 0, length, at)).bytesRead,
    append: async (bytes) => (await write(file, bytes)).bytesWritten,
    appendNow: (bytes) => callbacks.writeSync(file, bytes),
    async sync() {
      if (canSync) await datasync(file);
      refuseRemoved(file);
    },
    syncNow() {
      if (canSync) callbacks.fdatasyncSync(file);
      refuseRemoved(file);
    },
    truncate: (length) => truncate(file, length),
    size: async () => (await stat(file)).size,
    sizeNow: () => callbacks.fstatSync(file).size,
    close: () => close(file),
  };
}

/** A file without a name left takes bytes and syncs them, and nobody will ever read them. */
function refuseRemoved(file: number): void {
  if (callbacks.fstatSync(file).nlink > 0) return;
  throw Object.assign(new Error("ENOENT: the file was removed while it was open"), { code: "ENOENT" });
}
