/** What a table of texts consists of, to be stored and read back. */
export interface TextTableParts {
  readonly count: number;
  /** Where each text ends in `bytes`. */
  readonly ends: Uint32Array;
  readonly bytes: Uint8Array;
  /** By number, a hash of the text. */
  readonly hashes: Uint32Array;
  /** A hash table from text to number plus one; a power of two long. */
  readonly places: Int32Array;
}

const TEXTS_MIN = 64;
const BYTES_MIN = 1024;
/** By how much arrays grow that are full. */
const GROWTH = 1.5;
/** Before a text that is not Latin-1, which follows as JSON with escapes. */
const ESCAPED = "\u0001";

/**
 * Numbers texts in the order in which they are met.
 *
 * Texts are kept as bytes, one per character, so that half a million names cost a few flat arrays.
 */
export class TextTable {
  #count = 0;
  #ends: Uint32Array;
  #bytes: Uint8Array;
  #hashes: Uint32Array;
  #places: Int32Array;

  /** @param parts Become the table's own; null for an empty one. */
  constructor(parts: TextTableParts | null) {
    this.#count = parts?.count ?? 0;
    this.#ends = parts?.ends ?? new Uint32Array(TEXTS_MIN);
    this.#bytes = parts?.bytes ?? new Uint8Array(BYTES_MIN);
    this.#hashes = parts?.hashes ?? new Uint32Array(TEXTS_MIN);
    this.#places = parts?.places ?? new Int32Array(TEXTS_MIN * 2);
  }

  get count(): number {
    return this.#count;
  }

  /** The number of a text that is known, or of a new one. */
  numberOf(text: string): number {
    const stored = storedForm(text);
    const hash = hashOf(stored);
    const places = this.#places;
    const mask = places.length - 1;
    let place = hash & mask;
    for (;;) {
      const number = (places[place] ?? 0) - 1;
      if (number < 0) return this.#add(place, hash, stored);
      if (this.#hashes[number] === hash && this.#holds(number, stored)) return number;
      place = (place + 1) & mask;
    }
  }

  text(number: number): string {
    const start = this.#startOf(number);
    const bytes = Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length);
    const stored = bytes.toString("latin1", start, this.#ends[number] ?? start);
    if (!stored.startsWith(ESCAPED)) return stored;
    return String(JSON.parse(stored.slice(ESCAPED.length)));
  }

  /** The table's own arrays, to be copied before more is added. */
  parts(): TextTableParts {
    return {
      count: this.#count,
      ends: this.#ends.subarray(0, this.#count),
      bytes: this.#bytes.subarray(0, this.#startOf(this.#count)),
      hashes: this.#hashes.subarray(0, this.#count),
      places: this.#places,
    };
  }

  #add(place: number, hash: number, stored: string): number {
    const number = this.#count;
    const start = this.#startOf(number);
    if (start + stored.length > this.#bytes.length) this.#bytes = longer(this.#bytes, start + stored.length);
    for (let index = 0; index < stored.length; index += 1) this.#bytes[start + index] = stored.charCodeAt(index);
    if (number >= this.#ends.length) {
      const length = Math.ceil(number * GROWTH) + TEXTS_MIN;
      const [ends, hashes] = [new Uint32Array(length), new Uint32Array(length)];
      ends.set(this.#ends);
      hashes.set(this.#hashes);
      this.#ends = ends;
      this.#hashes = hashes;
    }
    this.#hashes[number] = hash;
    this.#ends[number] = start + stored.length;
    this.#places[place] = number + 1;
    this.#count += 1;
    if (this.#count * 2 > this.#places.length) {
      this.#places = new Int32Array(this.#places.length * 2);
      this.#place();
    }
    return number;
  }

  #place(): void {
    const mask = this.#places.length - 1;
    for (let number = 0; number < this.#count; number += 1) {
      let place = (this.#hashes[number] ?? 0) & mask;
      while (this.#places[place] !== 0) place = (place + 1) & mask;
      this.#places[place] = number + 1;
    }
  }

  #holds(number: number, stored: string): boolean {
    const start = this.#startOf(number);
    if ((this.#ends[number] ?? 0) - start !== stored.length) return false;
    for (let index = 0; index < stored.length; index += 1) {
      if (this.#bytes[start + index] !== stored.charCodeAt(index)) return false;
    }
    return true;
  }

  #startOf(number: number): number {
    return number === 0 ? 0 : (this.#ends[number - 1] ?? 0);
  }
}

function storedForm(text: string): string {
  if (isLatin1(text) && !text.startsWith(ESCAPED)) return text;
  const json = JSON.stringify(text);
  return `${ESCAPED}${json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)}`;
}

function isLatin1(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 0xff) return false;
  return true;
}

/** FNV-1a with a last mix, over the bytes of a stored form. */
function hashOf(stored: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < stored.length; index += 1) hash = Math.imul(hash ^ stored.charCodeAt(index), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}

function longer(bytes: Uint8Array, length: number): Uint8Array {
  const next = new Uint8Array(Math.max(length, Math.ceil(bytes.length * GROWTH) + BYTES_MIN));
  next.set(bytes);
  return next;
}
