import { join } from "node:path";
import type { Position } from "../store/event-store.ts";
import type { FileSystem } from "../store/file/file-system.ts";
import { listLogs } from "../store/file/list-logs.ts";
import { LOG_START, decodePosition } from "../store/file/position.ts";
import { segmentName } from "../store/file/segment-name.ts";
import { withPath } from "../store/file/unavailable.ts";

const CHUNK_BYTES = 1_048_576;
const NEWLINE = 0x0a;

/**
 * How many lines a ledger's folder has after a position.
 *
 * @throws LedgerUnavailableError when a segment cannot be read.
 */
export async function countWaiting(fileSystem: FileSystem, root: string, position: Position): Promise<number> {
  const places = decodePosition(position);
  return countLinesFrom(fileSystem, root, (writer, segment) => {
    const from = places.get(writer) ?? LOG_START;
    if (segment === from.segment) return from.byte;
    return segment > from.segment ? 0 : Infinity;
  });
}

/**
 * How many lines a ledger's folder has of those that begin at a byte of their segment or after it.
 *
 * @param from Says that byte; Infinity where no line counts.
 * @throws LedgerUnavailableError when a segment cannot be read.
 */
export async function countLinesFrom(
  fileSystem: FileSystem,
  root: string,
  from: (writer: string, segment: number) => number,
): Promise<number> {
  const folder = join(root, "segments");
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let lines = 0;
  for (const { writer, segments } of await listLogs(fileSystem, folder)) {
    for (const segment of segments) {
      const byte = from(writer, segment);
      if (byte === Infinity) continue;
      const path = join(folder, segmentName(writer, segment));
      lines += await withPath(path, () => linesIn(fileSystem, path, byte, chunk));
    }
  }
  return lines;
}

async function linesIn(fileSystem: FileSystem, path: string, from: number, chunk: Buffer): Promise<number> {
  const file = await fileSystem.open(path, "read");
  try {
    let lines = 0;
    for (let at = from; ;) {
      const count = await file.read(chunk, chunk.length, at);
      if (count === 0) return lines;
      for (let next = chunk.indexOf(NEWLINE); next !== -1 && next < count; next = chunk.indexOf(NEWLINE, next + 1)) {
        lines += 1;
      }
      at += count;
    }
  } finally {
    await file.close();
  }
}
