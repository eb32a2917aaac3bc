/** An id's hash of 53 bits as an index holds it: 32 bits to search by, 16 to compare. */
export interface SplitHash {
  readonly high: number;
  readonly low: number;
}

export function splitHash(hash: number): SplitHash {
  return { high: Math.floor(hash / 2 ** 21), low: Math.floor((hash % 2 ** 21) / 2 ** 5) };
}

/** The ids of a file as hashes in order, each with the slot of what has the id. */
export interface IdIndex {
  readonly high: Uint32Array;
  readonly low: Uint16Array;
  readonly slots: Uint32Array;
}

/** @param hashes By slot. */
export function buildIdIndex(hashes: readonly number[]): IdIndex {
  const inOrder = hashes.map((hash, slot) => ({ ...splitHash(hash), slot }));
  inOrder.sort((a, b) => a.high - b.high || a.low - b.low || a.slot - b.slot);
  return {
    high: Uint32Array.from(inOrder, ({ high }) => high),
    low: Uint16Array.from(inOrder, ({ low }) => low),
    slots: Uint32Array.from(inOrder, ({ slot }) => slot),
  };
}

/** Calls back for every pair of places at which two ascending lists hold the same number. */
export function forEachMatch(a: Uint32Array, b: Uint32Array, found: (inA: number, inB: number) => void): void {
  // Short against long: looking each one up is faster than walking along both.
  if (a.length * 16 < b.length) {
    for (let inA = 0; inA < a.length; inA += 1) {
      const value = a[inA] ?? 0;
      for (let inB = firstAtLeast(b, value); b[inB] === value; inB += 1) found(inA, inB);
    }
    return;
  }
  let inA = 0;
  let inB = 0;
  while (inA < a.length && inB < b.length) {
    const difference = (a[inA] ?? 0) - (b[inB] ?? 0);
    if (difference < 0) inA += 1;
    else if (difference > 0) inB += 1;
    else {
      for (let same = inB; b[same] === a[inA]; same += 1) found(inA, same);
      inA += 1;
    }
  }
}

/** How many bits a filter has for each hash, at least: so one in so many hashes passes that is not among its own. */
const BITS_PER_HASH = 128;

/** Tells for most hashes, from a few cached bytes, that they are not among some. */
export class HashFilter {
  readonly #bits: Uint32Array;
  readonly #shift: number;

  constructor(hashes: Uint32Array) {
    const width = Math.min(27, Math.max(5, Math.ceil(Math.log2(hashes.length * BITS_PER_HASH + 1))));
    this.#bits = new Uint32Array(2 ** (width - 5));
    this.#shift = 32 - width;
    for (const hash of hashes) {
      const bit = hash >>> this.#shift;
      this.#bits[bit >>> 5] = (this.#bits[bit >>> 5] ?? 0) | (1 << (bit & 31));
    }
  }

  /** Calls back with the place of each hash of a list that may be among them. */
  forEachIn(list: Uint32Array, found: (place: number) => void): void {
    const bits = this.#bits;
    const shift = this.#shift;
    for (let place = 0; place < list.length; place += 1) {
      const bit = (list[place] ?? 0) >>> shift;
      if ((((bits[bit >>> 5] ?? 0) >>> (bit & 31)) & 1) !== 0) found(place);
    }
  }
}

/** Place of the first number in ascending order that is not below a value. */
export function firstAtLeast(values: Uint32Array, value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
