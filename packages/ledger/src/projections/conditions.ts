import type { Instant } from "../instant.ts";
import type { RequestRows, RowContext, RowTerms } from "../rows/request-rows.ts";
import { codeContexts } from "../rows/context-codes.ts";
import type { Calendar } from "./calendar.ts";
import { holds, type Condition, type RequestFilter } from "./filters.ts";
import { contextValue, fieldsOfKey, isContextKey, isTimeKey, type ContextKey, type TimeKey } from "./group-keys.ts";
import { shortestUnit, TimeSlots } from "./time-slots.ts";

/** A filter by what of a request decides it, so that what requests share is asked once. */
export class Conditions {
  /** Inclusive. */
  readonly since: Instant;
  /** Exclusive. */
  readonly until: Instant;
  readonly timeKeys: readonly TimeKey[];
  readonly contextKeys: readonly ContextKey[];
  readonly #where: readonly Condition[];

  constructor({ where, since, until }: RequestFilter) {
    this.#where = where;
    this.since = since ?? -Infinity;
    this.until = until ?? Infinity;
    this.timeKeys = where.map(({ key }) => key).filter(isTimeKey);
    this.contextKeys = where.map(({ key }) => key).filter(isContextKey);
  }

  holdIn(context: RowContext): boolean {
    return this.#where.every(
      (condition) => !isContextKey(condition.key) || holds(condition, contextValue(context, condition.key)),
    );
  }

  holdUnder({ kind, servedModel, requestedModel }: RowTerms): boolean {
    const model = kind === "failed" ? requestedModel : servedModel;
    return this.#where.every((condition) => condition.key !== "model" || holds(condition, model));
  }

  /** Whether those about time hold, `since` and `until` aside. */
  holdDuring(slots: TimeSlots, slot: number): boolean {
    return this.#where.every(
      (condition) => !isTimeKey(condition.key) || holds(condition, slots.valueOf(slot, condition.key)),
    );
  }
}

/** Whether a row of some rows is wanted. */
export type RowTest = (row: number) => boolean;

/** A filter as a test of rows. What rows share is looked at once; a row costs a look at its time. */
export function rowFilter(filter: RequestFilter, calendar: Calendar): (rows: RequestRows) => RowTest {
  const conditions = new Conditions(filter);
  const slots = new TimeSlots(calendar, shortestUnit(conditions.timeKeys));
  return (rows) => {
    const { of, examples } = codeContexts(rows.contexts, [...new Set(conditions.contextKeys.flatMap(fieldsOfKey))]);
    const ofContext = examples.map((context) => conditions.holdIn(rows.contexts.at(context)));
    const ofTerms = Array.from({ length: rows.terms.length }, (_, index) => conditions.holdUnder(rows.terms.at(index)));
    return (row) => {
      const at = rows.occurredAt[row] ?? NaN;
      if (!(at >= conditions.since && at < conditions.until)) return false;
      if (ofContext[of[rows.contextOf[row] ?? 0] ?? 0] !== true || ofTerms[rows.termsOf[row] ?? 0] !== true)
        return false;
      if (at < slots.from || at >= slots.until) slots.enter(at);
      return conditions.holdDuring(slots, slots.slot);
    };
  };
}
