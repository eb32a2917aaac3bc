/** A reproducible source of randomness that costs a few nanoseconds to make: every conversation has its own. */
export class Random {
  #a: number;
  #b: number;

  /** Equal seeds and numbers give equal draws on every machine. */
  constructor(seed: number, stream: number, number: number) {
    this.#a = mix(seed ^ Math.imul(stream + 1, 0x9e37_79b9));
    this.#b = mix(this.#a ^ Math.imul(number + 1, 0x85eb_ca6b));
  }

  /** 32 random bits: a Weyl sequence through the finisher of MurmurHash3. */
  word(): number {
    this.#a = (this.#a + 0x9e37_79b9) | 0;
    return mix(this.#a ^ this.#b) >>> 0;
  }

  /** From 0 (inclusive) to 1 (exclusive). */
  next(): number {
    return this.word() / 0x1_0000_0000;
  }

  /** A whole number from `min` to `max`, both inclusive. */
  between(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** A waiting time of a memoryless process, in whole units. */
  wait(mean: number): number {
    return Math.round(-mean * Math.log(1 - this.next()));
  }

  /** An item; the first ones more often than the last. */
  pick<T>(items: readonly [T, ...T[]]): T {
    const at = this.next();
    return items[Math.floor(at * at * items.length)] ?? items[0];
  }
}

function mix(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return mixed ^ (mixed >>> 16);
}
