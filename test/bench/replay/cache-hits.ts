import { TTL_MS } from "./answer.ts";

const BUCKET_MS = 60_000;

/** Requests by time: how many come within a lifetime of the one before them in their series. */
export class CacheHits {
  #count = 0;
  #at = new Float64Array(1_048_576);
  #series = new Uint32Array(1_048_576);
  readonly #numbers = new Map<string, number>();

  /** The number of a series of requests that share a cached prefix. */
  seriesOf(name: string): number {
    const held = this.#numbers.get(name) ?? this.#numbers.size;
    this.#numbers.set(name, held);
    return held;
  }

  add(series: number, at: number): void {
    if (this.#count === this.#at.length) this.#grow();
    this.#at[this.#count] = at;
    this.#series[this.#count] = series;
    this.#count += 1;
  }

  get hits(): number {
    const order = this.#byTime();
    const lastAt = new Float64Array(this.#numbers.size).fill(-Infinity);
    let hits = 0;
    for (const index of order) {
      const series = this.#series[index] ?? 0;
      const at = this.#at[index] ?? 0;
      if (at - (lastAt[series] ?? 0) < TTL_MS) hits += 1;
      lastAt[series] = at;
    }
    return hits;
  }

  /** Sorted into minutes by counting, and within each by comparing. */
  #byTime(): Uint32Array {
    const at = this.#at.subarray(0, this.#count);
    let first = Infinity;
    let last = -Infinity;
    for (const time of at) {
      if (time < first) first = time;
      if (time > last) last = time;
    }
    const starts = new Uint32Array(Math.floor((last - first) / BUCKET_MS) + 2);
    for (const time of at) {
      const bucket = Math.floor((time - first) / BUCKET_MS) + 1;
      starts[bucket] = (starts[bucket] ?? 0) + 1;
    }
    for (let bucket = 1; bucket < starts.length; bucket += 1) {
      starts[bucket] = (starts[bucket] ?? 0) + (starts[bucket - 1] ?? 0);
    }
    const ends = starts.slice();
    const order = new Uint32Array(this.#count);
    for (let index = 0; index < this.#count; index += 1) {
      const bucket = Math.floor(((at[index] ?? 0) - first) / BUCKET_MS);
      const end = ends[bucket] ?? 0;
      order[end] = index;
      ends[bucket] = end + 1;
    }
    for (let bucket = 0; bucket + 1 < starts.length; bucket += 1) {
      const some = order.subarray(starts[bucket], starts[bucket + 1]);
      if (some.length > 1) some.sort((a, b) => (at[a] ?? 0) - (at[b] ?? 0));
    }
    return order;
  }

  #grow(): void {
    const at = new Float64Array(this.#at.length * 2);
    const series = new Uint32Array(this.#at.length * 2);
    at.set(this.#at);
    series.set(this.#series);
    this.#at = at;
    this.#series = series;
  }
}
