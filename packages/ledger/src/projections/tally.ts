import assert from "node:assert/strict";
import type { UsageRolledUp } from "../events/event.ts";
import type { Instant } from "../instant.ts";
import type { PriceBook } from "../pricing/price-book.ts";
import type { RowBatch, RowTerms } from "../rows/request-rows.ts";
import { TOKEN_BUCKETS } from "../usage/usage.ts";
import { calendarOf } from "./calendar.ts";
import { CellTable, KEY_WIDTH } from "./cell-table.ts";
import { amountOf } from "./cell-totals.ts";
import { Conditions } from "./conditions.ts";
import { ContextGroups, UNWANTED } from "./context-groups.ts";
import type { RequestFilter } from "./filters.ts";
import { isContextKey, isTimeKey, type GroupKey } from "./group-keys.ts";
import { PlainRowSums, slotIfWanted, type Rows } from "./plain-rows.ts";
import {
  baseOf,
  isResponse,
  PriceClasses,
  type ClassOptions,
  type ClassWindow,
  type PriceClass,
} from "./price-classes.ts";
import { timesAreKnown } from "./open-times.ts";
import { passesOfRollup, termsOfRollup } from "./rollups.ts";
import { generalRows, RowClasses } from "./row-classes.ts";
import { passesOf } from "./row-passes.ts";
import { BatchSessions, SessionSums } from "./session-sums.ts";
import { TallyCell } from "./tally-cell.ts";
import type { TallyParts } from "./tally-state.ts";
import { shortestUnit, TimeSlots } from "./time-slots.ts";

const COUNTS = [...TOKEN_BUCKETS, "thinking", "webSearch"] as const;

/** What requests are summed by. */
export interface TallyQuery extends RequestFilter, ClassOptions {
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
  readonly #plain: PlainRowSums;
  /** By terms, and by what they hold. */
  readonly #windows = new Map<RowTerms | string, (at: Instant) => ClassWindow>();

  /** @throws RangeError for a time zone the platform does not know. */
  constructor(query: TallyQuery) {
    this.#query = query;
    this.#classes = new PriceClasses(query.book, query.longPromptTokens, query);
    this.#conditions = new Conditions(query);
    this.#groups = new ContextGroups(query.by.filter(isContextKey), this.#conditions);
    this.sessions = query.sessions === true ? new SessionSums() : null;
    const timeKeys = [...query.by.filter(isTimeKey), ...this.#conditions.timeKeys];
    this.#slots = new TimeSlots(calendarOf(query.timeZone), shortestUnit(timeKeys));
    this.#plain = new PlainRowSums({
      cells: this.#cells,
      classes: this.#classes,
      slots: this.#slots,
      conditions: this.#conditions,
    });
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

  /** The same with those added up that differ in time alone; they have no value in a dimension of time. */
  *cellsOverTime(): Generator<TallyCell> {
    const table = this.#cells.overTime();
    for (let cell = 0; cell < table.count; cell += 1) yield this.#cellAt(cell, table);
  }

  /** The values in a dimension of time under which there are requests of some price classes, in order. */
  timesOf(key: GroupKey, isWanted: (priceClass: PriceClass) => boolean): string[] {
    const times = new Set<string>();
    const slots = new Set<number>();
    for (let cell = 0; cell < this.#cells.count; cell += 1) {
      const slot = this.#cells.keys[cell * KEY_WIDTH + 1] ?? 0;
      if (slots.has(slot)) continue;
      const found = this.#cellAt(cell);
      if (!isWanted(found.priceClass) || found.isEmpty) continue;
      slots.add(slot);
      const value = found.value(key);
      if (value !== null) times.add(value);
    }
    return [...times].sort();
  }

  #cellAt(cell: number, table: CellTable = this.#cells): TallyCell {
    const { keys } = table;
    const group = this.#groups.list[keys[cell * KEY_WIDTH] ?? 0];
    const priceClass = this.#classes.list[keys[cell * KEY_WIDTH + 2] ?? 0];
    assert(group !== undefined && priceClass !== undefined, "a cell's numbers are places in the lists");
    return new TallyCell(table, cell, priceClass, group, this.#slots);
  }

  #take(batch: RowBatch, sign: 1 | -1): void {
    const groupOf = this.#groups.of(batch.rows.contexts);
    const sums = this.sessions === null ? null : new BatchSessions(batch.rows.contexts);
    const classes = new RowClasses(batch.rows, (entry) => this.#windowsOf(entry));
    const general = generalRows(batch.rows);
    this.#plain.take({ batch, groupOf, sums, classes, general, sign }, this.#groups.list.length);
    for (const [row, isGeneral] of general?.entries() ?? []) {
      if (isGeneral !== 0 && (batch.dead?.[row] ?? 0) === 0) this.#takeGeneral({ batch, groupOf, sums, sign }, row);
    }
    for (const rollup of batch.rollups ?? []) this.#takeRollup(rollup, sign);
    if (sums !== null) this.sessions?.add(sums);
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
    const group = this.#groups.groupOf({ ...rollup, workspace: rollup.workspace ?? null });
    this.#slots.enter(at);
    const slot = this.#slotIfWanted();
    if (group < 0 || slot < 0 || !this.#conditions.holdUnder(terms)) return;
    const longPrompt = longPromptTokens !== null && rollup.longestPrompt > longPromptTokens;
    const base = { ...baseOf(terms), longPrompt };
    for (const [index, { tokens, price, part }] of passesOfRollup(rollup, terms, base.counted, book).entries()) {
      const { model = null, longestPrompt = 0 } = part ?? {};
      const pass = { terms, model, at, promptTokens: longestPrompt, isFurther: index > 0 };
      const drivers = part === null ? null : this.#classes.driversOf(pass);
      const billedAs = this.#classes.billedAs(terms, model);
      const cell = this.#cells.find(group, slot, this.#classes.numberOf({ ...base, ...price, billedAs, drivers }));
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

  #slotIfWanted(): number {
    return slotIfWanted({ slots: this.#slots, conditions: this.#conditions });
  }
}
