import type { ContextColumn, ContextField, RowContext, RowContexts } from "./request-rows.ts";

/** Contexts by what they have in some fields. */
export interface ContextCodes {
  /** By context, the number of its values in the fields, from 0. */
  readonly of: Uint32Array;
  /** By number, a context that has these values. */
  readonly examples: readonly number[];
}

/** Numbers contexts so that those with equal values in all of some fields have one number. */
export function codeContexts(contexts: RowContexts, fields: readonly ContextField[]): ContextCodes {
  let codes: ContextCodes = { of: new Uint32Array(contexts.length), examples: contexts.length === 0 ? [] : [0] };
  for (const field of fields) codes = refined(codes, contextColumn(contexts, field).numbers);
  return codes;
}

/** One field of all contexts. */
export function contextColumn(contexts: RowContexts, field: ContextField): ContextColumn {
  if (contexts.column !== undefined) return contexts.column(field);
  const numbers = new Map<string | null, number>();
  const values: (string | null)[] = [];
  const of = new Uint32Array(contexts.length);
  for (let context = 0; context < contexts.length; context += 1) {
    const value = fieldOf(contexts.at(context), field);
    let number = numbers.get(value);
    if (number === undefined) {
      number = values.length;
      numbers.set(value, number);
      values.push(value);
    }
    of[context] = number;
  }
  return { numbers: of, value: (number) => values[number] ?? null };
}

/** Past this many pairs of a code and a number, those that occur are kept in a map. */
const TABLE_MAX = 2 ** 20;

/** Codes that tell one column more apart. By a table where possible, because there can be a context per row. */
function refined(codes: ContextCodes, column: Uint32Array): ContextCodes {
  const { dense, count } = withoutGaps(column);
  const pairs = codes.examples.length * count;
  const table = pairs > TABLE_MAX ? null : new Int32Array(pairs).fill(-1);
  const map = new Map<number, number>();
  const of = new Uint32Array(column.length);
  const examples: number[] = [];
  for (let context = 0; context < column.length; context += 1) {
    const pair = (codes.of[context] ?? 0) * count + (dense[context] ?? 0);
    let code = (table === null ? map.get(pair) : table[pair]) ?? -1;
    if (code < 0) {
      code = examples.length;
      examples.push(context);
      if (table === null) map.set(pair, code);
      else table[pair] = code;
    }
    of[context] = code;
  }
  return { of, examples };
}

/** Equal numbers for equal numbers, from 0 and without gaps. */
function withoutGaps(column: Uint32Array): { readonly dense: Uint32Array; readonly count: number } {
  let largest = 0;
  for (const number of column) if (number > largest) largest = number;
  const table = new Int32Array(largest + 1).fill(-1);
  const dense = new Uint32Array(column.length);
  let count = 0;
  for (let index = 0; index < column.length; index += 1) {
    const number = column[index] ?? 0;
    let code = table[number] ?? -1;
    if (code < 0) {
      code = count;
      table[number] = code;
      count += 1;
    }
    dense[index] = code;
  }
  return { dense, count };
}

function fieldOf({ context, labels, sources }: RowContext, field: ContextField): string | null {
  if (field === "sources") return JSON.stringify(sources);
  if (!isLabel(field)) return context[field];
  const name = field.slice("label:".length);
  return Object.hasOwn(labels, name) ? (labels[name] ?? null) : null;
}

function isLabel(field: ContextField): field is `label:${string}` {
  return field.startsWith("label:");
}
