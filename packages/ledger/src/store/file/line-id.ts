import { decodeFrame } from "./frame.ts";

/** As far as the id of a response lies from the beginning of its line, mostly. */
const HEAD_BYTES = 1024;

/** The beginning of a line that holds a response, as this release writes it, with an id of printable ASCII. */
const RESPONSE =
  /^\{"writer":"[0-9a-z]+","seq":\d+,"event":\{"attempt":(?:null|\d+),"billedTo":"[a-z-]+","cacheMissReason":(?:null|"[^"\\]*"),"conflicts":\[\],"context":\{[^{}\\]*\},"finality":"[a-z]+","id":"([ !#-[\]-~]+)","/;

/**
 * The id of the event in a line; null where there is none.
 *
 * Whether the line is undamaged is not looked at where the id can be found without: whoever finds an id so has to read
 * the line before relying on it.
 */
export function idInLine(line: Buffer): string | null {
  const id = RESPONSE.exec(line.toString("latin1", 0, HEAD_BYTES))?.[1];
  if (id !== undefined) return id;
  const frame = decodeFrame(line);
  return "why" in frame ? null : frame.event.id;
}
