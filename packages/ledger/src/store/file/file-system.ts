import { constants } from "node:fs";
import * as fs from "node:fs/promises";

/** An open file. */
export interface OpenFile {
  /** Reads up to `length` bytes at a place of the file; returns how many there were. */
  read(buffer: Uint8Array, length: number, at: number): Promise<number>;
  /** Writes at the end, or as much as the system takes at once; returns how many bytes. */
  append(bytes: Uint8Array): Promise<number>;
  /** Resolves when what was written would outlive a loss of power. */
  sync(): Promise<void>;
  truncate(length: number): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
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
  readFile(path: string): Promise<Uint8Array>;
  list(folder: string): Promise<string[]>;
  isFolder(path: string): Promise<boolean>;
  makeFolder(path: string): Promise<void>;
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

/** The file system of this machine. */
export const nodeFileSystem: FileSystem = {
  // The numbers above 2^31 come out negative on some machines.
  kind: async (path) => (NETWORK_FILE_SYSTEMS.has((await fs.statfs(path)).type >>> 0) ? "network" : "local"),
  async open(path, how) {
    const handle = await fs.open(path, FLAGS[how], how === "create-private" ? 0o600 : 0o644);
    return {
      read: async (buffer, length, at) => (await handle.read(buffer, 0, length, at)).bytesRead,
      append: async (bytes) => (await handle.write(bytes)).bytesWritten,
      sync: () => handle.datasync(),
      truncate: (length) => handle.truncate(length),
      size: async () => (await handle.stat()).size,
      close: () => handle.close(),
    };
  },
  readFile: (path) => fs.readFile(path),
  list: (folder) => fs.readdir(folder),
  isFolder: async (path) => (await fs.stat(path)).isDirectory(),
  async makeFolder(path) {
    await fs.mkdir(path, { recursive: true });
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
