import type { Instant } from "../instant.ts";

/** What a cell sums, by its place in the cell. */
export const SUMS = {
  requests: 0,
  uncachedInput: 1,
  cacheWrite5m: 2,
  cacheWrite1h: 3,
  cacheRead: 4,
  output: 5,
  thinking: 6,
  webSearch: 7,
} as const;

export type Sum = keyof typeof SUMS;

export const SUM_NAMES: readonly Sum[] = [
  "requests",
  "uncachedInput",
  "cacheWrite5m",
  "cacheWrite1h",
  "cacheRead",
  "output",
  "thinking",
  "webSearch",
];
export const SUM_COUNT = 8;
/** When the first and the last request of a cell were complete. */
export const FIRST = 8;
export const LAST = 9;
/** Doubles per cell. */
export const CELL_WIDTH = 10;
/** Whole numbers per cell that it is found by: group, time slot, price class. */
export const KEY_WIDTH = 3;

/** A sum of doubles is exact below this. */
const EXACT_MAX = 2 ** 53;
/** Sums above this are set aside as bigints before more is added. */
const SET_ASIDE_ABOVE = 2 ** 52;
/** The most that one row adds to a sum; larger counts go through `addExactly`. */
export const ROW_MAX: number = 2 ** 32 - 1;
/** Rows that can be added before sums have to be looked at again. */
export const ROWS_BETWEEN_CHECKS: number = Math.floor((EXACT_MAX - SET_ASIDE_ABOVE) / (ROW_MAX + 1));

const CELLS_MIN = 64;

/** The cells of a table, and what was set aside of their sums. */
export interface CellTableParts {
  readonly keys: Int32Array;
  readonly values: Float64Array;
  readonly aside: readonly (readonly [place: number, amount: string])[];
  readonly openTimes: ReturnType<CellTable["openTimes"]>;
}

/** A cell and a time of it. */
export type CellTime = readonly [cell: number, at: Instant];

/**
 * Sums of whole numbers per (group, time slot, price class), exact at any size.
 *
 * Flat arrays that the loop over rows reads and writes directly: `keys` holds three numbers per cell, `values` its sums
 * and times, `places` is a hash table from the three numbers to the cell's number plus one.
 */
export class CellTable {
  count: number = 0;
  keys: Int32Array = new Int32Array(CELLS_MIN * KEY_WIDTH);
  values: Float64Array = new Float64Array(CELLS_MIN * CELL_WIDTH);
  places: Int32Array = new Int32Array(CELLS_MIN * 2);
  /** What was set aside of sums, by place in `values`. */
  readonly #aside = new Map<number, bigint>();
  /** Firsts and lasts that were taken away, by cell. */
  readonly #lostFirsts = new Map<number, Instant>();
  readonly #lostLasts = new Map<number, Instant>();
  #rowsUntilCheck = ROWS_BETWEEN_CHECKS;

