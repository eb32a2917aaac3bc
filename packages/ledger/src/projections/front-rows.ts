import type { Instant } from "../instant.ts";
import type { RequestRows } from "../rows/request-rows.ts";

/** A row and the rows it is one of. */
export interface RowPlace {
  readonly rows: RequestRows;
  readonly row: number;
}

/** What rows are ordered by, the smallest first. */
interface Rank {
  /** Numbers and bigints compare exactly with each other. */
  readonly rank: number | bigint;
  readonly at: Instant;
}

interface Entry<T> extends Rank {
  readonly id: () => string;
  /** Null once what is kept of it was made. */
  readonly place: RowPlace | null;
  readonly made: T | null;
}

/** Rows that may be offered before those that are out of the question are let go. */
const WAITING_MAX = 4096;

/** The first of many rows in order of a rank, then of time, then of id. No more than a limit are kept. */
export class FrontRows<T> {
  readonly #limit: number;
  readonly #make: (place: RowPlace) => T;
  #kept: Entry<T>[] = [];
  /** Offered since `keep`. */
  #waiting: Entry<T>[] = [];
  /** The last that is still among the first; null while there is room. */
  #last: Rank | null = null;

  /**
   * @param limit Null for all.
   * @param make Makes what is kept of a row; asked only of rows that are among the first when their batch ends.
   */
  constructor(limit: number | null, make: (place: RowPlace) => T) {
    this.#limit = limit ?? Infinity;
    this.#make = make;
  }

  offer(rank: number | bigint, at: Instant, place: RowPlace): void {
    if (this.#last !== null && compareRanks({ rank, at }, this.#last) > 0) return;
    this.#waiting.push({ rank, at, place, made: null, id: () => place.rows.details().id(place.row) });
    if (this.#waiting.length >= this.#limit + WAITING_MAX) this.#cut();
  }

  /** To be called at the end of a batch, of which nothing but what was made is referred to afterwards. */
  keep(): void {
    if (this.#kept.length + this.#waiting.length > this.#limit) this.#cut();
    for (const { rank, at, place, id } of this.#waiting) {
      if (place === null) continue;
      const ownId = id();
      this.#kept.push({ rank, at, id: () => ownId, place: null, made: this.#make(place) });
    }
    this.#waiting = [];
  }

  inOrder(): readonly T[] {
    return this.#kept
      .sort(compareEntries)
      .map(({ made }) => made)
      .filter((made) => made !== null);
  }

  #cut(): void {
    const front = [...this.#kept, ...this.#waiting].sort(compareEntries).slice(0, this.#limit);
    this.#kept = front.filter(({ place }) => place === null);
    this.#waiting = front.filter(({ place }) => place !== null);
    this.#last = front.length < this.#limit ? null : (front.at(-1) ?? { rank: -Infinity, at: -Infinity });
  }
}

function compareRanks(a: Rank, b: Rank): number {
  return a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : a.at - b.at;
}

function compareEntries(a: Entry<unknown>, b: Entry<unknown>): number {
  return compareRanks(a, b) || (a.id() < b.id() ? -1 : 1);
}
