import { codeColumns, contextColumn } from "../rows/context-codes.ts";
import type { ContextColumn, ContextField, RowContext, RowContexts } from "../rows/request-rows.ts";
import type { Conditions } from "./conditions.ts";
import { contextValue, fieldsOfKey, type ContextKey } from "./group-keys.ts";
import type { ContextGroup } from "./tally-cell.ts";

/** Instead of a group's number. */
export const UNWANTED = -1;

/** Numbers the groups that contexts fall into, in the order in which they are met. */
export class ContextGroups {
  readonly list: ContextGroup[] = [];
  readonly #keys: readonly ContextKey[];
  readonly #conditions: Conditions;
  readonly #fields: readonly ContextField[];
  readonly #numbers = new Map<string, number>();
  /** By field, values in the order in which they were met. */
  readonly #valueNumbers: readonly Map<string | null, number>[];
  /** By the numbers of a context's values in all fields, its group. */
  readonly #groupByValues = new Map<number | string, number>();

  constructor(keys: readonly ContextKey[], conditions: Conditions) {
    this.#keys = keys;
    this.#conditions = conditions;
    this.#fields = [
      ...new Set<ContextField>(["sources", ...[...keys, ...conditions.contextKeys].flatMap(fieldsOfKey)]),
    ];
    this.#valueNumbers = this.#fields.map(() => new Map());
  }

  /** By context of some rows, the number of its group, or `UNWANTED`. */
  of(contexts: RowContexts): Int32Array {
    const columns = this.#fields.map((field) => contextColumn(contexts, field));
    const { of, examples } = codeColumns(columns, contexts.length);
    // Contexts that agree in all fields that matter are decoded once, in all rows there are.
    const values = columns.map((column, field) => this.#valuesOf(field, column, examples));
    const groups = examples.map((context, example) => {
      const key = keyOf(values, example);
      const held = this.#groupByValues.get(key);
      if (held !== undefined) return held;
      const group = this.groupOf(contexts.at(context));
      this.#groupByValues.set(key, group);
      return group;
    });
    const groupOf = new Int32Array(of.length);
    for (let context = 0; context < of.length; context += 1) groupOf[context] = groups[of[context] ?? 0] ?? UNWANTED;
    return groupOf;
  }

  /** The numbers of some contexts' values in a field. */
  #valuesOf(field: number, column: ContextColumn, examples: readonly number[]): readonly number[] {
    const known = this.#valueNumbers[field] ?? new Map<string | null, number>();
    const byNumber: number[] = [];
    return examples.map((context) => {
      const own = column.numbers[context] ?? 0;
      return (byNumber[own] ??= numberIn(known, column.value(own)));
    });
  }

  /** The number of a group that is known, or of a new one. */
  numberOf(values: ContextGroup["values"], sources: readonly string[]): number {
    const key = JSON.stringify([values, sources]);
    const held = this.#numbers.get(key);
    if (held !== undefined) return held;
    this.#numbers.set(key, this.list.length);
    return this.list.push({ keys: this.#keys, values, sources }) - 1;
  }

  /** The number of the group of a context, or `UNWANTED`. */
  groupOf(entry: RowContext): number {
    if (!this.#conditions.holdIn(entry)) return UNWANTED;
    return this.numberOf(
      this.#keys.map((key) => contextValue(entry, key)),
      entry.sources,
    );
  }
}

/** Values per field that a key has room for as a number. */
const KEY_VALUES = 2 ** 13;
/** Fields of a key that is a number. */
const KEY_FIELDS = 4;

/** Names the numbers that an example has in all fields; a number where they are small, as a map finds those sooner. */
function keyOf(values: readonly (readonly number[])[], example: number): number | string {
  let key = 0;
  let largest = values.length > KEY_FIELDS ? KEY_VALUES : 0;
  for (const numbers of values) {
    const number = numbers[example] ?? 0;
    largest = Math.max(largest, number);
    key = key * KEY_VALUES + number;
  }
  return largest < KEY_VALUES ? key : values.map((numbers) => String(numbers[example])).join(" ");
}

/** The number of a value that is known, or of a new one. */
function numberIn(known: Map<string | null, number>, value: string | null): number {
  const held = known.get(value);
  if (held !== undefined) return held;
  known.set(value, known.size);
  return known.size - 1;
}
