import type { FileSystem } from "./file-system.ts";
import { systemCode, unavailable } from "./unavailable.ts";

/**
 * The names in a folder, in order; none where there is no such folder.
 *
 * @throws LedgerUnavailableError when the operating system refuses.
 */
export async function namesIn(folder: string, fileSystem: FileSystem): Promise<readonly string[]> {
  try {
    return [...(await fileSystem.list(folder))].sort();
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw unavailable(folder, error);
  }
}
