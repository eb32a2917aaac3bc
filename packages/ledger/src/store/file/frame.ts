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
}

/** Before the first line of a log. */
export const NO_LINES: ChainHead = { seq: 0, chain: "0".repeat(64) };

/** One line of a log, read. */
export interface Frame {
  readonly writer: string;
  readonly seq: number;
  readonly event: LedgerEvent;
  readonly chain: string;
  /** The bytes that the checksum and the chain cover. */
  readonly body: string;
}

const TAIL = /^,"crc":"([0-9a-f]{8})","chain":"([0-9a-f]{64})"\}$/;
const TAIL_BYTES = `,"crc":"","chain":""}`.length + 8 + 64;

/** The line that follows `head`, newline included, and where the log stands after it. */
export function encodeFrame(writer: string, head: ChainHead, eventJson: string): { line: string; head: ChainHead } {
  const seq = head.seq + 1;
  const body = `{"writer":${JSON.stringify(writer)},"seq":${String(seq)},"event":${eventJson}`;
  const chain = chainAfter(head.chain, body);
  return { line: `${body},"crc":"${checksum(Buffer.from(body, "utf8"))}","chain":"${chain}"}\n`, head: { seq, chain } };
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
  if (typeof writer !== "string" || typeof seq !== "number") return { why: "not a line of a ledger" };
  return { writer, seq, event: eventFromJson(event), chain, body };
}

/** The chain value of a line that follows one with the value `previous`. */
export function chainAfter(previous: string, body: string): string {
  return hash("sha256", previous + body, "hex");
}

function checksum(bytes: Buffer): string {
  return crc32(bytes).toString(16).padStart(8, "0");
}
