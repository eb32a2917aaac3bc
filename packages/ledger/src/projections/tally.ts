import assert from "node:assert/strict";
import type { UsageRolledUp } from "../events/event.ts";
import type { Instant } from "../instant.ts";
import type { PriceBook } from "../pricing/price-book.ts";
import type { RowBatch, RowTerms } from "../rows/request-rows.ts";
import { TOKEN_BUCKETS } from "../usage/usage.ts";
import { calendarOf } from "./calendar.ts";
import { CELL_WIDTH, CellTable, FIRST, KEY_WIDTH, LAST, ROWS_BETWEEN_CHECKS } from "./cell-table.ts";
import { amountOf } from "./cell-totals.ts";
import { Conditions } from "./conditions.ts";
import { ContextGroups, UNWANTED } from "./context-groups.ts";
import type { RequestFilter } from "./filters.ts";
import { isContextKey, isTimeKey, type GroupKey } from "./group-keys.ts";
import { baseOf, isResponse, PriceClasses, RATES_WIDTH, type ClassWindow } from "./price-classes.ts";
import { timesAreKnown } from "./open-times.ts";
import { passesOfRollup, termsOfRollup } from "./rollups.ts";
import { generalRows, RowClasses, shortcutWidth } from "./row-classes.ts";
import { exactUsdOf, passesOf } from "./row-passes.ts";
import { BatchSessions, SessionSums } from "./session-sums.ts";
import { TallyCell } from "./tally-cell.ts";
import type { TallyParts } from "./tally-state.ts";
import type { PlainRows, Rows } from "./tally-rows.ts";
import { shortestUnit, TimeSlots } from "./time-slots.ts";

const COUNTS = [...TOKEN_BUCKETS, "thinking", "webSearch"] as const;

/** What requests are summed by. */
export interface TallyQuery extends RequestFilter {
  /** Dimensions to tell apart. */
  readonly by: readonly GroupKey[];
  /** IANA zone that cuts hours, days and months. */
  readonly timeZone: string;
  readonly book: PriceBook;
  /** Prompts of more tokens are told apart; null for none. */
  readonly longPromptTokens: number | null;
  /** Whether what each session came to is summed, too. Default: false. */
  readonly sessions?: boolean;
}

/**
 * Sums of requests that can be taken away again: tokens per (group, price class), priced when they are read.
 *
 * A row costs a few reads of its arrays, two comparisons of its time and eight additions. Everything that rows share
 * is looked at once per entry of their dictionaries.
 */
export class Tally {
  /** Null where nobody asked for sessions. */
  readonly sessions: SessionSums | null;
  readonly #query: TallyQuery;
  readonly #conditions: Conditions;
  readonly #cells = new CellTable();
  readonly #classes: PriceClasses;
  readonly #slots: TimeSlots;
  readonly #groups: ContextGroups;
  /** By terms, and by what they hold. */
  readonly #windows = new Map<RowTerms | string, (at: Instant) => ClassWindow>();

