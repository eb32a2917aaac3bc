import { dirname } from "node:path";
import { v7 } from "uuid";
import type { FileSystem, OpenFile } from "./file-system.ts";
import { systemCode, withPath } from "./unavailable.ts";

/** Writes every byte, in as many writes as the system needs, and makes them durable. */
export async function appendDurably(file: OpenFile, bytes: Uint8Array): Promise<void> {
  await appendAll(file, bytes);
  await file.sync();
}

/** Writes every byte, in as many writes as the system needs. */
async function appendAll(file: OpenFile, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) written += await file.append(bytes.subarray(written));
}

/**
 * Makes or replaces a file as a whole: after a crash it holds the old bytes or the new ones, never a mixture.
 *
 * @param mayReplace Asked last, when all of it is durable under another name; throws where it may not be done.
 * @throws LedgerUnavailableError when the operating system refuses; the old file is untouched.
 */
export async function writeFileDurably(
  fileSystem: FileSystem,
  path: string,
  content: string | Uint8Array,
  mayReplace: () => void = () => undefined,
): Promise<void> {
  const bytes = typeof content === "string" ? Buffer.from(content, "utf8") : content;
  await replaceFile(fileSystem, path, (file) => appendDurably(file, bytes), mayReplace);
  await withPath(path, () => fileSystem.syncFolder(dirname(path)));
}

/**
 * As `writeFileDurably`, without waiting for the disk: after a loss of power the file can hold anything. For what is
 * derived, and known by a checksum.
 *
 * @throws LedgerUnavailableError when the operating system refuses; the old file is untouched.
 */
export async function writeFileSoon(
  fileSystem: FileSystem,
  path: string,
  pieces: readonly Uint8Array[],
): Promise<void> {
  await replaceFile(fileSystem, path, async (file) => {
    for (const bytes of pieces) await appendAll(file, bytes);
  });
}

async function replaceFile(
  fileSystem: FileSystem,
  path: string,
  write: (file: OpenFile) => Promise<void>,
  mayReplace: () => void = () => undefined,
): Promise<void> {
  // Another process may be replacing the same file.
  const temporary = `${path}.${v7()}.tmp`;
  await withPath(path, async () => {
    const file = await fileSystem.open(temporary, "create");
    try {
      await finish(file, () => write(file));
      mayReplace();
      await fileSystem.rename(temporary, path);
    } catch (error) {
      await removeQuietly(fileSystem, temporary);
      throw error;
    }
  });
}

/**
 * Makes a folder and those above it that are missing. Their names outlive a loss of power, also of those that are there
 * already: whoever made them may have died before that was so. Those that it makes are private where that is asked for.
 */
export async function makeFolderDurably(fileSystem: FileSystem, path: string, access?: "private"): Promise<void> {
  await (access === undefined ? fileSystem.makeFolder(path) : fileSystem.makeFolder(path, access));
  for (let folder = path; folder !== dirname(folder); folder = dirname(folder)) {
    await syncUnlessForeign(fileSystem, dirname(folder));
  }
}

/** Syncs a folder, unless it is one that this user may pass through only, and so has made nothing in. */
async function syncUnlessForeign(fileSystem: FileSystem, folder: string): Promise<void> {
  try {
    await fileSystem.syncFolder(folder);
  } catch (error) {
    const code = systemCode(error);
    if (code !== "EACCES" && code !== "EPERM") throw error;
  }
}

/** Does the last thing with a file, and closes it whatever comes of that. */
async function finish(file: OpenFile, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } finally {
    await file.close();
  }
}

async function removeQuietly(fileSystem: FileSystem, path: string): Promise<void> {
  try {
    await fileSystem.remove(path);
  } catch {
    // The failure that led here is the one to tell.
  }
}
