import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { Damage } from "../event-store.ts";
import type { FileSystem } from "../file/file-system.ts";
import type { ChainHead, DecodeLine, Frame, FrameHead } from "../file/frame.ts";
import { readLines } from "../file/lines.ts";
import type { LogPlace } from "../file/position.ts";
import { LogReader, type Log, type LogEntry } from "../file/read-log.ts";
import { segmentName } from "../file/segment-name.ts";
import { systemCode, withPath } from "../file/unavailable.ts";
import { ENDING_BYTES, type ColumnSource } from "./column-file.ts";
import type { LinePlace } from "./line-places.ts";
import type { DraftLine } from "./scan-line.ts";

/** How much of the end of a segment is read to learn where the log stands there. */
const END_BYTES = 262_144;
/** How much of a file is read at once for its checksum. */
const CRC_BYTES = 65_536;

/** A line of a segment that holds an event. */
export interface SegmentLine<F extends FrameHead> {
  readonly entry: LogEntry<F>;
  readonly place: LinePlace;
}

/** Where in a segment reading begins, and where the log stands there. */
export interface SegmentStart {
  readonly place: LogPlace;
  readonly head: ChainHead;
}

/** What reading a segment to its end told of it. */
export interface SegmentEnd extends Omit<ColumnSource, "recordedFrom" | "recordedUntil" | "ending"> {
  /** Null where it grew meanwhile. */
  readonly ending: number | null;
}

/**
 * Reads one segment of a log, or what comes after a place in it, calling back for each line that holds an event.
 *
 * Damage is reported as `readLog` does when it reads the whole log. Between the pieces that it reads others can run.
 *
 * @throws LedgerUnavailableError when it cannot be read.
 */
export async function readSegment<F extends FrameHead>(
  fileSystem: FileSystem,
  log: Log,
  segment: number,
  decode: DecodeLine<F>,
  report: (damage: Damage) => void,
  take: (line: SegmentLine<F>) => void,
  from?: SegmentStart,
): Promise<SegmentEnd> {
  const { writer } = log;
  let isDamaged = false;
  const noteAndReport = (damage: Damage): void => {
    isDamaged = true;
    report(damage);
  };
  const reader =
    from === undefined
      ? await readerBefore(fileSystem, log, segment, decode, noteAndReport)
      : new LogReader(log, from.place, noteAndReport, decode, from.head);
  const path = reader.enter(segment);
  let end: LogPlace | null = null;
  return withPath(path, async () => {
    const file = await fileSystem.open(path, "read");
    try {
      const bytes = await file.size();
      for await (const lines of readLines(file, from?.place.byte ?? 0)) {
        for (const entry of reader.readAll(lines)) {
          end = entry.next;
          take({ entry, place: { writer, segment, byte: entry.byte, length: entry.length } });
        }
      }
      const ending = endingOf(fileSystem, path, bytes);
      const damaged = isDamaged ? { damaged: damagedState(fileSystem, log.folder, writer, segment) } : {};
      return { writer, segment, bytes, ending, end, head: reader.head, ...damaged };
    } finally {
      await file.close();
    }
  });
}

/** When a line was recorded, in milliseconds since 1970. One that does not say counts as recorded when it occurred. */
export function recordedAt(line: DraftLine | Frame): number {
  if (line.at !== null) return line.at;
  const occurredAt = "event" in line ? Date.parse(line.event.occurredAt) : line.draft.occurredAt;
  return Number.isNaN(occurredAt) ? 0 : occurredAt;
}

/**
 * Whether a segment is, by its length and its last bytes, what a column file was made from. One that was damaged then is
 * held against it as a whole: a restored copy ends as it did.
 *
 * @param folder The segments' folder.
 */
export function isSource(fileSystem: FileSystem, folder: string, source: ColumnSource): boolean {
  const { writer, segment, bytes, ending, damaged } = source;
  if (endingOf(fileSystem, join(folder, segmentName(writer, segment)), bytes) !== ending) return false;
  return damaged === undefined || damagedState(fileSystem, folder, writer, segment) === damaged;
}