  /** The table's own arrays, to be copied before more is added. */
  parts(): CellTableParts {
    return {
      keys: this.keys.subarray(0, this.count * KEY_WIDTH),
      values: this.values.subarray(0, this.count * CELL_WIDTH),
      aside: [...this.#aside].map(([place, amount]) => [place, String(amount)]),
      openTimes: this.openTimes(),
    };
  }

  /** Makes an empty table hold what another one held. */
  restore({ keys, values, aside, openTimes }: CellTableParts): void {
    this.count = keys.length / KEY_WIDTH;
    let room = CELLS_MIN;
    while (room < this.count) room *= 2;
    this.#makePlaces(keys, values, room);
    for (const [place, amount] of aside) this.#aside.set(place, BigInt(amount));
    for (const [cell, first] of openTimes.firsts) this.#lostFirsts.set(cell, first);
    for (const [cell, last] of openTimes.lasts) this.#lostLasts.set(cell, last);
    this.#rowsUntilCheck = 0;
  }

  /** The cell's number; new cells are empty. */
  find(group: number, slot: number, priceClass: number): number {
    const { keys, places } = this;
    const mask = places.length - 1;
    let place = hashOf(group, slot, priceClass) & mask;
    for (;;) {
      const cell = (places[place] ?? 0) - 1;
      if (cell < 0) return this.#insert(place, group, slot, priceClass);
      const key = cell * KEY_WIDTH;
      if (keys[key] === group && keys[key + 1] === slot && keys[key + 2] === priceClass) return cell;
      place = (place + 1) & mask;
    }
  }

  /** To be called before this many rows are added to `values`, `ROWS_BETWEEN_CHECKS` at most. */
  makeRoom(rows: number): void {
    this.#rowsUntilCheck -= rows;
    if (this.#rowsUntilCheck >= 0) return;
    const { values } = this;
    for (let cell = 0; cell < this.count; cell += 1) {
      for (let sum = 0; sum < SUM_COUNT; sum += 1) {
        const place = cell * CELL_WIDTH + sum;
        const value = values[place] ?? 0;
        if (Math.abs(value) <= SET_ASIDE_ABOVE) continue;
        this.#aside.set(place, (this.#aside.get(place) ?? 0n) + BigInt(value));
        values[place] = 0;
      }
    }
    this.#rowsUntilCheck = ROWS_BETWEEN_CHECKS - rows;
  }

  /** Adds a count of any size, or takes one away. */
  addExactly(cell: number, sum: Sum, amount: bigint): void {
    const place = cell * CELL_WIDTH + SUMS[sum];
    this.#aside.set(place, (this.#aside.get(place) ?? 0n) + amount);
  }

  /** Counts a request that was complete at an instant, or takes it away. */
  countRequest(cell: number, at: Instant, sign: 1 | -1): void {
    const { values } = this;
    const start = cell * CELL_WIDTH;
    values[start] = (values[start] ?? 0) + sign;
    if (sign < 0) {
      this.lose(cell, at);
      return;
    }
    values[start + FIRST] = Math.min(at, values[start + FIRST] ?? Infinity);
    values[start + LAST] = Math.max(at, values[start + LAST] ?? -Infinity);
  }

  /** A table of the same sums with the time slots taken together: all cells have slot 0. */
  overTime(): CellTable {
    const table = new CellTable();
    for (let cell = 0; cell < this.count; cell += 1) {
      const key = cell * KEY_WIDTH;
      table.#addCell(table.find(this.keys[key] ?? 0, 0, this.keys[key + 2] ?? 0), this, cell);
    }
    return table;
  }

  #addCell(cell: number, other: CellTable, otherCell: number): void {
    const { values } = this;
    const start = cell * CELL_WIDTH;
    const otherStart = otherCell * CELL_WIDTH;
    for (const name of SUM_NAMES) {
      const amount = other.sum(otherCell, name);
      const place = start + SUMS[name];
      const sum = (values[place] ?? 0) + Number(amount);
      // Neither of two numbers so small, nor their sum, is rounded.
      const isExact =
        typeof amount === "number" && Math.abs(amount) <= SET_ASIDE_ABOVE && Math.abs(sum) <= SET_ASIDE_ABOVE;
      if (isExact) values[place] = sum;
      else this.addExactly(cell, name, BigInt(amount));
    }
    values[start + FIRST] = Math.min(values[start + FIRST] ?? Infinity, other.values[otherStart + FIRST] ?? Infinity);
    values[start + LAST] = Math.max(values[start + LAST] ?? -Infinity, other.values[otherStart + LAST] ?? -Infinity);
  }

  /** A bigint where a number might not be exact. */
  sum(cell: number, sum: Sum): number | bigint {
    const place = cell * CELL_WIDTH + SUMS[sum];
    const value = this.values[place] ?? 0;
    if (this.#aside.size === 0) return value;
    const aside = this.#aside.get(place);
    return aside === undefined ? value : BigInt(value) + aside;
  }

  /** Takes the time of a row that is taken away out of a cell's first and last. */
  lose(cell: number, at: Instant): void {
    const { values } = this;
    const start = cell * CELL_WIDTH;
    if (values[start + SUMS.requests] === 0) {
      values[start + FIRST] = Infinity;
      values[start + LAST] = -Infinity;
      this.#lostFirsts.delete(cell);
      this.#lostLasts.delete(cell);
      return;
    }
    if (at <= (values[start + FIRST] ?? 0)) {
      values[start + FIRST] = Infinity;
      this.#lostFirsts.set(cell, Math.min(at, this.#lostFirsts.get(cell) ?? Infinity));
    }
    if (at >= (values[start + LAST] ?? 0)) {
      values[start + LAST] = -Infinity;
      this.#lostLasts.set(cell, Math.max(at, this.#lostLasts.get(cell) ?? -Infinity));
    }
  }

  /**
   * Cells of which the first or the last was taken away and is not known since: it is not before `first`, and not after
   * `last`. One that was taken away is known again once a row as early or as late was added.
   */
  openTimes(): { readonly firsts: readonly CellTime[]; readonly lasts: readonly CellTime[] } {
    const at = (cell: number, field: number): number => this.values[cell * CELL_WIDTH + field] ?? NaN;
    return {
      firsts: [...this.#lostFirsts].filter(([cell, first]) => at(cell, FIRST) > first),
      lasts: [...this.#lostLasts].filter(([cell, last]) => at(cell, LAST) < last),
    };
  }

  #insert(place: number, group: number, slot: number, priceClass: number): number {
    const cell = this.count;
    if ((cell + 1) * 2 > this.places.length) {
      this.#grow();
      return this.find(group, slot, priceClass);
    }
    this.places[place] = cell + 1;
    this.keys.set([group, slot, priceClass], cell * KEY_WIDTH);
    this.values[cell * CELL_WIDTH + FIRST] = Infinity;
    this.values[cell * CELL_WIDTH + LAST] = -Infinity;
    this.count += 1;
    return cell;
  }

  /** Twice the cells. */
  #grow(): void {
    this.#makePlaces(this.keys, this.values, (this.keys.length / KEY_WIDTH) * 2);
  }

  /** Takes over cells, with room for so many; the hash table is at most half full. */
  #makePlaces(cellKeys: Int32Array, cellValues: Float64Array, room: number): void {
    const keys = new Int32Array(room * KEY_WIDTH);
    keys.set(cellKeys);
    const values = new Float64Array(room * CELL_WIDTH);
    values.set(cellValues);
    const places = new Int32Array(room * 2);
    const mask = places.length - 1;
    for (let cell = 0; cell < this.count; cell += 1) {
      const key = cell * KEY_WIDTH;
      let place = hashOf(keys[key] ?? 0, keys[key + 1] ?? 0, keys[key + 2] ?? 0) & mask;
      while (places[place] !== 0) place = (place + 1) & mask;
      places[place] = cell + 1;
    }
    Object.assign(this, { keys, values, places });
  }
}

/** Spreads neighbouring numbers over the table. */
function hashOf(group: number, slot: number, priceClass: number): number {
  const mixed = Math.imul(group, 0x9e3779b1) ^ Math.imul(slot, 0x85ebca77) ^ Math.imul(priceClass, 0xc2b2ae3d);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
