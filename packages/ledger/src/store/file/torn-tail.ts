import { basename, dirname, join } from "node:path";
import type { FileSystem, OpenFile } from "./file-system.ts";
import { decodeFrame } from "./frame.ts";
import { salvageLines } from "./salvage.ts";
import { systemCode, withPath } from "./unavailable.ts";
import { appendDurably } from "./write-durably.ts";

const CHUNK_BYTES = 65_536;
const NEWLINE = 0x0a;

/**
 * Moves the bytes of an unterminated last line out of a segment, as a crash in the middle of a write leaves them.
 *
 * They were never acknowledged. Only the log's owner may do this: for others the line may still be growing.
 * Nothing is deleted; a crash half-way leaves a copy too many, never one too few.
 *
 * @throws LedgerUnavailableError when the operating system refuses.
 */
export async function moveTornTailAside(
  fileSystem: FileSystem,
  segmentPath: string,
  damagedFolder: string,
): Promise<void> {
  await withPath(segmentPath, async () => {
    const file = await fileSystem.open(segmentPath, "append");
    try {
      const size = await file.size();
      const end = await endOfLastLine(file, size);
      if (end === size) return;
      const bytes = Buffer.alloc(size - end);
      await file.read(bytes, bytes.length, end);
      // A whole line that lost its newline is no torn one; the next line is written on a line of its own.
      if (salvageLines(bytes.subarray(0, -1), decodeFrame).length > 0) return;
      await keep(fileSystem, damagedFolder, `${basename(segmentPath)}.${String(end)}`, bytes);
      await file.truncate(end);
      await file.sync();
    } finally {
      await file.close();
    }
  });
}

/** Offset just past the last newline of a file. */
async function endOfLastLine(file: OpenFile, size: number): Promise<number> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let end = size; end > 0; end -= CHUNK_BYTES) {
    const start = Math.max(0, end - CHUNK_BYTES);
    const count = await file.read(chunk, end - start, start);
    const newline = chunk.subarray(0, count).lastIndexOf(NEWLINE);
    if (newline !== -1) return start + newline + 1;
  }
  return 0;
}

/** Writes bytes to a folder, under the name or, where that is taken, one like it. */
export async function keep(fileSystem: FileSystem, folder: string, name: string, bytes: Uint8Array): Promise<void> {
  await fileSystem.makeFolder(folder);
  const file = await createUnderFreeName(fileSystem, join(folder, name));
  try {
    await appendDurably(file, bytes);
  } finally {
    await file.close();
  }
  await fileSystem.syncFolder(folder);
  await fileSystem.syncFolder(dirname(folder));
}

async function createUnderFreeName(fileSystem: FileSystem, path: string): Promise<OpenFile> {
  for (let copy = 1; ; copy += 1) {
    try {
      return await fileSystem.open(copy === 1 ? path : `${path}.${String(copy)}`, "create");
    } catch (error) {
      if (systemCode(error) !== "EEXIST") throw error;
    }
  }
}
