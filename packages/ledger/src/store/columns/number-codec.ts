import type { RowRoom } from "../../rows/row-room.ts";

/** How wide the numbers of a stored column are; 0 where all are equal. */
type Width = 0 | 1 | 2 | 4 | 8;

/** How a column of numbers is stored: `base` plus a code of this width each, or doubles as they are. */
interface Encoding {
  readonly width: Width;
  readonly base: number;
  /** The greatest number of the column. */
  readonly max: number;
  /** Whether the greatest code stands for NaN. */
  readonly hasMissing: boolean;
}

const HEADER_BYTES = 24;
const MISSING = 0x100;
const UINT32_MAX = 2 ** 32 - 1;
const INT32_MAX = 2 ** 31 - 1;
const CODES: readonly { readonly width: Width; readonly max: number }[] = [
  { width: 1, max: 0xff },
  { width: 2, max: 0xffff },
  { width: 4, max: UINT32_MAX },
];

/** Columns and bytes, one after the other, each starting at a multiple of eight. */
export class ColumnWriter {
  readonly #chunks: Uint8Array[] = [];
  #length = 0;

  /** Adds a column of numbers in as few bytes as hold it exactly; NaN is a number that is missing. */
  numbers(values: ArrayLike<number>): void {
    const encoding = encodingOf(values);
    const header = new DataView(new ArrayBuffer(HEADER_BYTES));
    header.setUint32(0, encoding.width | (encoding.hasMissing ? MISSING : 0), true);
    header.setUint32(4, values.length, true);
    header.setFloat64(8, encoding.base, true);
    header.setFloat64(16, encoding.max, true);
    this.raw(new Uint8Array(header.buffer));
    this.raw(encode(values, encoding));
  }

  /** Adds bytes of which the reader knows how many there are. */
  raw(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
    this.#length += bytes.length;
    const padding = -this.#length & 7;
    if (padding === 0) return;
    this.#chunks.push(new Uint8Array(padding));
    this.#length += padding;
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#chunks, this.#length);
  }
}

/** A column of which numbers are decoded one by one. */
export interface NumberColumn {
  readonly length: number;
  /** The number at an index below `length`. */
  at(index: number): number;
}

interface StoredColumn {
  readonly width: number;
  readonly length: number;
  readonly base: number;
  readonly hasMissing: boolean;
  readonly codes: Uint8Array | Uint16Array | Uint32Array | Float64Array;
}

/** Reads what a `ColumnWriter` wrote, in the same order. */
export class ColumnReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #room: RowRoom | null;
  #at = 0;

  /** @param room Where numbers are decoded into; null for arrays of their own. */
  constructor(bytes: Uint8Array, room: RowRoom | null = null) {
    this.#room = room;
    // Arrays of wide numbers can only lie on multiples of their width.
    this.#bytes = (bytes.byteOffset & 7) === 0 ? bytes : new Uint8Array(bytes);
    this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
  }

  /** The next column, of which no number is missing, negative or above 32 bits. */
  uint32(): Uint32Array {
    const room = this.#room;
    return this.#numbers((length) => room?.uint32(length) ?? new Uint32Array(length));
  }

  /** The next column; doubles only where a number passes 32 bits. */
  counts(): Uint32Array | Float64Array {
    return this.#max() > UINT32_MAX ? this.doubles() : this.uint32();
  }

  /** The next column, in which there can be negative numbers; doubles only where one passes 31 bits. */
  signed(): Int32Array | Float64Array {
    if (this.#max() > INT32_MAX) return this.doubles();
    const room = this.#room;
    return this.#numbers((length) => room?.int32(length) ?? new Int32Array(length));
  }

  /** The next column, with NaN for what is missing. */
  doubles(): Float64Array {
    const room = this.#room;
    return this.#numbers((length) => room?.doubles(length) ?? new Float64Array(length));
  }

  /** Passes over the next column, which is decoded when it is asked for, once. */
  later<T>(decode: (from: ColumnReader) => T): () => T {
    const from = new ColumnReader(this.#bytes, this.#room);
    from.#at = this.#at;
    const bytes = (this.#view.getUint32(this.#at, true) & 0xff) * this.lengthOfNext();
    this.#at += HEADER_BYTES + bytes + (-bytes & 7);
    let decoded: T | null = null;
    return () => (decoded ??= decode(from));
  }

  /** How many numbers the next column has. */
  lengthOfNext(): number {
    return this.#view.getUint32(this.#at + 4, true);
  }

  /** The next column, of which no number is missing, to read a few numbers of. */
  numbers(): NumberColumn {
    const { width, length, base, codes } = this.#column();
    return { length, at: width === 0 ? () => base : (index) => (codes[index] ?? 0) + base };
  }

  /** The next bytes, which are not copied. */
  raw(length: number): Uint8Array {
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    if (bytes.length !== length) throw new RangeError("a section ends inside a column");
    this.#at += length + (-length & 7);
    return bytes;
  }

  /** The greatest number of the next column. */
  #max(): number {
    return this.#view.getFloat64(this.#at + 16, true);
  }

  #column(): StoredColumn {
    const kind = this.#view.getUint32(this.#at, true);
    const length = this.#view.getUint32(this.#at + 4, true);
    const base = this.#view.getFloat64(this.#at + 8, true);
    this.#at += HEADER_BYTES;
    const width = kind & 0xff;
    return { width, length, base, hasMissing: (kind & MISSING) !== 0, codes: codesOf(this.raw(length * width), width) };
  }

  #numbers<T extends Uint32Array | Int32Array | Float64Array>(make: (length: number) => T): T {
    const { width, length, base, hasMissing, codes } = this.#column();
    const values = make(length);
    if (width === 0) return base === 0 && this.#room === null ? values : fill(values, base);
    if (base === 0 && !hasMissing) {
      // Copies between arrays of one kind, or from a narrower one, need no loop here.
      values.set(codes);
      return values;
    }
    const missing = hasMissing ? maxCode(width) : -1;
    for (let index = 0; index < length; index += 1) {
      const code = codes[index] ?? 0;
      values[index] = code === missing ? NaN : code + base;
    }
    return values;
  }
}

