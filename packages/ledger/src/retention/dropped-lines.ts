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
}

/** The lines of some segments. Requests of one time come together, whoever recorded them. */
export async function* readDropped(
  fileSystem: FileSystem,
  dropped: readonly SegmentSurvey[],
): AsyncGenerator<DroppedLine> {
  for (const { log, segment } of dropped.toSorted((a, b) => a.newest - b.newest)) {
    const { writer, folder } = log;
    const only = { writer, folder, segments: [segment] };
    // Damage was looked for before.
    for await (const entries of readLog(fileSystem, only, LOG_START, () => undefined)) {
      for (const { frame, byte, length } of entries) {
        yield { event: frame.event, at: frame.at, place: { writer, segment, byte, length } };
      }
    }
  }
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
