import type { Instant } from "../instant.ts";
import { CELL_WIDTH, FIRST, KEY_WIDTH, LAST, SUM_NAMES, type CellTable, type Sum } from "./cell-table.ts";
import { isTimeKey, type GroupKey } from "./group-keys.ts";
import type { PriceClass } from "./price-classes.ts";
import type { TimeSlots } from "./time-slots.ts";

/** Who made the requests of a group, as far as dimensions were asked for. */
export interface ContextGroup {
  readonly keys: readonly GroupKey[];
  /** In the order of `keys`. */
  readonly values: readonly (string | null)[];
  readonly sources: readonly string[];
}

/** Requests that are alike in every dimension asked for, in their price class and in their sources. */
export class TallyCell {
  readonly priceClass: PriceClass;
  readonly #table: CellTable;
  readonly #cell: number;
  readonly #group: ContextGroup;
  readonly #slots: TimeSlots;

  constructor(table: CellTable, cell: number, priceClass: PriceClass, group: ContextGroup, slots: TimeSlots) {
    this.priceClass = priceClass;
    this.#table = table;
    this.#cell = cell;
    this.#group = group;
    this.#slots = slots;
  }

  get sources(): readonly string[] {
    return this.#group.sources;
  }

  /** Whether everything that was added was taken away again. */
  get isEmpty(): boolean {
    return Number(this.sum("requests")) === 0 && SUM_NAMES.every((sum) => Number(this.sum(sum)) === 0);
  }

  /** When the first of them was complete. */
  get first(): Instant {
    return this.#table.values[this.#cell * CELL_WIDTH + FIRST] ?? NaN;
  }

  /** When the last of them was complete. */
  get last(): Instant {
    return this.#table.values[this.#cell * CELL_WIDTH + LAST] ?? NaN;
  }

  /** How many there are, or their tokens or searches: a bigint where a number might not be exact. */
  sum(sum: Sum): number | bigint {
    return this.#table.sum(this.#cell, sum);
  }

  /** Their value in one of the dimensions asked for. */
  value(key: GroupKey): string | null {
    if (key === "model") return this.priceClass.model;
    if (!isTimeKey(key)) return this.#group.values[this.#group.keys.indexOf(key)] ?? null;
    return this.#slots.valueOf(this.#table.keys[this.#cell * KEY_WIDTH + 1] ?? 0, key);
  }
}
