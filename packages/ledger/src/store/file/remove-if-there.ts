import type { FileSystem } from "./file-system.ts";
import { systemCode, withPath } from "./unavailable.ts";

/**
 * Removes a file, unless another process was faster.
 *
 * @throws LedgerUnavailableError when the operating system refuses.
 */
export async function removeIfThere(fileSystem: FileSystem, path: string): Promise<void> {
  await withPath(path, async () => {
    try {
      await fileSystem.remove(path);
    } catch (error) {
      if (systemCode(error) !== "ENOENT") throw error;
    }
  });
}
