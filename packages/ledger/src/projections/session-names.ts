import { readUuidText, UUID_WORDS, uuidText } from "../rows/uuid-words.ts";
import type { ContextColumn } from "../rows/request-rows.ts";
import { TextTable, type TextTableParts } from "./text-table.ts";

const ONES = 0xffffffff;

/**
 * Names of sessions in four words each: those of a UUID, as nearly all are, or the number of a text and three words of
 * ones. Equal names have equal words and different ones different words; the first word is mixed of all four.
 */
export class SessionNames {
  #texts = new TextTable(null);
  readonly #words = new Uint32Array(UUID_WORDS);

  /** Makes empty names hold what others held. */
  restore(texts: TextTableParts): void {
    this.#texts = new TextTable(texts);
  }

  /** The words of a value of a column, until they are asked for again; null where it is none. */
  wordsOf(column: ContextColumn, number: number): Uint32Array | null {
    const words = this.#words;
    if (column.readUuid?.(number, words) !== true) {
      const name = column.value(number);
      if (name === null) return null;
      if (!readUuidText(name, words)) words.set([this.#texts.numberOf(name), ONES, ONES, ONES]);
    }
    words[0] = (words[0] ?? 0) ^ mixed(words, 0);
    return words;
  }

  /** The name whose words begin at a place of some. */
  text(words: Uint32Array, start: number): string {
    const own = words.slice(start, start + UUID_WORDS);
    own[0] = (own[0] ?? 0) ^ mixed(own, 0);
    return own.subarray(1).every((word) => word === ONES) ? this.#texts.text(own[0] ?? 0) : uuidText(own);
  }

  /** The texts' own arrays, to be copied before more is added. */
  parts(): TextTableParts {
    return this.#texts.parts();
  }
}

/** Of all words but the first: names that differ in few bits, or in one place, get first words all over. */
function mixed(words: Uint32Array, start: number): number {
  const [second = 0, third = 0, fourth = 0] = [words[start + 1], words[start + 2], words[start + 3]];
  const mix = Math.imul(second, 0x85ebca6b) ^ Math.imul(third, 0xc2b2ae35) ^ Math.imul(fourth, 0x9e3779b1);
  return mix ^ (mix >>> 15);
}
