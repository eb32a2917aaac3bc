import { owned } from "./owned-text.ts";
import type { RowDictionary } from "./request-rows.ts";

/** Gives equal values one index, in the order in which they are met. */
export class DictionaryBuilder<T> {
  readonly #indexes = new Map<string, number>();
  readonly #entries: T[] = [];

  /** The index of the value a key stands for; `make` makes it where the key is new. */
  indexOf(key: string, make: () => T): number {
    const held = this.#indexes.get(key);
    if (held !== undefined) return held;
    const index = this.#entries.push(make()) - 1;
    this.#indexes.set(owned(key), index);
    return index;
  }

  /** The value at an index. */
  at(index: number): T {
    return entryAt(this.#entries, index);
  }
}

/** A dictionary of values that are in memory. */
export function dictionaryOf<T>(entries: readonly T[]): RowDictionary<T> {
  return { length: entries.length, at: (index) => entryAt(entries, index) };
}

function entryAt<T>(entries: readonly T[], index: number): T {
  const entry = entries[index];
  if (entry === undefined) throw new RangeError(`a dictionary of ${String(entries.length)} has no ${String(index)}`);
  return entry;
}
