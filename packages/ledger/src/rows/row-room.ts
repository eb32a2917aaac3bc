const BYTES_MIN = 2 ** 16;

/**
 * Room for the rows of one file after the other, so that reading many takes the memory of one: what was read into it is
 * gone when the next file is.
 */
export class RowRoom {
  #stored: Buffer = Buffer.alloc(0);
  #numbers = new ArrayBuffer(0);
  #used = 0;

  /** Lets go of what was read before, and gives so many bytes to read into, from a multiple of eight on. */
  take(length: number): Buffer {
    this.#used = 0;
    if (this.#stored.length < length) this.#stored = Buffer.allocUnsafeSlow(Math.max(length * 1.5, BYTES_MIN));
    return this.#stored.subarray(0, length);
  }

  uint32(length: number): Uint32Array {
    const place = this.#placeFor(length * 4);
    return new Uint32Array(this.#numbers, place, length);
  }

  int32(length: number): Int32Array {
    const place = this.#placeFor(length * 4);
    return new Int32Array(this.#numbers, place, length);
  }

  doubles(length: number): Float64Array {
    const place = this.#placeFor(length * 8);
    return new Float64Array(this.#numbers, place, length);
  }

  /** Where so many bytes are free. What was given before stays where it is, also in room that was outgrown. */
  #placeFor(bytes: number): number {
    if (this.#used + bytes > this.#numbers.byteLength) {
      this.#numbers = new ArrayBuffer(Math.max(BYTES_MIN, 2 * (this.#used + bytes)));
      this.#used = 0;
    }
    const place = this.#used;
    this.#used += bytes + (-bytes & 7);
    return place;
  }
}
