import { hash } from "node:crypto";
import { crc32 } from "node:zlib";
import { eventFromJson } from "../../events/codec.ts";
import type { LedgerEvent } from "../../events/event.ts";
import { faultOf } from "../../events/event-fault.ts";

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

/** One line of a log but for its event. */
export interface FrameHead {
  readonly writer: string;
  readonly seq: number;
  /** When it was recorded, in milliseconds since 1970; null in lines of before that was written. */
  readonly at: number | null;
  readonly chain: string;
  /** The bytes that the checksum and the chain cover: part of the line's own, and valid as long. */
  readonly body: Buffer;
}

/** One line of a log, read. */
export interface Frame extends FrameHead {
  readonly event: LedgerEvent;
}

/** Reads a line without its newline; says why where the bytes are not what a writer wrote. */
export type DecodeLine<F extends FrameHead> = (line: Buffer) => F | { readonly why: string };

const TAIL = /^,"crc":"([0-9a-f]{8})","chain":"([0-9a-f]{64})"\}$/;
/** The longest `seq` with the `,"event":` after it. */
const NUMBER_BYTES_MAX = String(Number.MAX_SAFE_INTEGER).length + `,"event":`.length;
const CHAIN_BYTES = 64;
const TAIL_BYTES = `,"crc":"","chain":""}`.length + 8 + CHAIN_BYTES;

/** Lines of events, encoded. */
export interface EncodedFrames {
  /** With their newlines; good until the next lines are encoded. */
  readonly bytes: Uint8Array;
  /** How many bytes each has without its newline. */
  readonly lengths: readonly number[];
  /** Where the log stands after them. */
  readonly head: ChainHead;
}

/** More than this is not kept between two calls. */
const KEPT_BYTES_MAX = 4_194_304;

/** Makes the lines of one log. */
export class FrameEncoder {
  readonly #begin: string;
  #bytes: Buffer = Buffer.allocUnsafe(0);

  constructor(writer: string) {
    this.#begin = `{"writer":${JSON.stringify(writer)},"seq":`;
  }

  /**
   * The lines of events, as canonical JSON, that follow `head`.
   *
   * `now` is what the clock shows. Where it was set back the lines have the time of the one before, so that the lines
   * recorded until an instant are always the first ones of a log.
   */
  encode(head: ChainHead, events: readonly string[], now: number): EncodedFrames {
    const at = Math.max(head.at ?? 0, now);
    const end = `,"at":${String(at)}`;
    const bytes = this.#roomFor(events, end.length);
    const part = (from: number, until: number): Uint8Array =>
      new Uint8Array(bytes.buffer, bytes.byteOffset + from, until - from);
    const lengths: number[] = [];
    let { seq, chain } = head;
    let tail = "";
    let first = CHAIN_BYTES;
    for (const event of events) {
      seq += 1;
      let filled = first + bytes.write(`${this.#begin}${String(seq)},"event":`, first, "utf8");
      filled += bytes.write(event, filled, "utf8");
      filled += bytes.write(end, filled, "latin1");
      const crc = checksum(part(first, filled));
      // The chain value and the body are hashed in one piece, and only then the tail of the line before takes its place.
      bytes.write(chain, first - CHAIN_BYTES, "latin1");
      chain = hash("sha256", part(first - CHAIN_BYTES, filled), "hex");
      bytes.write(tail, first - tail.length, "latin1");
      tail = `,"crc":"${crc}","chain":"${chain}"}\n`;
      lengths.push(filled - first + TAIL_BYTES);
      first = filled + tail.length;
    }
    bytes.write(tail, first - tail.length, "latin1");
    return { bytes: part(CHAIN_BYTES, first), lengths, head: { seq, chain, at } };
  }

  #roomFor(events: readonly string[], endLength: number): Buffer {
    const room = Buffer.byteLength(this.#begin) + NUMBER_BYTES_MAX + endLength + TAIL_BYTES + 1;
    let size = CHAIN_BYTES;
    for (const event of events) size += Buffer.byteLength(event) + room;
    if (size <= this.#bytes.length) return this.#bytes;
    const bytes = Buffer.allocUnsafe(size);
    if (size <= KEPT_BYTES_MAX) this.#bytes = bytes;
    return bytes;
  }
}

/**
 * Reads a line without its newline.
 *
 * Returns why where the bytes are not what a writer wrote. Whether the chain holds is for the reader of the whole
 * log to tell.
 */
export function decodeFrame(line: Buffer): Frame | { readonly why: string } {
  const body = bodyOf(line);
  const tail = TAIL.exec(line.toString("latin1", body.length));
  if (tail === null) return { why: "not a line of a ledger, or only a part of one" };
  const [, crc = "", chain = ""] = tail;
  if (checksum(body) !== crc) return { why: "the checksum does not match: bytes were changed" };
  try {
    return readBody(body, chain);
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error) };
  }
}

/** The bytes of a line that its checksum and its chain value cover. */
export function bodyOf(line: Buffer): Buffer {
  return line.subarray(0, Math.max(0, line.length - TAIL_BYTES));
}

function readBody(body: Buffer, chain: string): Frame | { readonly why: string } {
  const value: unknown = JSON.parse(`${body.toString("utf8")}}`);
  if (typeof value !== "object" || value === null || !("writer" in value && "seq" in value && "event" in value)) {
    return { why: "not a line of a ledger" };
  }
  const { writer, seq, event } = value;
  const at = "at" in value ? value.at : null;
  if (typeof writer !== "string" || typeof seq !== "number" || (at !== null && typeof at !== "number")) {
    return { why: "not a line of a ledger" };
  }
  const read = eventFromJson(event);
  // Nobody who reads has to expect anything else of an event than what its type says.
  const fault = faultOf(read);
  if (fault !== null) return { why: `event.${fault.field}: ${fault.why}` };
  return { writer, seq, event: read, at, chain, body };
}

/** Where a log stands after a line that was read: a repeated line does not move it. */
export function headAfter(head: ChainHead, { seq, chain, at }: FrameHead): ChainHead {
  return seq > head.seq ? { seq, chain, at: at ?? head.at } : head;
}

/** The chain value of a line that follows one with the value `previous`. */
export function chainAfter(previous: string, body: Buffer): string {
  const length = previous.length + body.length;
  if (room.length < length) room = Buffer.alloc(2 * length);
  room.write(previous, 0, "latin1");
  room.set(body, previous.length);
  return hash("sha256", room.subarray(0, length), "hex");
}

/** Room for what is hashed: one hash over bytes that lie together costs half of one over a text of both. */
let room = Buffer.alloc(65_536);

function checksum(bytes: Uint8Array): string {
  return crc32(bytes).toString(16).padStart(8, "0");
}
