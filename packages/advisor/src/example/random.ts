/** A reproducible source of randomness: the same seed gives the same draws, on every machine. */
export interface Random {
  /** A number from 0 (inclusive) to 1 (exclusive). */
  next(): number;
  /** A whole number from `min` to `max`, both inclusive, each equally likely. */
  between(min: number, max: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  /** A waiting time of a memoryless process with this mean. */
  exponential(mean: number): number;
  /** One of the items; there must be at least one. */
  pick<T>(items: readonly [T, ...T[]]): T;
}

const TWO_TO_32 = 0x1_0000_0000;

/**
 * A generator of its own for every name, so that one more service, or one more draw in it, changes no other.
 *
 * xoshiro128** 1.1 (Blackman and Vigna, https://prng.di.unimi.it/), its state filled from a hash of seed and name.
 */
export function seededRandom(seed: number, name: string): Random {
  const fill = hashStream(`${String(seed)}/${name}`);
  let a = fill();
  let b = fill();
  let c = fill();
  let d = fill();

  function next(): number {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return result / TWO_TO_32;
  }

  return {
    next,
    between: (min, max) => min + Math.floor(next() * (max - min + 1)),
    chance: (probability) => next() < probability,
    exponential: (mean) => -mean * Math.log(1 - next()),
    pick: (items) => items[Math.floor(next() * items.length)] ?? items[0],
  };
}

/** Endless 32-bit words from a text: FNV-1a over it, then a Weyl sequence through a mixing function. */
function hashStream(text: string): () => number {
  let state = 0x811c_9dc5;
  for (const character of text) {
    state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x0100_0193);
  }
  return () => {
    state = (state + 0x9e37_79b9) | 0;
    let word = state;
    word = Math.imul(word ^ (word >>> 16), 0x85eb_ca6b);
    word = Math.imul(word ^ (word >>> 13), 0xc2b2_ae35);
    return word ^ (word >>> 16);
  };
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
