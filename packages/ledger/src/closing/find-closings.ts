import { join } from "node:path";
import type { PeriodClosed } from "../events/event.ts";
import { isEventOf } from "../events/known-event.ts";
import type { FileSystem } from "../store/file/file-system.ts";
import { decodeFrame } from "../store/file/frame.ts";
import { listCounting } from "../store/file/list-segments.ts";
import { segmentName } from "../store/file/segment-name.ts";
import { withPath } from "../store/file/unavailable.ts";

/** A line that holds a closing, or held one. */
export interface ClosingLine {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** Offset of the line's first byte. */
  readonly byte: number;
  /** Null where the line is damaged. */
  readonly closing: PeriodClosed | null;
}

const NEWLINE = 0x0a;
/** Part of every line with a closing, since keys are sorted and nothing is between them. */
const TYPE = Buffer.from(`"type":"PeriodClosed"`);

/**
 * Every line of a ledger's log with a closing, those that were taken back included. Rests on nothing that is derived from
 * the log.
 *
 * @throws LedgerFormatError, LedgerUnavailableError
 */
export async function findClosings(root: string, fileSystem: FileSystem): Promise<readonly ClosingLine[]> {
  const folder = join(root, "segments");
  const { segments } = await listCounting(fileSystem, folder);
  const found: ClosingLine[] = [];
  for (const [writer, numbers] of segments) {
    for (const number of numbers) {
      const file = join(folder, segmentName(writer, number));
      const bytes = Buffer.from(await withPath(file, () => fileSystem.readFile(file)));
      found.push(...closingsOf(bytes).map((line) => ({ file, ...line })));
    }
  }
  return found;
}

function closingsOf(bytes: Buffer): Omit<ClosingLine, "file">[] {
  const found: Omit<ClosingLine, "file">[] = [];
  let line = 1;
  let counted = 0;
  for (let at = bytes.indexOf(TYPE); at !== -1; at = bytes.indexOf(TYPE, at + TYPE.length)) {
    const byte = bytes.lastIndexOf(NEWLINE, at) + 1;
    const end = bytes.indexOf(NEWLINE, at);
    for (let next = bytes.indexOf(NEWLINE, counted); next !== -1 && next < at; next = bytes.indexOf(NEWLINE, counted)) {
      counted = next + 1;
      line += 1;
    }
    const frame = decodeFrame(bytes.subarray(byte, end === -1 ? bytes.length : end));
    if ("why" in frame) found.push({ line, byte, closing: null });
    else if (isEventOf(frame.event, "PeriodClosed")) found.push({ line, byte, closing: frame.event });
  }
  return found;
}
