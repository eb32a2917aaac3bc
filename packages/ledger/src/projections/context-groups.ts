import { codeContexts, type ContextCodes } from "../rows/context-codes.ts";
import type { ContextField, RowContext, RowContexts } from "../rows/request-rows.ts";
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

  constructor(keys: readonly ContextKey[], conditions: Conditions) {
    this.#keys = keys;
    this.#conditions = conditions;
    this.#fields = [
      ...new Set<ContextField>(["sources", ...[...keys, ...conditions.contextKeys].flatMap(fieldsOfKey)]),
    ];
  }

  /** By context of some rows, the number of its group, or `UNWANTED`. */
  of(contexts: RowContexts): Int32Array {
    const { of, examples }: ContextCodes = codeContexts(contexts, this.#fields);
    // Contexts that agree in all fields that matter are decoded once.
    const groups = examples.map((context) => this.groupOf(contexts.at(context)));
    const groupOf = new Int32Array(of.length);
    for (let context = 0; context < of.length; context += 1) groupOf[context] = groups[of[context] ?? 0] ?? UNWANTED;
    return groupOf;
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
