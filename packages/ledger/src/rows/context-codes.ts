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
  return codeColumns(
    fields.map((field) => contextColumn(contexts, field)),
    contexts.length,
  );
}

/** The same of columns of so many contexts. */
export function codeColumns(columns: readonly ContextColumn[], length: number): ContextCodes {
  const codes = { of: new Uint32Array(length), examples: length === 0 ? [] : [0] };
  for (const { numbers } of columns) refine(codes, numbers);
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

/** Room for tables that are used for one column after the other. */
let denseTable: Int32Array = new Int32Array(1024);
let pairTable: Int32Array = new Int32Array(1024);

/** Makes codes tell one column more apart. By tables where possible, because there can be a context per row. */
function refine(codes: { readonly of: Uint32Array; examples: number[] }, column: Uint32Array): void {
  const { of } = codes;
  const count = numberDensely(column);
  // Many columns have one value.
  if (count <= 1) return;
  const pairs = codes.examples.length * count;
  const map = pairs > TABLE_MAX ? new Map<number, number>() : null;
  if (map === null) pairTable = cleared(pairTable, pairs);
  const [dense, table] = [denseTable, pairTable];
  const examples: number[] = [];
  for (let context = 0; context < of.length; context += 1) {
    const pair = (of[context] ?? 0) * count + (dense[column[context] ?? 0] ?? 0);
    let code = (map === null ? table[pair] : map.get(pair)) ?? -1;
    if (code < 0) {
      code = examples.length;
      examples.push(context);
      if (map === null) table[pair] = code;
      else map.set(pair, code);
    }
    of[context] = code;
  }
  codes.examples = examples;
}

/** Gives the numbers of a column others, from 0 and without gaps, in `denseTable`; returns how many there are. */
function numberDensely(column: Uint32Array): number {
  let largest = 0;
  for (let index = 0; index < column.length; index += 1) largest = Math.max(largest, column[index] ?? 0);
  denseTable = cleared(denseTable, largest + 1);
  const table = denseTable;
  let count = 0;
  for (let index = 0; index < column.length; index += 1) {
    const number = column[index] ?? 0;
    if ((table[number] ?? 0) >= 0) continue;
    table[number] = count;
    count += 1;
  }
  return count;
}

/** A table of which the first so many are -1. */
function cleared(table: Int32Array, length: number): Int32Array {
  return table.length < length ? new Int32Array(length * 2).fill(-1) : table.fill(-1, 0, length);
}

function fieldOf({ context, labels, sources, workspace }: RowContext, field: ContextField): string | null {
  if (field === "workspace") return workspace;
  if (field === "sources") return JSON.stringify(sources);
  if (!isLabel(field)) return context[field];
  const name = field.slice("label:".length);
  return Object.hasOwn(labels, name) ? (labels[name] ?? null) : null;
}

function isLabel(field: ContextField): field is `label:${string}` {
  return field.startsWith("label:");
}
