import { hash } from "node:crypto";
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";

/** A segment is full once it holds this much. */
const SEGMENT_BYTES = 16 * 1_048_576;
const FLUSH_CHARACTERS = 1_048_576;

/**
 * Writes a log by the rules of docs/reference/ledger-format.md and by nothing else, so that what the ledger makes of it is a
 * test of both.
 */
export class LogWriter {
  readonly #folder: string;
  readonly #writer: string;
  #file: number | null = null;
  #segment = 0;
  #segmentBytes = 0;
  #seq = 0;
  #chain = "0".repeat(64);
  #pending: string[] = [];
  #pendingCharacters = 0;

  constructor(folder: string, writer: string) {
    this.#folder = folder;
    this.#writer = writer;
  }

  /** Adds an event's canonical JSON; returns the bytes of its line. */
  append(event: string, recordedAt: number): number {
    if (this.#file === null || this.#segmentBytes >= SEGMENT_BYTES) this.#nextSegment();
    this.#seq += 1;
    const body = `{"writer":"${this.#writer}","seq":${String(this.#seq)},"event":${event},"at":${String(recordedAt)}`;
    this.#chain = hash("sha256", this.#chain + body, "hex");
    const line = `${body},"crc":"${crc32(body).toString(16).padStart(8, "0")}","chain":"${this.#chain}"}\n`;
    const bytes = Buffer.byteLength(line);
    this.#segmentBytes += bytes;
    this.#pending.push(line);
    this.#pendingCharacters += line.length;
    if (this.#pendingCharacters >= FLUSH_CHARACTERS) this.#flush();
    return bytes;
  }

  /** Begins a segment that stays empty, which seals the one before it. */
  seal(): void {
    this.#nextSegment();
    this.#close();
  }

  #close(): void {
    this.#flush();
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }

  #nextSegment(): void {
    this.#close();
    this.#segment += 1;
    this.#segmentBytes = 0;
    const name = `${this.#writer}-${String(this.#segment).padStart(8, "0")}.ndjson`;
    this.#file = openSync(join(this.#folder, name), "w");
  }

  #flush(): void {
    if (this.#file === null || this.#pending.length === 0) return;
    const bytes = Buffer.from(this.#pending.join(""), "utf8");
    for (let written = 0; written < bytes.length;) written += writeSync(this.#file, bytes, written);
    this.#pending = [];
    this.#pendingCharacters = 0;
  }
}
