import { LedgerUnavailableError } from "../../errors.ts";
import type { FileSystem } from "./file-system.ts";
import { listLogs } from "./list-logs.ts";
import type { Log } from "./read-log.ts";
import { systemCode } from "./unavailable.ts";
import { hasUnsure, syncNewest } from "./unsure.ts";

/** Makes all that has been read of a ledger's logs durable; returns whether that is so, as far as can be known. */
export async function makeDurable(fileSystem: FileSystem, folder: string): Promise<boolean> {
  const logs = await makeLogsDurable(fileSystem, folder);
  return logs?.every((log) => log.segments.every((segment) => !hasUnsure(log, segment))) ?? false;
}

/**
 * Makes all that has been read of a ledger's logs durable, but for what marks of them say. Returns the logs with their marks;
 * null where the operating system refuses.
 */
export async function makeLogsDurable(fileSystem: FileSystem, folder: string): Promise<readonly Log[] | null> {
  try {
    for (const log of await listLogs(fileSystem, folder)) await syncNewest(fileSystem, log);
    await fileSystem.syncFolder(folder);
    return await listLogs(fileSystem, folder);
  } catch (error) {
    if (error instanceof LedgerUnavailableError || systemCode(error) !== null) return null;
    throw error;
  }
}
