import { hash } from "node:crypto";
import { crc32 } from "node:zlib";
import { SCRATCH_BYTES, type LineInBuffer } from "./scan-lines.ts";

// The end of a line, in bytes from the end of its body: ,"crc":"xxxxxxxx","chain":"x...x"}
const CRC_KEY = `,"crc":"`;
const CHAIN_KEY = `","chain":"`;
const END = `"}`;
const CRC_LENGTH = 8;
const CHAIN_LENGTH = 64;
const CHAIN_AT = CRC_KEY.length + CRC_LENGTH + CHAIN_KEY.length;
const TAIL_BYTES = CHAIN_AT + CHAIN_LENGTH + END.length;

const AT_KEY = `,"at":`;
const COLON = 0x3a;
const ZERO = 0x30;
const NINE = 0x39;

/** The checksums at the end of a line. */
export interface LineTail {
  readonly crc: string;
  readonly chain: string;
}

/** Where in the buffer a line's body ends: the bytes that its checksums cover. */
function bodyEndOf({ start, end }: LineInBuffer): number {
  return Math.max(start, end - TAIL_BYTES);
}

/** The checksums of a line; null where its end is not that of a line of a ledger. */
export function readTail(line: LineInBuffer): LineTail | null {
  const text = line.buffer.toString("latin1", bodyEndOf(line), line.end);
  if (text.length !== TAIL_BYTES || !text.startsWith(CRC_KEY) || !text.endsWith(END)) return null;
  if (!text.startsWith(CHAIN_KEY, CHAIN_AT - CHAIN_KEY.length)) return null;
  return {
    crc: text.slice(CRC_KEY.length, CRC_KEY.length + CRC_LENGTH),
    chain: text.slice(CHAIN_AT, CHAIN_AT + CHAIN_LENGTH),
  };
}

/** What the checksum of a line must be. */
export function crcOf(line: LineInBuffer): string {
  return crc32(line.buffer.subarray(line.start, bodyEndOf(line)))
    .toString(16)
    .padStart(CRC_LENGTH, "0");
}

/** What the chain value of a line must be after one with the value `previous`. */
export function chainOf(line: LineInBuffer, previous: string): string {
  // One hash over bytes that lie together costs half of one over a text put together from both.
  line.buffer.write(previous, line.start - SCRATCH_BYTES, SCRATCH_BYTES, "latin1");
  return hash("sha256", line.buffer.subarray(line.start - SCRATCH_BYTES, bodyEndOf(line)), "hex");
}

/** Whether a line begins with these characters, all of them ASCII. */
export function beginsWith({ buffer, start }: LineInBuffer, text: string): boolean {
  return buffer.toString("latin1", start, start + text.length) === text;
}

/** When a line was recorded, in milliseconds since 1970; null where it does not say. */
export function recordedAt(line: LineInBuffer): number | null {
  const { buffer, start } = line;
  let value = 0;
  let scale = 1;
  let index = bodyEndOf(line) - 1;
  for (let digit = digitAt(buffer, index); digit !== null && index > start; digit = digitAt(buffer, index)) {
    value += digit * scale;
    scale *= 10;
    index -= 1;
  }
  const key = index + 1 - AT_KEY.length;
  if (scale === 1 || key < start || buffer[index] !== COLON) return null;
  return buffer.toString("latin1", key, index + 1) === AT_KEY ? value : null;
}

function digitAt(buffer: Buffer, index: number): number | null {
  const byte = buffer[index] ?? 0;
  return byte >= ZERO && byte <= NINE ? byte - ZERO : null;
}