/** Whether a segment begins, by the last of the bytes meant, with what columns were made from. It may go on after them. */
export function isBeginning(fileSystem: FileSystem, path: string, { bytes, ending }: ColumnSource): boolean {
  const last = Buffer.alloc(Math.min(bytes, ENDING_BYTES));
  return fileSystem.readNow(path, last, bytes - last.length) === last.length && crc32(last) === ending;
}

/** CRC-32 of a segment and the one before, without which its first line has nothing to follow. */
function damagedState(fileSystem: FileSystem, folder: string, writer: string, segment: number): number {
  const before = crcOf(fileSystem, join(folder, segmentName(writer, segment - 1)), 0);
  return crcOf(fileSystem, join(folder, segmentName(writer, segment)), before);
}

/** The CRC-32 of some bytes and then of those of a file; unchanged where there is no such file. */
function crcOf(fileSystem: FileSystem, path: string, crc: number): number {
  const buffer = Buffer.allocUnsafe(CRC_BYTES);
  try {
    for (let at = 0, result = crc; ; at += CRC_BYTES) {
      const count = fileSystem.readNow(path, buffer, at);
      result = crc32(buffer.subarray(0, count), result);
      if (count < CRC_BYTES) return result;
    }
  } catch (error) {
    if (systemCode(error) === "ENOENT") return crc;
    throw error;
  }
}

/** CRC-32 of the last bytes of a file that is so many bytes long; null where it is not. */
function endingOf(fileSystem: FileSystem, path: string, bytes: number): number | null {
  const start = Math.max(0, bytes - ENDING_BYTES);
  // One byte more, to see whether the file goes on.
  const ending = Buffer.alloc(bytes - start + 1);
  const count = fileSystem.readNow(path, ending, start);
  return count === bytes - start ? crc32(ending.subarray(0, count)) : null;
}

/** A reader of a log that has read the end of what comes before a segment, to hold the segment's first line against. */
async function readerBefore<F extends FrameHead>(
  fileSystem: FileSystem,
  log: Log,
  segment: number,
  decode: DecodeLine<F>,
  report: (damage: Damage) => void,
): Promise<LogReader<F>> {
  for (const earlier of log.segments.filter((number) => number < segment).toReversed()) {
    const path = join(log.folder, segmentName(log.writer, earlier));
    const reader = await withPath(path, () => readerAtEnd(fileSystem, log, path, earlier, decode, report));
    if (reader !== null) return reader;
  }
  return new LogReader(log, { segment, byte: 0, line: 1 }, report, decode);
}

/** A reader that has read the last lines of a segment, without a word on their damage; null where it has no lines. */
async function readerAtEnd<F extends FrameHead>(
  fileSystem: FileSystem,
  log: Log,
  path: string,
  segment: number,
  decode: DecodeLine<F>,
  report: (damage: Damage) => void,
): Promise<LogReader<F> | null> {
  const file = await fileSystem.open(path, "read");
  try {
    const size = await file.size();
    for (let bytes = END_BYTES; ; bytes *= 4) {
      const start = Math.max(0, size - bytes);
      let isSilent = true;
      const from = { segment, byte: start, line: 1 };
      const reportLater = (damage: Damage): void => {
        if (!isSilent) report(damage);
      };
      const reader = new LogReader(log, from, reportLater, decode);
      reader.enter(segment);
      let lines = 0;
      for await (const batch of readLines(file, start)) {
        // What is read first can be the second half of a line.
        const whole = batch.filter(({ byte }) => start === 0 || byte !== start);
        reader.readAll(whole);
        lines += whole.filter(({ terminated, bytes }) => terminated && bytes.length > 0).length;
      }
      isSilent = false;
      if (lines > 0) return reader;
      if (start === 0) return null;
    }
  } finally {
    await file.close();
  }
}
