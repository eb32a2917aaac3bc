import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { encodeEvent, type LedgerEvent } from "@farthing/ledger";

/** Where a log stands: the number and the chain value of its newest line. */
export interface LogHead {
  readonly seq: number;
  readonly chain: string;
}

export const EMPTY_LOG: LogHead = { seq: 0, chain: "0".repeat(64) };

/** When the first line of a made log was recorded. */
export const RECORDED_AT = Date.parse("2026-10-01T10:00:00.000Z");

/**
 * Lines of a log by the rules of docs/reference/ledger-format.md, each with its newline, and where the log stands
 * after them. They are recorded one millisecond apart unless `at` says otherwise; null is an early release's line.
 */
export function logLines(
  writer: string,
  events: readonly LedgerEvent[],
  after: LogHead = EMPTY_LOG,
  at: (seq: number) => number | null = (seq) => RECORDED_AT + seq,
): { readonly lines: readonly string[]; readonly head: LogHead } {
  return logLinesOf(writer, events.map(encodeEvent), after, at);
}

/** The same of events that are written already, in whatever way. */
export function logLinesOf(
  writer: string,
  texts: readonly string[],
  after: LogHead = EMPTY_LOG,
  at: (seq: number) => number | null = (seq) => RECORDED_AT + seq,
): { readonly lines: readonly string[]; readonly head: LogHead } {
  let { seq, chain } = after;
  const lines = texts.map((text) => {
    seq += 1;
    const recordedAt = at(seq);
    const time = recordedAt === null ? "" : `,"at":${String(recordedAt)}`;
    const body = `{"writer":"${writer}","seq":${String(seq)},"event":${text}${time}`;
    chain = createHash("sha256").update(chain).update(body).digest("hex");
    const crc = crc32(body).toString(16).padStart(8, "0");
    return `${body},"crc":"${crc}","chain":"${chain}"}\n`;
  });
  return { lines, head: { seq, chain } };
}
