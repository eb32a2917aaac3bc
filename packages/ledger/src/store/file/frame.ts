import { hash } from "node:crypto";
import { crc32 } from "node:zlib";
import { eventFromJson } from "../../events/codec.ts";
import type { LedgerEvent } from "../../events/event.ts";

/** Where a writer's log stands: what its next line has to follow. */
export interface ChainHead {
  /** Number of the newest line; 0 before the first. */
  readonly seq: number;
  /** Chain value of the newest line. */
  readonly chain: string;
  /** When the newest line was recorded, in milliseconds since 1970; null where no line says. */
  readonly at: number | null;
}

/** Before the first line of a log. */
export const NO_LINES: ChainHead = { seq: 0, chain: "0".repeat(64), at: null };

/** One line of a log, read. */
export interface Frame {
  readonly writer: string;
  readonly seq: number;
  readonly event: LedgerEvent;
  /** When it was recorded, in milliseconds since 1970; null in lines of before that was written. */
  readonly at: number | null;
  readonly chain: string;
  /** The bytes that the checksum and the chain cover. */
  readonly body: string;
}

const TAIL = /^,"crc":"([0-9a-f]{8})","chain":"([0-9a-f]{64})"\}$/;
/** The longest `seq` with the `,"event":` after it. */
const NUMBER_BYTES_MAX = String(Number.MAX_SAFE_INTEGER).length + `,"event":`.length;
const TAIL_BYTES = `,"crc":"","chain":""}`.length + 8 + 64;

/**
 * The lines of events, as canonical JSON, that follow `head`: their bytes, newlines included, how many bytes each has
 * without its newline, and where the log stands after them.
 *
 * `now` is what the clock shows. Where it was set back the lines have the time of the one before, so that the lines
 * recorded until an instant are always the first ones of a log.
 */
export function encodeFrames(
  writer: string,
  head: ChainHead,
  events: readonly string[],
  now: number,
): { readonly bytes: Buffer; readonly lengths: readonly number[]; readonly head: ChainHead } {
  const at = Math.max(head.at ?? 0, now);
  const begin = `{"writer":${JSON.stringify(writer)},"seq":`;
  const end = `,"at":${String(at)}`;
  const room = begin.length + end.length + NUMBER_BYTES_MAX + TAIL_BYTES + 1;
  const bytes = Buffer.allocUnsafe(events.reduce((size, event) => size + Buffer.byteLength(event) + room, 0));
  const lengths: number[] = [];
  let { seq, chain } = head;
  let filled = 0;
  for (const event of events) {
    seq += 1;
    const body = `${begin}${String(seq)},"event":${event}${end}`;
    const tail = filled + bytes.write(body, filled, "utf8");
    const crc = checksum(bytes.subarray(filled, tail));
    chain = chainAfter(chain, body);
    const next = tail + bytes.write(`,"crc":"${crc}","chain":"${chain}"}\n`, tail, "latin1");
    lengths.push(next - filled - 1);
    filled = next;
  }
  return { bytes: bytes.subarray(0, filled), lengths, head: { seq, chain, at } };
}

/**
 * Reads a line without its newline.
 *
 * Returns why where the bytes are not what a writer wrote. Whether the chain holds is for the reader of the whole
 * log to tell.
 */
export function decodeFrame(line: Buffer): Frame | { readonly why: string } {
  const body = line.subarray(0, Math.max(0, line.length - TAIL_BYTES));
  const tail = TAIL.exec(line.toString("latin1", body.length));
  if (tail === null) return { why: "not a line of a ledger, or only a part of one" };
  const [, crc = "", chain = ""] = tail;
  if (checksum(body) !== crc) return { why: "the checksum does not match: bytes were changed" };
  try {
    return readBody(body.toString("utf8"), chain);
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error) };
  }
}

function readBody(body: string, chain: string): Frame | { readonly why: string } {
  const value: unknown = JSON.parse(`${body}}`);
  if (typeof value !== "object" || value === null || !("writer" in value && "seq" in value && "event" in value)) {
    return { why: "not a line of a ledger" };
  }
  const { writer, seq, event } = value;
  const at = "at" in value ? value.at : null;
  if (typeof writer !== "string" || typeof seq !== "number" || (at !== null && typeof at !== "number")) {
    return { why: "not a line of a ledger" };
  }
  return { writer, seq, event: eventFromJson(event), at, chain, body };
}

/** Where a log stands after a line that was read: a repeated line does not move it. */
export function headAfter(head: ChainHead, { seq, chain, at }: Frame): ChainHead {
  return seq > head.seq ? { seq, chain, at: at ?? head.at } : head;
}

/** The chain value of a line that follows one with the value `previous`. */
export function chainAfter(previous: string, body: string): string {
  return hash("sha256", previous + body, "hex");
}

function checksum(bytes: Buffer): string {
  return crc32(bytes).toString(16).padStart(8, "0");
}
