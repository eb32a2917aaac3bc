import type { RowBatch } from "../rows/request-rows.ts";
import { CELL_WIDTH, FIRST, LAST, ROWS_BETWEEN_CHECKS, type CellTable } from "./cell-table.ts";
import type { Conditions } from "./conditions.ts";
import { UNWANTED } from "./context-groups.ts";
import { RATES_WIDTH, type PriceClasses } from "./price-classes.ts";
import type { RowClasses } from "./row-classes.ts";
import { exactUsdOf } from "./row-passes.ts";
import { EXACT_MAX } from "./session-records.ts";
import type { BatchSessions } from "./session-sums.ts";
import type { TimeSlots } from "./time-slots.ts";

/** Rows of a batch, with what was looked at of them so far. */
export interface Rows {
  readonly batch: RowBatch;
  /** By context, the number of its group. */
  readonly groupOf: Int32Array;
  /** Null where nobody asked for sessions. */
  readonly sums: BatchSessions | null;
  readonly sign: 1 | -1;
}

/** Rows of which some may be left out. */
export interface PlainRows extends Rows {
  readonly classes: RowClasses;
  /** Rows to leave out; null for none. */
  readonly general: Uint8Array | null;
}

/** What rows are summed into, and found by. */
interface Sums {
  readonly cells: CellTable;
  readonly classes: PriceClasses;
  readonly slots: TimeSlots;
  readonly conditions: Conditions;
}

/** Places of the table of shortcuts: groups by classes. */
const SHORTCUTS_MAX = 2 ** 18;
/** Classes that rows may bring in addition to those known before. */
const NEW_CLASSES = 8;

/** The loop that decides how fast a ledger is summed. */
export class PlainRowSums {
  readonly #into: Sums;
  /** By group and class, the cell found last, and the slot it was found in plus one. */
  #shortcuts = new Int32Array(0);
  #shortcutSlots = new Int32Array(0);
  /** Classes per group in the shortcuts; 0 for none. */
  #width = 0;

  constructor(into: Sums) {
    this.#into = into;
  }

  /** @param groups How many there are. */
  take(rows: PlainRows, groups: number): void {
    const { count } = rows.batch.rows;
    this.#makeShortcuts(groups);
    for (let start = 0; start < count; start += ROWS_BETWEEN_CHECKS) {
      const end = Math.min(start + ROWS_BETWEEN_CHECKS, count);
      this.#into.cells.makeRoom(end - start);
      this.#takeSome(rows, start, end);
    }
  }

