import { join } from "node:path";
import type { FileSystem, OpenFile } from "./file-system.ts";
import { decodeFrame, headAfter, NO_LINES, type ChainHead } from "./frame.ts";
import { readLines } from "./lines.ts";
import type { Log } from "./read-log.ts";
import { salvageLines } from "./salvage.ts";
import { segmentName } from "./segment-name.ts";
import { withPath } from "./unavailable.ts";
import { sureBytes } from "./unsure.ts";

/** Where a log ends. */
export interface LogEnd {
  /** Number of its newest segment; 0 before the first. */
  readonly segment: number;
  /** Bytes in that segment. */
  readonly bytes: number;
  /** Whether the next line may follow there: the last one is ended by a newline, and stays. */
  readonly takesLines: boolean;
  /** Where the log stands after the last line of those that stay. */
  readonly head: ChainHead;
}

/** What one segment tells of it. */
type SegmentEnd = Omit<LogEnd, "segment">;

/** The newest good line of a segment is looked for in this many bytes at its end before all of it is read. */
const TAIL_BYTES = 1_048_576;

/**
 * Finds where a log ends.
 *
 * @throws LedgerUnavailableError when a segment cannot be read.
 */
export async function findLogEnd(
  fileSystem: FileSystem,
  folder: string,
  log: Pick<Log, "writer" | "segments" | "heads" | "unsure">,
): Promise<LogEnd> {
  let end: LogEnd | null = null;
  for (const segment of log.segments.toReversed()) {
    const path = join(folder, segmentName(log.writer, segment));
    const found = await withPath(path, () => lookAt(fileSystem, path, (bytes) => sureBytes(log, segment, bytes)));
    end ??= { segment, ...found };
    if (found.head.seq > 0) return { ...end, head: found.head };
    const dropped = log.heads?.get(segment);
    if (dropped !== undefined) return { ...end, head: dropped };
  }
  return end ?? { segment: 0, bytes: 0, takesLines: false, head: NO_LINES };
}

async function lookAt(fileSystem: FileSystem, path: string, sureOf: (bytes: number) => number): Promise<SegmentEnd> {
  const file = await fileSystem.open(path, "read");
  try {
    const bytes = await file.size();
    const sure = sureOf(bytes);
    // What it is cut off in the middle of is no line, and does not count.
    const tail = await readEnd(file, Math.max(0, sure - TAIL_BYTES), sure);
    const { head, isWhole } = tail.head.seq > 0 || sure <= TAIL_BYTES ? tail : await readEnd(file, 0, sure);
    return { bytes, takesLines: isWhole && sure === bytes, head };
  } finally {
    await file.close();
  }
}

async function readEnd(
  file: OpenFile,
  from: number,
  until: number,
): Promise<{ readonly head: ChainHead; readonly isWhole: boolean }> {
  let head = NO_LINES;
  let isWhole = true;
  for await (const lines of readLines(file, from)) {
    for (const { byte, bytes, terminated } of lines) {
      if (byte >= until) return { head, isWhole };
      isWhole = terminated;
      const frame = decodeFrame(bytes);
      const frames = "why" in frame ? salvageLines(bytes, decodeFrame).map((line) => line.frame) : [frame];
      head = frames.reduce(headAfter, head);
    }
  }
  return { head, isWhole };
}
