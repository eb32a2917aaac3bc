import { LedgerUnavailableError } from "../../errors.ts";
import type { FileSystem } from "./file-system.ts";
import { listLogs } from "./list-logs.ts";
import { systemCode } from "./unavailable.ts";
import { hasUnsure, syncNewest } from "./unsure.ts";

/** Makes all that has been read of a ledger's logs durable; returns whether that is so, as far as can be known. */
export async function makeDurable(fileSystem: FileSystem, folder: string): Promise<boolean> {
  try {
    for (const log of await listLogs(fileSystem, folder)) await syncNewest(fileSystem, log);
    await fileSystem.syncFolder(folder);
    const logs = await listLogs(fileSystem, folder);
    return logs.every((log) => log.segments.every((segment) => !hasUnsure(log, segment)));
  } catch (error) {
    if (error instanceof LedgerUnavailableError || systemCode(error) !== null) return false;
    throw error;
  }
}
