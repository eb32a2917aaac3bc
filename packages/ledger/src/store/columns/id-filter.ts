import { splitHash } from "./id-index.ts";

/** Sixteen bits per id, of which four are set: one id in a hundred is taken for one that is there. */
const BITS_PER_ID = 16;
const WORD_BITS = 32;
const BITS_SET = 4;

/** Tells of most ids that they are not among some others. All bits of an id lie in one word, so that asking is cheap. */
export class IdFilter {
  readonly #words: Uint32Array;

  /** @param count How many ids there will be. */
  constructor(count: number) {
    this.#words = new Uint32Array(Math.max(1, Math.ceil((count * BITS_PER_ID) / WORD_BITS)));
  }

  /** @param high The high halves of ids' hashes. */
  addAll(high: Uint32Array): void {
    for (let index = 0; index < high.length; index += 1) {
      const hash = high[index] ?? 0;
      const place = this.#placeOf(hash);
      this.#words[place] = (this.#words[place] ?? 0) | maskOf(hash);
    }
  }

  mayHold(hash: number): boolean {
    const { high } = splitHash(hash);
    const mask = maskOf(high);
    return ((this.#words[this.#placeOf(high)] ?? 0) & mask) === mask;
  }

  /** The upper bits of the hash choose the word, so that ids in order of hash are added in order of memory. */
  #placeOf(high: number): number {
    return Math.floor((high / 2 ** 32) * this.#words.length);
  }
}

/** Which bits of its word an id sets. */
function maskOf(high: number): number {
  let mask = 0;
  let bits = Math.imul(high, 0x9e3779b1);
  for (let index = 0; index < BITS_SET; index += 1) {
    mask |= 1 << (bits & (WORD_BITS - 1));
    bits >>>= 5;
  }
  return mask;
}
