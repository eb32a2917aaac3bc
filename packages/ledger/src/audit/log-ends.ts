import { join } from "node:path";
import type { Instant } from "../instant.ts";
import { nodeFileSystem, type FileSystem, type OpenFile } from "../store/file/file-system.ts";
import { listSegments, segmentName } from "../store/file/segment-name.ts";
import { withPath } from "../store/file/unavailable.ts";
import { recordedAt } from "./line-bytes.ts";

const NEWLINE = 0x0a;
const CHUNK_BYTES = 65_536;

/** Where a writer's log ends. */
export interface LogEnd {
  readonly writer: string;
  readonly segments: number;
  /** When its newest line was recorded; null where it does not say. */
  readonly lastAt: Instant | null;
}

/**
 * Looks at the newest line of every log of a ledger, and at no other.
 *
 * @throws LedgerUnavailableError when the operating system refuses.
 */
export async function readLogEnds(path: string, fileSystem: FileSystem = nodeFileSystem): Promise<readonly LogEnd[]> {
  const folder = join(path, "segments");
  const ends: LogEnd[] = [];
  for (const [writer, numbers] of await listSegments(fileSystem, folder)) {
    let lastAt: Instant | null = null;
    // The newest segment can be empty yet.
    for (const number of numbers.slice(-2).toReversed()) {
      lastAt ??= await newestAt(fileSystem, join(folder, segmentName(writer, number)));
    }
    ends.push({ writer, segments: numbers.length, lastAt });
  }
  return ends;
}

async function newestAt(fileSystem: FileSystem, path: string): Promise<Instant | null> {
  return withPath(path, async () => {
    const file = await fileSystem.open(path, "read");
    try {
      const line = await lastLine(file);
      return line === null ? null : recordedAt({ buffer: line, start: 0, end: line.length, byte: 0, terminated: true });
    } finally {
      await file.close();
    }
  });
}

/** The last line that a newline ends; null where there is none. */
async function lastLine(file: OpenFile): Promise<Buffer | null> {
  const size = await file.size();
  for (let length = CHUNK_BYTES; ; length *= 4) {
    const from = Math.max(0, size - length);
    const bytes = Buffer.alloc(size - from);
    const filled = bytes.subarray(0, await file.read(bytes, bytes.length, from));
    const end = filled.lastIndexOf(NEWLINE);
    const start = end < 1 ? -1 : filled.lastIndexOf(NEWLINE, end - 1);
    if (end !== -1 && (start !== -1 || from === 0)) return filled.subarray(start + 1, end);
    if (from === 0) return null;
  }
}
