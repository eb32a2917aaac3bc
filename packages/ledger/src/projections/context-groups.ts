import type { ContextField, RowContext, RowContexts } from "../rows/request-rows.ts";
import type { Conditions } from "./conditions.ts";
import { contextValue, type ContextKey } from "./group-keys.ts";
import type { ContextGroup } from "./tally-cell.ts";

/** Instead of a group's number. */
export const UNWANTED = -1;
const NOT_LOOKED_AT = -2;

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
    this.#fields = [...new Set<ContextField>(["sources", ...[...keys, ...conditions.contextKeys].flatMap(fieldsOf)])];
  }

  /** The groups of the contexts of some rows. */
  of(contexts: RowContexts): RowGroups {
    return new RowGroups(contexts, this.#fields, (context) => this.groupOf(contexts.at(context)));
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

/** The groups of the contexts of some rows, each looked up once. */
export class RowGroups {
  /** By context; below 0 where it was not looked up yet, or nobody asked for it. */
  readonly numbers: Int32Array<ArrayBuffer>;
  readonly #columns: readonly Uint32Array[] | null;
  readonly #byFields = new Map<string, number>();
  readonly #groupOf: (context: number) => number;

  constructor(contexts: RowContexts, fields: readonly ContextField[], groupOf: (context: number) => number) {
    this.numbers = new Int32Array(contexts.length).fill(NOT_LOOKED_AT);
    this.#columns = contexts.column === undefined ? null : fields.map((field) => columnOf(contexts, field));
    this.#groupOf = groupOf;
  }

  /** The group of a context, or `UNWANTED`. */
  lookUp(context: number): number {
    const held = this.numbers[context] ?? UNWANTED;
    if (held !== NOT_LOOKED_AT) return held;
    const group = this.#columns === null ? this.#groupOf(context) : this.#lookUpByFields(context, this.#columns);
    this.numbers[context] = group;
    return group;
  }

  /** Contexts that agree in all fields that matter are decoded once. */
  #lookUpByFields(context: number, columns: readonly Uint32Array[]): number {
    const key = columns.map((column) => column[context]).join(" ");
    let group = this.#byFields.get(key);
    if (group === undefined) this.#byFields.set(key, (group = this.#groupOf(context)));
    return group;
  }
}

function columnOf(contexts: RowContexts, field: ContextField): Uint32Array {
  return contexts.column?.(field).numbers ?? new Uint32Array(contexts.length);
}

/** The fields of a context that decide its value in a dimension. */
function fieldsOf(key: ContextKey): readonly ContextField[] {
  switch (key) {
    case "workload":
      return ["label:workload", "service", "sources", "project"];
    case "source":
      return ["sources"];
    case "branch":
      return ["gitBranch"];
    default:
      return [key];
  }
}
