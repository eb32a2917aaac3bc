import type { DecodeLine, FrameHead } from "./frame.ts";

/** A whole line among bytes that are none, because the newline before or after it was changed. */
export interface SalvagedLine<F extends FrameHead> {
  readonly frame: F;
  /** Offset of its first byte. */
  readonly start: number;
  /** Offset just past its last byte. */
  readonly end: number;
}

const START = `{"writer":"`;
const END = /,"crc":"[0-9a-f]{8}","chain":"[0-9a-f]{64}"\}/g;
/** How many places are tried for where a line starts: events can hold what looks like one. */
const STARTS_MAX = 64;

/** Every whole line among bytes that cannot be read as one; its checksum says that it is. */
export function salvageLines<F extends FrameHead>(bytes: Buffer, decode: DecodeLine<F>): readonly SalvagedLine<F>[] {
  const text = bytes.toString("latin1");
  const lines: SalvagedLine<F>[] = [];
  let from = 0;
  for (const { 0: tail, index } of text.matchAll(END)) {
    const end = index + tail.length;
    const line = lineUntil(bytes, text, from, end, decode);
    if (line === null) continue;
    lines.push(line);
    from = end;
  }
  return lines;
}

function lineUntil<F extends FrameHead>(
  bytes: Buffer,
  text: string,
  from: number,
  end: number,
  decode: DecodeLine<F>,
): SalvagedLine<F> | null {
  let start = text.indexOf(START, from);
  for (let tried = 0; tried < STARTS_MAX && start !== -1 && start < end; tried += 1) {
    const frame = decode(bytes.subarray(start, end));
    if (!("why" in frame)) return { frame, start, end };
    start = text.indexOf(START, start + 1);
  }
  return null;
}
