import { dirname } from "node:path";
import type { FileSystem, OpenFile } from "./file-system.ts";
import { withPath } from "./unavailable.ts";

/** Writes every byte, in as many writes as the system needs, and makes them durable. */
export async function appendDurably(file: OpenFile, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) written += await file.append(bytes.subarray(written));
  await file.sync();
}

/**
 * Makes or replaces a file as a whole: after a crash it holds the old bytes or the new ones, never a mixture.
 *
 * @throws LedgerUnavailableError when the operating system refuses; the old file is untouched.
 */
export async function writeFileDurably(fileSystem: FileSystem, path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`;
  await withPath(path, async () => {
    const file = await fileSystem.open(temporary, "replace");
    try {
      await appendDurably(file, Buffer.from(text, "utf8"));
    } finally {
      await file.close();
    }
    await fileSystem.rename(temporary, path);
    await fileSystem.syncFolder(dirname(path));
  });
}