function fill<T extends Uint32Array | Int32Array | Float64Array>(values: T, value: number): T {
  values.fill(value);
  return values;
}

function encodingOf(values: ArrayLike<number>): Encoding {
  let min = Infinity;
  let max = -Infinity;
  let hasMissing = false;
  let isWhole = true;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? NaN;
    if (Number.isNaN(value)) {
      hasMissing = true;
      continue;
    }
    isWhole &&= Number.isSafeInteger(value) && !Object.is(value, -0);
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (values.length === 0) return { width: 0, base: 0, max: 0, hasMissing: false };
  if (min === Infinity) return { width: 0, base: NaN, max: 0, hasMissing: false };
  if (!isWhole) return { width: 8, base: 0, max: Infinity, hasMissing: false };
  if (min === max && !hasMissing) return { width: 0, base: min, max, hasMissing: false };
  const [spread, top] = [max - min, max].map((largest) =>
    CODES.find((code) => largest + (hasMissing ? 1 : 0) <= code.max),
  );
  if (spread === undefined) return { width: 8, base: 0, max, hasMissing: false };
  // Without a base a column is copied as it is, so one is used only where it saves bytes.
  const needsBase = min < 0 || top === undefined || top.width > spread.width;
  return { width: spread.width, base: needsBase ? min : 0, max, hasMissing };
}

function encode(values: ArrayLike<number>, { width, base, hasMissing }: Encoding): Uint8Array {
  if (width === 0) return new Uint8Array(0);
  if (width === 8) return bytesOf(Float64Array.from(values));
  const codes = codesOf(new Uint8Array(values.length * width), width);
  const missing = maxCode(width);
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? NaN;
    codes[index] = hasMissing && Number.isNaN(value) ? missing : value - base;
  }
  return bytesOf(codes);
}

function maxCode(width: number): number {
  return CODES.find((code) => code.width === width)?.max ?? NaN;
}

/** The bytes of an array, least significant first, as every platform that Node.js runs on stores them. */
export function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function codesOf(bytes: Uint8Array, width: number): Uint8Array | Uint16Array | Uint32Array | Float64Array {
  const { buffer, byteOffset, byteLength } = bytes;
  switch (width) {
    case 0:
    case 1:
      return bytes;
    case 2:
      return new Uint16Array(buffer, byteOffset, byteLength / 2);
    case 4:
      return new Uint32Array(buffer, byteOffset, byteLength / 4);
    case 8:
      return new Float64Array(buffer, byteOffset, byteLength / 8);
    default:
      throw new RangeError(`${String(width)} is not the width of a column`);
  }
}
