import { nodeFileSystem, type FileSystem, type OpenFile } from "@farthing/ledger";

/** What the next appending of bytes does; each entry is used once. */
export type WriteFault =
  /** The system takes only this many bytes, then goes on. */
  | { readonly short: number }
  /** The system takes this many bytes, and fails. */
  | { readonly fails: string; readonly after: number }
  /** The bytes are taken; making them durable fails. */
  | { readonly syncFails: string };

/** The real file system with faults in the files whose name ends, or looks, as told. */
export function faultyFileSystem(name: string | RegExp, faults: WriteFault[]): FileSystem {
  const isMeant = (path: string): boolean => (typeof name === "string" ? path.endsWith(name) : name.test(path));
  return {
    ...nodeFileSystem,
    async open(path, how) {
      const file = await nodeFileSystem.open(path, how);
      return isMeant(path) ? faultyFile(file, faults) : file;
    },
    createNow(path) {
      const file = nodeFileSystem.createNow(path);
      return isMeant(path) ? faultyFile(file, faults) : file;
    },
  };
}

/** An error as the operating system reports it: without a stack, which a model of a disk would spend its time on. */
export function systemError(code: string): Error {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const error = new Error(`${code}: injected`);
  Error.stackTraceLimit = stackTraceLimit;
  return Object.assign(error, { code });
}

function faultyFile(file: OpenFile, faults: WriteFault[]): OpenFile {
  let syncFault: string | null = null;
  let failing: string | null = null;
  function appendNow(bytes: Uint8Array): number {
    if (failing !== null) {
      const code = failing;
      failing = null;
      throw systemError(code);
    }
    const fault = faults.shift();
    if (fault === undefined) return file.appendNow(bytes);
    if ("short" in fault) return file.appendNow(bytes.subarray(0, fault.short));
    if ("syncFails" in fault) {
      syncFault = fault.syncFails;
      return file.appendNow(bytes);
    }
    if (fault.after === 0) throw systemError(fault.fails);
    failing = fault.fails;
    return file.appendNow(bytes.subarray(0, fault.after));
  }

  return {
    ...file,
    appendNow,
    append: async (bytes) => appendNow(bytes),
    async sync() {
      if (syncFault !== null) throw systemError(syncFault);
      await file.sync();
    },
  };
}
