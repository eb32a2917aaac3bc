import type { Instant } from "../instant.ts";
import type { RequestRows, RowTerms } from "../rows/request-rows.ts";
import { ROW_MAX } from "./cell-table.ts";
import { classIn, type ClassWindow, type LengthClass } from "./price-classes.ts";

/**
 * The price classes of some rows, by their terms, at the time looked at last.
 *
 * Arrays with one element per terms, for a loop to read: while a row's time is within `from` and `until`, its class is
 * `base` for a prompt no longer than `limit`, and `longBase` for a longer one that is no longer than `longLimit`.
 */
export class RowClasses {
  readonly from: Float64Array;
  readonly until: Float64Array;
  /** Below 0 where nobody asked for these rows. */
  readonly base: Int32Array;
  /** -1 where the class depends on more than the prompt's length. */
  readonly limit: Float64Array;
  readonly longBase: Int32Array;
  /** -1 where the class depends on more than the prompt's length. */
  readonly longLimit: Float64Array;
  readonly #rows: RequestRows;
  readonly #windowsOf: (terms: RowTerms) => ((at: Instant) => ClassWindow) | null;
  readonly #windows: (((at: Instant) => ClassWindow) | null)[] = [];
  readonly #current: (ClassWindow | undefined)[] = [];

  /** @param windowsOf Null for terms that nobody asked for. */
  constructor(rows: RequestRows, windowsOf: (terms: RowTerms) => ((at: Instant) => ClassWindow) | null) {
    const { length } = rows.terms;
    this.from = new Float64Array(length).fill(Infinity);
    this.until = new Float64Array(length).fill(-Infinity);
    this.base = new Int32Array(length).fill(-1);
    this.limit = new Float64Array(length).fill(Infinity);
    this.longBase = new Int32Array(length).fill(-1);
    this.longLimit = new Float64Array(length).fill(-1);
    this.#rows = rows;
    this.#windowsOf = windowsOf;
  }

  /** Makes the arrays hold for some terms at an instant. */
  enter(term: number, at: Instant): void {
    const windows = (this.#windows[term] ??= this.#windowsOf(this.#rows.terms.at(term)));
    const window = windows?.(at);
    this.from[term] = window?.from ?? -Infinity;
    this.until[term] = window?.until ?? Infinity;
    if (window === undefined) return;
    const [shortest, longer] = window.classes;
    this.#current[term] = window;
    this.base[term] = shortest?.number ?? -1;
    const limit = limitOf(shortest, window.limits[0]);
    this.limit[term] = limit;
    this.longBase[term] = longer?.number ?? -1;
    this.longLimit[term] = limit < 0 ? -1 : limitOf(longer, window.limits[1]);
  }

  /** The class of a row that the arrays do not tell; its terms must have been entered at its time. */
  classOf(term: number, row: number, promptTokens: number): number {
    const window = this.#current[term];
    if (window === undefined) return -1;
    const { uncachedInput, cacheWrite5m, cacheWrite1h, cacheRead, output } = this.#rows;
    return classIn(window, promptTokens, {
      uncachedInput: uncachedInput[row] ?? 0,
      cacheWrite5m: cacheWrite5m[row] ?? 0,
      cacheWrite1h: cacheWrite1h[row] ?? 0,
      cacheRead: cacheRead[row] ?? 0,
      output: output[row] ?? 0,
    });
  }
}

/** Up to which length of prompts a class is that of all; -1 where it depends on more, or there is none. */
function limitOf(lengthClass: LengthClass | undefined, limit = Infinity): number {
  return lengthClass?.gaps.length === 0 ? limit : -1;
}

/** Marks the rows that the plain loop leaves out; null where there are none. */
export function generalRows(rows: RequestRows): Uint8Array | null {
  const general = new Set(rows.furtherParts.keys());
  const { uncachedInput, cacheWrite5m, cacheWrite1h, cacheRead, output, thinking, webSearchRequests } = rows;
  const counts = [uncachedInput, cacheWrite5m, cacheWrite1h, cacheRead, output, thinking, webSearchRequests];
  for (const column of counts) {
    if (!(column instanceof Float64Array)) continue;
    for (const [row, count] of column.entries()) if (count > ROW_MAX) general.add(row);
  }
  if (general.size === 0) return null;
  const marks = new Uint8Array(rows.count);
  for (const row of general) marks[row] = 1;
  return marks;
}
