import { lineText, splitLines } from "../ndjson/split-lines.ts";
import type { ReadMark } from "./checkpoint.ts";
import { WINDOW_BYTES } from "./line-window.ts";
import { type ParsedLine, TranscriptParser } from "./parse-transcript.ts";
import type { TranscriptFile } from "./transcript-file.ts";

/** A line that was not read before. */
export interface NewLine {
  readonly parsed: ParsedLine;
  /** From 1. */
  readonly number: number;
  /** Offset after the line. */
  readonly endByte: number;
  /** False for a last line without newline: it may be half written, and is read again next time. */
  readonly terminated: boolean;
}

const LINE_TOO_LONG: ParsedLine = {
  kind: "skipped",
  skip: { reason: "line-too-long", field: null, why: "the line is longer than 256 MiB" },
};

/**
 * The lines after a mark, in groups.
 *
 * The lines within the window before the mark are read again and not returned: later ones refer to them.
 */
export async function* readTranscript(
  file: TranscriptFile,
  from: Pick<ReadMark, "offset" | "lines">,
): AsyncGenerator<readonly NewLine[]> {
  const parser = new TranscriptParser(file.path);
  let endByte = Math.max(0, from.offset - WINDOW_BYTES - 1);
  let number = from.lines;
  // What stands before the first newline is the rest of a line that begins before the window.
  let skipFirst = endByte > 0;
  for await (const lines of splitLines(file.chunks(endByte))) {
    const fresh: NewLine[] = [];
    for (const { bytes, byteLength, terminated } of lines) {
      const startByte = endByte;
      endByte += byteLength;
      if (skipFirst) {
        skipFirst = false;
        continue;
      }
      const parsed = bytes === null ? LINE_TOO_LONG : parser.parse(lineText(bytes), startByte);
      if (startByte < from.offset) continue;
      number += 1;
      fresh.push({ parsed, number, endByte, terminated });
    }
    if (fresh.length > 0) yield fresh;
  }
}
