import { LedgerChangedError } from "../errors.ts";
import type { LedgerEvent } from "../events/event.ts";
import { ColumnFileError } from "../store/columns/column-file.ts";
import type { LinePlace } from "../store/columns/line-places.ts";
import type { LineReader } from "../store/columns/line-reader.ts";
import type { FileSystem } from "../store/file/file-system.ts";
import type { Frame } from "../store/file/frame.ts";
import { LOG_START } from "../store/file/position.ts";
import { readLog } from "../store/file/read-log.ts";
import type { SegmentSurvey } from "./survey.ts";

/** A line of a segment that is to be dropped. */
export interface DroppedLine {
  readonly event: LedgerEvent;
  /** When it was recorded; null where the line does not say. */
  readonly at: number | null;
  readonly place: LinePlace;
  /** Its bytes, up to the checksum; good until the next line is read. */
  readonly body: Buffer;
}

/**
 * The lines of some segments. Requests of one time come together, whoever recorded them.
 *
 * @param onProgress Hears now and then how many bytes were read, and of how many.
 */
export async function* readDropped(
  fileSystem: FileSystem,
  dropped: readonly SegmentSurvey[],
  onProgress: (done: number, total: number) => void,
): AsyncGenerator<DroppedLine> {
  const progress = progressOver(dropped, onProgress);
  for (const { log, segment } of dropped.toSorted((a, b) => a.newest - b.newest)) {
    const { writer, folder } = log;
    const only = { writer, folder, segments: [segment] };
    // Damage was looked for before.
    for await (const entries of readLog(fileSystem, only, LOG_START, () => undefined)) {
      for (const { frame, byte, length } of entries) {
        progress(length);
        yield { event: frame.event, at: frame.at, body: frame.body, place: { writer, segment, byte, length } };
      }
    }
  }
}

/** Lines between two reports. */
const LINES_PER_REPORT = 1_000;

/** Tells somebody now and then how many bytes of some segments were read, and of how many. */
function progressOver(
  dropped: readonly SegmentSurvey[],
  onProgress: (done: number, total: number) => void,
): (length: number) => void {
  const total = dropped.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  let lines = 0;
  return (length) => {
    done += length + 1;
    lines += 1;
    if (lines % LINES_PER_REPORT === 0) onProgress(done, total);
  };
}

/** @throws LedgerChangedError where the line is not what it was a moment ago. */
export function readAgain(lines: LineReader, place: LinePlace): Frame {
  try {
    return lines.read(place);
  } catch (error) {
    if (error instanceof ColumnFileError) throw new LedgerChangedError(error.message, { cause: error });
    throw error;
  }
}
