const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const UNDERSCORE = 0x5f;
const LETTER_U = 0x75;

/** What comes before the text of a delta, by the name of its field; other deltas, such as signatures, are no text. */
const TEXT_FIELDS = [`_delta","text":"`, `_delta","thinking":"`, `_json_delta","partial_json":"`].map((text) =>
  Buffer.from(text),
);

/**
 * How long the text of a delta is, in UTF-16 code units, as `length` would say once it is parsed.
 *
 * Looks at the bytes of the JSON between `start` and `end`, written in the one way in which the API writes it: the type of
 * a delta, in which there is the first underscore, before its text. 0 for others.
 */
export function countTextUnits(bytes: Uint8Array, start: number, end: number): number {
  const text = textStart(bytes, start, end);
  if (text === -1) return 0;
  const quoted = new QuotedText();
  quoted.read(bytes, text, end);
  return quoted.units;
}

/** Where the text of a delta begins, as above; -1 where it has none. */
export function textStart(bytes: Uint8Array, start: number, end: number): number {
  const type = bytes.indexOf(UNDERSCORE, start);
  if (type === -1) return -1;
  for (const field of TEXT_FIELDS) if (startsWith(bytes, type, end, field)) return type + field.length;
  return -1;
}

/** Whether these bytes are there, before `end`. */
export function startsWith(bytes: Uint8Array, at: number, end: number, expected: Uint8Array): boolean {
  const { length } = expected;
  if (end - at < length || bytes[at + length - 1] !== expected[length - 1]) return false;
  for (let index = 0; index < length; index += 1) if (bytes[at + index] !== expected[index]) return false;
  return true;
}

/** A text of JSON that is read up to the quote that ends it. */
export class QuotedText {
  /** UTF-16 code units of the text that was read last. */
  units = 0;

  /** Reads the text between `start` and `end`; where its quote is, and `end` where there is none. */
  read(bytes: Uint8Array, start: number, end: number): number {
    let units = 0;
    let index = start;
    for (; index < end; index += 1) {
      const byte = bytes[index] ?? 0;
      if (byte === QUOTE) break;
      if (byte === BACKSLASH) {
        index += bytes[index + 1] === LETTER_U ? 5 : 1;
        units += 1;
      } else if (byte < 0x80 || byte >= 0xc0) {
        // What takes four bytes in UTF-8 takes two units in UTF-16; bytes that go on are not counted.
        units += byte >= 0xf0 ? 2 : 1;
      }
    }
    this.units = units;
    return index;
  }
}