  /** @throws RangeError for a time zone the platform does not know. */
  constructor(query: TallyQuery) {
    this.#query = query;
    this.#classes = new PriceClasses(query.book, query.longPromptTokens);
    this.#conditions = new Conditions(query);
    this.#groups = new ContextGroups(query.by.filter(isContextKey), this.#conditions);
    this.sessions = query.sessions === true ? new SessionSums() : null;
    const timeKeys = [...query.by.filter(isTimeKey), ...this.#conditions.timeKeys];
    this.#slots = new TimeSlots(calendarOf(query.timeZone), shortestUnit(timeKeys));
  }

  /** Adds the rows that count. */
  add(batch: RowBatch): void {
    this.#take(batch, 1);
  }

  /** Takes rows away that were added: those of the batch that are not marked as dead. */
  subtract(batch: RowBatch): void {
    this.#take(batch, -1);
  }

  /**
   * False where taking rows away left it open when the first or the last request was; then start anew.
   *
   * @param keys Dimensions by which the last is asked for, too.
   */
  isExact(keys: readonly GroupKey[] = []): boolean {
    return timesAreKnown(this.#cells.openTimes(), this.cells(), (cell) => this.#cellAt(cell), keys);
  }

  /** What a tally consists of, to be stored and read back under an equal query. */
  parts(): TallyParts {
    return {
      classes: this.#classes.list,
      slots: this.#slots.values(),
      groups: this.#groups.list,
      cells: this.#cells.parts(),
      sessions: this.sessions?.parts() ?? null,
    };
  }

  /** Makes an empty tally hold what one of an equal query held. */
  restore({ classes, slots, groups, cells, sessions }: TallyParts): void {
    for (const priceClass of classes) this.#classes.numberOf(priceClass);
    for (const value of slots) this.#slots.numberOf(value);
    for (const { values, sources } of groups) this.#groups.numberOf(values, sources);
    this.#cells.restore(cells);
    if (sessions !== null) this.sessions?.restore(sessions);
  }

  /** What was summed, in no order. */
  *cells(): Generator<TallyCell> {
    for (let cell = 0; cell < this.#cells.count; cell += 1) yield this.#cellAt(cell);
  }

  #cellAt(cell: number): TallyCell {
    const { keys } = this.#cells;
    const group = this.#groups.list[keys[cell * KEY_WIDTH] ?? 0];
    const priceClass = this.#classes.list[keys[cell * KEY_WIDTH + 2] ?? 0];
    assert(group !== undefined && priceClass !== undefined, "a cell's numbers are places in the lists");
    return new TallyCell(this.#cells, cell, priceClass, group, this.#slots);
  }

  #take(batch: RowBatch, sign: 1 | -1): void {
    const groupOf = this.#groups.of(batch.rows.contexts);
    const sums = this.sessions === null ? null : new BatchSessions(batch.rows.contexts);
    const classes = new RowClasses(batch.rows, (entry) => this.#windowsOf(entry));
    const general = generalRows(batch.rows);
    for (let start = 0; start < batch.rows.count; start += ROWS_BETWEEN_CHECKS) {
      const end = Math.min(start + ROWS_BETWEEN_CHECKS, batch.rows.count);
      this.#cells.makeRoom(end - start);
      this.#takePlain({ batch, groupOf, sums, classes, general, start, end, sign });
    }
    for (const [row, isGeneral] of general?.entries() ?? []) {
      if (isGeneral !== 0 && (batch.dead?.[row] ?? 0) === 0) this.#takeGeneral({ batch, groupOf, sums, sign }, row);
    }
    for (const rollup of batch.rollups ?? []) this.#takeRollup(rollup, sign);
    if (sums !== null) this.sessions?.add(sums);
  }

  /** The loop that decides how fast a ledger is summed. */
  #takePlain({ batch, groupOf, sums, classes, general, start, end, sign }: PlainRows): void {
    const { dead, rows } = batch;
    const { occurredAt, termsOf, contextOf, uncachedInput, cacheWrite5m, cacheWrite1h } = rows;
    const { cacheRead, output, thinking, webSearchRequests } = rows;
    const { from: classFrom, until: classUntil, base, limit } = classes;
    const cells = this.#cells;
    const slots = this.#slots;
    const { since, until } = this.#conditions;
    let { from: slotFrom, until: slotUntil } = slots;
    let slot = this.#slotIfWanted();
    // Cells of the current slot by group and class, which spares most rows the hash table.
    const width = shortcutWidth(this.#groups.list.length, this.#classes.list.length);
    const cellOf = new Int32Array(this.#groups.list.length * width).fill(-1);
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
        slot = this.#slotIfWanted();
        cellOf.fill(-1);
      }
      if (slot < 0) continue;
      const input = uncachedInput[row] ?? 0;
      const write5m = cacheWrite5m[row] ?? 0;
      const write1h = cacheWrite1h[row] ?? 0;
      const read = cacheRead[row] ?? 0;
      const prompt = input + write5m + write1h + read;
      if (prompt > (limit[term] ?? 0)) priceClass = classes.classOf(term, row, prompt);
      const pair = group * width + priceClass;
      let cell = priceClass < width ? (cellOf[pair] ?? -1) : -1;
      if (cell < 0) {
        cell = cells.find(group, slot, priceClass);
        if (priceClass < width) cellOf[pair] = cell;
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
        const rates = this.#classes.rates;
        const price = priceClass * RATES_WIDTH;
        const usd =
          input * (rates[price] ?? 0) +
          write5m * (rates[price + 1] ?? 0) +
          write1h * (rates[price + 2] ?? 0) +
          read * (rates[price + 3] ?? 0) +
          (output[row] ?? 0) * (rates[price + 4] ?? 0) +
          (webSearchRequests[row] ?? 0) * (rates[price + 5] ?? 0);
        const session = sums.of[context] ?? 0;
        if (usd <= Number.MAX_SAFE_INTEGER) sums.add(session, sign * usd);
        else if (usd > 0)
          sums.addExactly(session, BigInt(sign) * exactUsdOf(rows, row, this.#classes.list[priceClass]));
        sums.count(session, usd >= 0, rates[price + 6] === 1, sign);
      }
      if (sign > 0) {
        if (at < (values[place + FIRST] ?? 0)) values[place + FIRST] = at;
        if (at > (values[place + LAST] ?? 0)) values[place + LAST] = at;
      } else {
        cells.lose(cell, at);
      }
    }
  }

  /** A row whose usage has several parts, or a count past 32 bits. */
  #takeGeneral({ batch: { rows }, groupOf, sums, sign }: Rows, row: number): void {
    const at = rows.occurredAt[row] ?? 0;
    if (at < this.#conditions.since || at >= this.#conditions.until) return;
    const terms = rows.terms.at(rows.termsOf[row] ?? 0);
    const context = rows.contextOf[row] ?? 0;
    const group = groupOf[context] ?? UNWANTED;
    this.#slots.enter(at);
    const slot = this.#slotIfWanted();
    if (group < 0 || slot < 0 || !this.#conditions.holdUnder(terms)) return;
    for (const { priceClass, tokens, isFirst } of passesOf(rows, row, this.#query, this.#classes)) {
      const cell = this.#cells.find(group, slot, priceClass);
      const counts = {
        ...tokens,
        thinking: isFirst ? Math.max(rows.thinking[row] ?? 0, 0) : 0,
        webSearch: isFirst ? (rows.webSearchRequests[row] ?? 0) : 0,
      };
      for (const name of COUNTS) this.#cells.addExactly(cell, name, BigInt(sign * counts[name]));
      if (isFirst) this.#cells.countRequest(cell, at, sign);
      const entry = this.#classes.list[priceClass];
      if (sums === null || entry === undefined) continue;
      const usd = amountOf(entry.rates, (item) => BigInt(counts[item]));
      const session = sums.of[context] ?? 0;
      if (usd !== null) sums.addExactly(session, BigInt(sign) * BigInt(usd));
      if (isFirst) sums.count(session, usd !== null, isResponse(entry), sign);
    }
  }

  /** Requests that are known by their sums alone. */
  #takeRollup(rollup: UsageRolledUp, sign: 1 | -1): void {
    const { book, longPromptTokens } = this.#query;
    const at = Date.parse(rollup.occurredAt);
    if (at < this.#conditions.since || at >= this.#conditions.until) return;
    const terms = termsOfRollup(rollup);
    const group = this.#groups.groupOf(rollup);
    this.#slots.enter(at);
    const slot = this.#slotIfWanted();
    if (group < 0 || slot < 0 || !this.#conditions.holdUnder(terms)) return;
    const longPrompt = longPromptTokens !== null && rollup.longestPrompt > longPromptTokens;
    const base = { ...baseOf(terms), longPrompt };
    for (const [index, { tokens, price }] of passesOfRollup(rollup, terms, base.counted, book).entries()) {
      const cell = this.#cells.find(group, slot, this.#classes.numberOf({ ...base, ...price }));
      for (const name of TOKEN_BUCKETS) this.#cells.addExactly(cell, name, BigInt(sign * tokens[name]));
      if (index > 0) continue;
      this.#cells.addExactly(cell, "thinking", BigInt(sign * rollup.thinkingTokens));
      this.#cells.addExactly(cell, "webSearch", BigInt(sign * rollup.webSearchRequests));
      const ends = rollup.requests > 1 ? [at, Date.parse(rollup.firstAt)] : [at];
      for (const end of ends) this.#cells.countRequest(cell, end, sign);
      this.#cells.addExactly(cell, "requests", BigInt(sign * (rollup.requests - ends.length)));
    }
  }

  #windowsOf(terms: RowTerms): ((at: Instant) => ClassWindow) | null {
    if (!this.#conditions.holdUnder(terms)) return null;
    const held = this.#windows.get(terms);
    if (held !== undefined) return held;
    // Terms of several files can be one object, or objects that hold the same.
    const key = JSON.stringify(terms);
    const windows = this.#windows.get(key) ?? this.#classes.windowsOf(terms);
    this.#windows.set(key, windows).set(terms, windows);
    return windows;
  }

  /** The number of the current slot, or `UNWANTED`. */
  #slotIfWanted(): number {
    const { slot } = this.#slots;
    return this.#conditions.holdDuring(this.#slots, slot) ? slot : UNWANTED;
  }
}
