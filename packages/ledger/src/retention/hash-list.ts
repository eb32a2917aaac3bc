const ROOM_MIN = 64;

/** Hashes of ids, of eight bytes each: outside of the heap, which is smaller than the memory of most machines. */
export class HashList {
  #values = new Float64Array(ROOM_MIN);
  #length = 0;

  push(hash: number): void {
    if (this.#length === this.#values.length) {
      const values = new Float64Array(this.#length * 2);
      values.set(this.#values);
      this.#values = values;
    }
    this.#values[this.#length] = hash;
    this.#length += 1;
  }

  /** All of them in ascending order, in memory of their own. */
  sorted(): Float64Array {
    return this.#values.slice(0, this.#length).sort();
  }
}

/** How many of some ascending hashes are below one. */
export function countBelow(ascending: Float64Array, hash: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) < hash) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function isAmong(ascending: Float64Array, hash: number): boolean {
  return ascending[countBelow(ascending, hash)] === hash;
}
