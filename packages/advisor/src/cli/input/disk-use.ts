import { readdirSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";

/** What a ledger's folder takes, in bytes. */
export interface DiskUse {
  /** The log: the only truth. */
  readonly logBytes: number;
  /** Columns and checkpoints: what can be made again from the log. */
  readonly derivedBytes: number;
  /** Bytes that were moved aside or copied by a repair. */
  readonly damagedBytes: number;
  readonly otherBytes: number;
  /** Left on the device for this user; null where the system does not tell. */
  readonly freeBytes: number | null;
}

const DERIVED: readonly string[] = ["columns", "checkpoints"];

/** Adds up the files of a ledger's folder. Files that go meanwhile are left out. */
export function diskUse(path: string): DiskUse {
  const use = { logBytes: 0, derivedBytes: 0, damagedBytes: 0, otherBytes: 0 };
  for (const name of readdirSync(path)) {
    const bytes = bytesOf(join(path, name));
    if (name === "segments") use.logBytes += bytes;
    else if (DERIVED.includes(name)) use.derivedBytes += bytes;
    else if (name === "damaged") use.damagedBytes += bytes;
    else use.otherBytes += bytes;
  }
  return { ...use, freeBytes: freeBytes(path) };
}

function bytesOf(path: string): number {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) return 0;
  if (!status.isDirectory()) return status.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesOf(join(path, name)), 0);
}

function freeBytes(path: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return null;
  }
}
