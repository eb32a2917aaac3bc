import { readUuid } from "../../rows/uuid-words.ts";
import type { ColumnReader, ColumnWriter } from "./number-codec.ts";

/** A half of a character alone, which UTF-8 cannot hold and JSON escapes. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Writes texts, each of which can be null, as one run of UTF-8. */
export function writeTexts(out: ColumnWriter, texts: readonly (string | null)[]): void {
  const joined = texts.join("");
  // Of one byte each, as nearly always, no character is half of one.
  if (Buffer.byteLength(joined) === joined.length) {
    writeRun(out, texts, joined, []);
    return;
  }
  const escaped: number[] = [];
  const stored = texts.map((text, index) => {
    if (text === null || !LONE_SURROGATE.test(text)) return text;
    escaped.push(index);
    return JSON.stringify(text);
  });
  writeRun(out, stored, stored.join(""), escaped);
}

/** @param joined The stored texts, one after the other, in which null is nothing. */
function writeRun(
  out: ColumnWriter,
  stored: readonly (string | null)[],
  joined: string,
  escaped: readonly number[],
): void {
  const bytes = Buffer.from(joined, "utf8");
  const isAscii = bytes.length === joined.length;
  // One more than the length, so that 0 says null.
  out.numbers(stored.map((text) => (text === null ? 0 : 1 + (isAscii ? text.length : Buffer.byteLength(text)))));
  out.numbers([bytes.length, isAscii ? 1 : 0]);
  out.numbers(escaped);
  out.raw(bytes);
}

/** Reads what `writeTexts` wrote; each text is decoded when it is asked for. */
export function readTexts(from: ColumnReader): TextList {
  const lengths = from.uint32();
  const [byteCount = 0, isAscii = 0] = from.doubles();
  const escaped = from.uint32();
  const bytes = from.raw(byteCount);
  return new TextList(lengths, bytes, isAscii === 1, escaped);
}

/** Texts in the order in which they were written. */
export class TextList {
  readonly length: number;
  readonly #lengths: Uint32Array;
  readonly #bytes: Buffer;
  readonly #isAscii: boolean;
  readonly #escaped: ReadonlySet<number> | null;
  /** Offset of each text, made when the first one is asked for. */
  #starts: Uint32Array | null = null;

  constructor(lengths: Uint32Array, bytes: Uint8Array, isAscii: boolean, escaped: Uint32Array) {
    this.length = lengths.length;
    this.#lengths = lengths;
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#isAscii = isAscii;
    this.#escaped = escaped.length === 0 ? null : new Set(escaped);
  }

  /** Whether the text at an index is a UUID, whose words it then writes; see the function of that name. */
  readUuid(index: number, words: Uint32Array): boolean {
    this.#starts ??= startsOf(this.#lengths);
    const start = this.#starts[index] ?? 0;
    return readUuid(this.#bytes, start, start + (this.#lengths[index] ?? 0) - 1, words);
  }

  /** The text at an index below `length`. */
  at(index: number): string | null {
    const length = this.#lengths[index];
    if (length === undefined) throw new RangeError(`there is no text ${String(index)} of ${String(this.length)}`);
    if (length === 0) return null;
    this.#starts ??= startsOf(this.#lengths);
    const start = this.#starts[index] ?? 0;
    const end = start + length - 1;
    const text = this.#bytes.toString(this.#isAscii ? "latin1" : "utf8", start, end);
    return this.#escaped?.has(index) === true ? String(JSON.parse(text)) : text;
  }
}

function startsOf(lengths: Uint32Array): Uint32Array {
  const starts = new Uint32Array(lengths.length);
  let start = 0;
  for (let index = 0; index < lengths.length; index += 1) {
    starts[index] = start;
    start += Math.max(0, (lengths[index] ?? 0) - 1);
  }
  return starts;
}

/** Gives equal texts one number, from 1 in the order in which they are met; 0 is null. */
export class TextNumbers {
  readonly #numbers = new Map<string, number>();

  of(text: string | null): number {
    if (text === null) return 0;
    const held = this.#numbers.get(text);
    if (held !== undefined) return held;
    const number = this.#numbers.size + 1;
    this.#numbers.set(text, number);
    return number;
  }

  write(out: ColumnWriter): void {
    writeTexts(out, [...this.#numbers.keys()]);
  }
}

/** Texts by the numbers that `TextNumbers` gave them, each decoded once. */
export class NumberedTexts {
  readonly #texts: TextList;
  readonly #decoded: (string | null)[] = [];

  constructor(from: ColumnReader) {
    this.#texts = readTexts(from);
  }

  readUuid(number: number, words: Uint32Array): boolean {
    return number > 0 && this.#texts.readUuid(number - 1, words);
  }

  of(number: number): string | null {
    if (number === 0) return null;
    return (this.#decoded[number] ??= this.#texts.at(number - 1));
  }
}
