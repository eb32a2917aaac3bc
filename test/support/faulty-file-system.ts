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
  };
}

/** An error as the operating system reports it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}

function faultyFile(file: OpenFile, faults: WriteFault[]): OpenFile {
  let syncFault: string | null = null;
  let failing: string | null = null;
  return {
    ...file,
    async append(bytes) {
      if (failing !== null) throw systemError(failing);
      const fault = faults.shift();
      if (fault === undefined) return file.append(bytes);
      if ("short" in fault) return file.append(bytes.subarray(0, fault.short));
      if ("syncFails" in fault) {
        syncFault = fault.syncFails;
        return file.append(bytes);
      }
      failing = fault.fails;
      return fault.after === 0 ? Promise.reject(systemError(fault.fails)) : file.append(bytes.subarray(0, fault.after));
    },
    async sync() {
      if (syncFault !== null) throw systemError(syncFault);
      await file.sync();
    },
  };
}
