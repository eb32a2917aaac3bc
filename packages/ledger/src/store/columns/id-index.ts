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
  const slots = inHashOrder(hashes);
  const high = new Uint32Array(slots.length);
  const low = new Uint16Array(slots.length);
  for (let place = 0; place < slots.length; place += 1) {
    const split = splitHash(hashes[slots[place] ?? 0] ?? 0);
    high[place] = split.high;
    low[place] = split.low;
  }
  return { high, low, slots };
}

/**
 * Places in a list of hashes, in the order of their halves; equal ones as they are.
 *
 * Numbers are sorted in a tenth of the time of objects: the first half and the place of each are made one.
 */
export function inHashOrder(hashes: readonly number[]): Uint32Array {
  const compare = (a: number, b: number): number => fullOf(hashes[a]) - fullOf(hashes[b]) || a - b;
  if (hashes.length > PLACES_MAX) return Uint32Array.from(hashes.keys()).sort(compare);
  const keys = Float64Array.from(hashes, (hash, place) => splitHash(hash).high * PLACES_MAX + place).sort();
  const order = Uint32Array.from(keys, (key) => key % PLACES_MAX);
  // Few have the same first half, and those lie together.
  for (let place = 1; place < order.length; place += 1) {
    const moved = order[place] ?? 0;
    let to = place;
    for (; to > 0 && compare(order[to - 1] ?? 0, moved) > 0; to -= 1) order[to] = order[to - 1] ?? 0;
    order[to] = moved;
  }
  return order;
}

/** So many places fit beside 32 bits into a whole number that doubles hold. */
const PLACES_MAX = 2 ** 21;

/** Both halves of a hash as one number. */
function fullOf(hash = 0): number {
  return Math.floor(hash / 2 ** 5);
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

/** How many bits each half of a filter has for each hash, at least. */
const BITS_PER_HASH = 64;

/** Tells for nearly all hashes, from a few cached bytes, that they are not among some. */
export class HashFilter {
  /** By the first bits of a hash: a list in order is held against them in order. */
  readonly #first: Uint32Array;
  /** By the last bits. */
  readonly #last: Uint32Array;
  readonly #shift: number;

  constructor(hashes: Uint32Array) {
    const width = Math.min(27, Math.max(5, Math.ceil(Math.log2(hashes.length * BITS_PER_HASH + 1))));
    this.#first = new Uint32Array(2 ** (width - 5));
    this.#last = new Uint32Array(2 ** (width - 5));
    this.#shift = 32 - width;
    const mask = 2 ** width - 1;
    for (const hash of hashes) {
      mark(this.#first, hash >>> this.#shift);
      mark(this.#last, hash & mask);
    }
  }

  /** Places in a list of hashes that may be among them. */
  placesIn(list: Uint32Array): readonly number[] {
    const first = this.#first;
    const last = this.#last;
    const shift = this.#shift;
    const mask = last.length * 32 - 1;
    const places: number[] = [];
    for (let place = 0; place < list.length; place += 1) {
      const hash = list[place] ?? 0;
      const high = hash >>> shift;
      if ((((first[high >>> 5] ?? 0) >>> (high & 31)) & 1) === 0) continue;
      const low = hash & mask;
      if ((((last[low >>> 5] ?? 0) >>> (low & 31)) & 1) !== 0) places.push(place);
    }
    return places;
  }
}

function mark(bits: Uint32Array, bit: number): void {
  bits[bit >>> 5] = (bits[bit >>> 5] ?? 0) | (1 << (bit & 31));
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