  #takeSome({ batch, groupOf, sums, classes, general, sign }: PlainRows, start: number, end: number): void {
    const { dead, rows } = batch;
    const { occurredAt, termsOf, contextOf, uncachedInput, cacheWrite5m, cacheWrite1h } = rows;
    const { cacheRead, output, thinking, webSearchRequests } = rows;
    const { from: classFrom, until: classUntil, base, limit, longBase, longLimit } = classes;
    const { cells, slots, conditions } = this.#into;
    const { since, until } = conditions;
    const [shortcuts, shortcutSlots, width] = [this.#shortcuts, this.#shortcutSlots, this.#width];
    let { from: slotFrom, until: slotUntil } = slots;
    let slot = slotIfWanted(this.#into);
    for (let row = start; row < end; row += 1) {
      if (dead !== null && dead[row] !== 0) continue;
      const at = occurredAt[row] ?? 0;
      if (at < since || at >= until) continue;
      const context = contextOf[row] ?? 0;
      const group = groupOf[context] ?? UNWANTED;
      if (group < 0) continue;
      if (general !== null && general[row] !== 0) continue;
      const term = termsOf[row] ?? 0;
      if (at < (classFrom[term] ?? 0) || at >= (classUntil[term] ?? 0)) classes.enter(term, at);
      let priceClass = base[term] ?? UNWANTED;
      if (priceClass < 0) continue;
      if (at < slotFrom || at >= slotUntil) {
        slots.enter(at);
        ({ from: slotFrom, until: slotUntil } = slots);
        slot = slotIfWanted(this.#into);
      }
      if (slot < 0) continue;
      const input = uncachedInput[row] ?? 0;
      const write5m = cacheWrite5m[row] ?? 0;
      const write1h = cacheWrite1h[row] ?? 0;
      const read = cacheRead[row] ?? 0;
      const prompt = input + write5m + write1h + read;
      if (prompt > (limit[term] ?? 0)) {
        const isTold = prompt <= (longLimit[term] ?? 0);
        priceClass = isTold ? (longBase[term] ?? UNWANTED) : classes.classOf(term, row, prompt);
      }
      const pair = group * width + priceClass;
      let cell = 0;
      if (priceClass < width && shortcutSlots[pair] === slot + 1) {
        cell = shortcuts[pair] ?? 0;
      } else {
        cell = cells.find(group, slot, priceClass);
        if (priceClass < width) {
          shortcuts[pair] = cell;
          shortcutSlots[pair] = slot + 1;
        }
      }
      const { values } = cells;
      const place = cell * CELL_WIDTH;
      const thought = thinking[row] ?? 0;
      values[place] = (values[place] ?? 0) + sign;
      values[place + 1] = (values[place + 1] ?? 0) + sign * input;
      values[place + 2] = (values[place + 2] ?? 0) + sign * write5m;
      values[place + 3] = (values[place + 3] ?? 0) + sign * write1h;
      values[place + 4] = (values[place + 4] ?? 0) + sign * read;
      values[place + 5] = (values[place + 5] ?? 0) + sign * (output[row] ?? 0);
      if (thought > 0) values[place + 6] = (values[place + 6] ?? 0) + sign * thought;
      values[place + 7] = (values[place + 7] ?? 0) + sign * (webSearchRequests[row] ?? 0);
      if (sums !== null) {
        const { rates } = this.#into.classes;
        const price = priceClass * RATES_WIDTH;
        const usd =
          input * (rates[price] ?? 0) +
          write5m * (rates[price + 1] ?? 0) +
          write1h * (rates[price + 2] ?? 0) +
          read * (rates[price + 3] ?? 0) +
          (output[row] ?? 0) * (rates[price + 4] ?? 0) +
          (webSearchRequests[row] ?? 0) * (rates[price + 5] ?? 0);
        const session = sums.of[context] ?? 0;
        const sum = (sums.usd[session] ?? 0) + sign * usd;
        // Not by a function: handing it a number costs more than the rest.
        if (Math.abs(sum) <= EXACT_MAX) sums.usd[session] = sum;
        else if (usd > 0) {
          sums.addExactly(session, BigInt(sign) * exactUsdOf(rows, row, this.#into.classes.list[priceClass]));
        }
        if (usd >= 0) sums.priced[session] = (sums.priced[session] ?? 0) + sign;
        if (rates[price + 6] === 1) sums.recorded[session] = (sums.recorded[session] ?? 0) + sign;
      }
      if (sign > 0) {
        if (at < (values[place + FIRST] ?? 0)) values[place + FIRST] = at;
        if (at > (values[place + LAST] ?? 0)) values[place + LAST] = at;
      } else {
        cells.lose(cell, at);
      }
    }
  }

  #makeShortcuts(groups: number): void {
    const classes = this.#into.classes.list.length + NEW_CLASSES;
    if (classes <= this.#width && groups * this.#width <= this.#shortcuts.length) return;
    const width = 2 ** Math.ceil(Math.log2(classes));
    const length = groups * 2 * width;
    this.#width = length > SHORTCUTS_MAX ? 0 : width;
    this.#shortcuts = new Int32Array(this.#width === 0 ? 0 : length);
    this.#shortcutSlots = new Int32Array(this.#shortcuts.length);
  }
}

/** The number of the current slot, or `UNWANTED`. */
export function slotIfWanted({ slots, conditions }: Pick<Sums, "slots" | "conditions">): number {
  return conditions.holdDuring(slots, slots.slot) ? slots.slot : UNWANTED;
}
