import { setImmediate as turn } from "node:timers/promises";
import type { FileSystem, OpenFile } from "@farthing/ledger";
import type { CrashDisk, FileNode } from "./crash-disk.ts";
import { systemError } from "./faulty-file-system.ts";

/** One call of a program to the file system. */
export interface DiskCall {
  /** From 0, over all calls of one program. */
  readonly index: number;
  readonly kind: keyof FileSystem | keyof OpenFile;
  readonly path: string;
}

type Sync = ReturnType<CrashDisk["startSync"]>;

/** What a call fails with. Of the bytes it was to write, the first `part` (from 0 to 1) of them are. */
export interface CallFault {
  readonly code: string;
  readonly part?: number;
}

export interface DiskProgramOptions {
  /** Decides whether a call fails. */
  readonly fault?: (call: DiskCall) => CallFault | null;
  /** For how many turns of the event loop a call is held up; default: none, but for a sync. */
  readonly pace?: () => number;
  /** Called when something on the disk has changed. */
  readonly onChange?: (call: DiskCall) => void;
}

/** A program that uses a disk, until it is killed. */
export interface DiskProgram {
  readonly fileSystem: FileSystem;
  /** How many calls it has made. */
  calls(): number;
  /** No call returns from now on, and none changes anything. */
  kill(): void;
  isKilled(): boolean;
}

/** Runs a program on a disk: the file system it sees. */
export function programOn(disk: CrashDisk, options: DiskProgramOptions = {}): DiskProgram {
  const { fault = () => null, pace = () => 0, onChange = () => undefined } = options;
  let calls = 0;
  let killed = false;

  function count(kind: DiskCall["kind"], path: string): { call: DiskCall; found: CallFault | null } {
    const call: DiskCall = { index: calls, kind, path };
    calls += 1;
    return { call, found: fault(call) };
  }

  /** A killed program waits for ever. */
  async function holdUp(): Promise<void> {
    for (let turns = pace(); turns > 0; turns -= 1) await turn();
    if (killed) await new Promise(() => undefined);
  }

  /** Lets a call happen, unless it is to fail. */
  async function enter(kind: DiskCall["kind"], path: string): Promise<DiskCall> {
    await holdUp();
    const { call, found } = count(kind, path);
    if (found !== null) throw systemError(found.code);
    return call;
  }

  async function change(kind: DiskCall["kind"], path: string, action: () => void): Promise<void> {
    const call = await enter(kind, path);
    action();
    onChange(call);
  }

  function write(node: FileNode, path: string, bytes: Uint8Array): number {
    if (killed) throw systemError("EIO");
    const { call, found } = count("append", path);
    const taken = found === null ? bytes.length : Math.floor(bytes.length * (found.part ?? 0));
    if (taken > 0) {
      disk.write(node, bytes.subarray(0, taken), program);
      onChange(call);
    }
    if (found !== null) throw systemError(found.code);
    return taken;
  }

  /** What syncing came to: a file without a name is nobody's any more. */
  function finishSync(node: FileNode, call: DiskCall, found: CallFault | null, running: Sync): void {
    if (found === null) running.done();
    else running.fail();
    onChange(call);
    if (found !== null) throw systemError(found.code);
    if (!disk.isNamed(node)) throw systemError("ENOENT");
  }

  async function sync(node: FileNode, path: string): Promise<void> {
    await holdUp();
    const { call, found } = count("sync", path);
    const running = disk.startSync(node, program);
    await turn();
    await holdUp();
    finishSync(node, call, found, running);
  }

  function syncNow(node: FileNode, path: string): void {
    if (killed) throw systemError("EIO");
    const { call, found } = count("syncNow", path);
    finishSync(node, call, found, disk.startSync(node, program));
  }

  function openFile(node: FileNode, path: string): OpenFile {
    let isOpen = true;
    const refuseClosed = (): void => {
      if (!isOpen) throw systemError("EBADF");
    };
    return {
      async read(buffer, length, at) {
        await enter("read", path);
        return at < node.bytes.length ? node.bytes.copy(buffer, 0, at, Math.min(node.bytes.length, at + length)) : 0;
      },
      async append(bytes) {
        await holdUp();
        refuseClosed();
        return write(node, path, bytes);
      },
      appendNow(bytes) {
        refuseClosed();
        return write(node, path, bytes);
      },
      sync: () => sync(node, path),
      syncNow: () => syncNow(node, path),
      truncate: (length) => change("truncate", path, () => disk.truncate(node, length, program)),
      async size() {
        await enter("size", path);
        return node.bytes.length;
      },
      sizeNow: () => node.bytes.length,
      // The descriptor is gone whatever closing reports.
      async close() {
        isOpen = false;
        await enter("close", path);
      },
    };
  }

  const fileSystem: FileSystem = {
    async kind(path) {
      await enter("kind", path);
      return "local";
    },
    async open(path, how) {
      const call = await enter("open", path);
      const node = disk.find(path);
      if (how.startsWith("create") && node !== null) throw systemError("EEXIST");
      if (node === null && how !== "read") {
        const made = disk.create(path);
        onChange(call);
        return openFile(made, path);
      }
      const file = disk.file(path);
      if (how === "replace") {
        disk.truncate(file, 0, program);
        onChange(call);
      }
      return openFile(file, path);
    },
    createNow(path) {
      if (killed) throw systemError("EIO");
      const { call, found } = count("createNow", path);
      if (found !== null) throw systemError(found.code);
      if (disk.find(path) !== null) throw systemError("EEXIST");
      const made = disk.create(path);
      if (path.endsWith(".unsure")) disk.tellLosses(program);
      onChange(call);
      return openFile(made, path);
    },
    async readFile(path) {
      await enter("readFile", path);
      return Buffer.from(disk.file(path).bytes);
    },
    readNow(path, buffer, at) {
      if (killed) throw systemError("EIO");
      const { found } = count("readNow", path);
      if (found !== null) throw systemError(found.code);
      const { bytes } = disk.file(path);
      return at < bytes.length ? bytes.copy(buffer, 0, at, Math.min(bytes.length, at + buffer.length)) : 0;
    },
    stateNow(path) {
      if (killed) throw systemError("EIO");
      const { found } = count("stateNow", path);
      if (found !== null) throw systemError(found.code);
      const node = disk.find(path);
      return node?.kind === "file" ? { bytes: node.bytes.length, modifiedAt: 0 } : null;
    },
    touchNow(path) {
      if (killed) throw systemError("EIO");
      const { found } = count("touchNow", path);
      if (found !== null) throw systemError(found.code);
      disk.file(path);
    },
    async list(folder) {
      await enter("list", folder);
      return [...disk.folder(folder).names.keys()];
    },
    async isFolder(path) {
      await enter("isFolder", path);
      const node = disk.find(path);
      if (node === null) throw systemError("ENOENT");
      return node.kind === "folder";
    },
    makeFolder: (path) => change("makeFolder", path, () => disk.makeFolder(path)),
    rename: (from, to) => change("rename", to, () => disk.rename(from, to)),
    link: (from, to) => change("link", to, () => disk.link(from, to)),
    async remove(path) {
      await change("remove", path, () => {
        disk.file(path);
        disk.remove(path);
      });
    },
    syncFolder: (path) => change("syncFolder", path, () => disk.syncFolder(disk.folder(path))),
  };

  const program: DiskProgram = {
    fileSystem,
    calls: () => calls,
    kill() {
      killed = true;
    },
    isKilled: () => killed,
  };
  return program;
}
