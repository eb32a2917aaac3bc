import { QuotedText } from "./delta-text.ts";

const BRACE = 0x7d;
const LF = 0x0a;
const NOTHING = new Uint8Array(0);

/**
 * Counts the text of deltas that begin as the one before did, up to their text, and end after it: nearly all of a stream.
 *
 * Looks at every fifth byte of what comes before the text. Deltas of another type have hardly a letter in the same place,
 * and other events end elsewhere; which block a delta belongs to makes no difference.
 */
export class RepeatedDeltas {
  #head: Uint8Array = NOTHING;
  readonly #text = new QuotedText();

  /** UTF-16 code units of the text of the delta that was read last. */
  get units(): number {
    return this.#text.units;
  }

  /** From now on deltas begin with these bytes, up to their text. */
  beginWith(head: Uint8Array): void {
    this.#head = head;
  }

  /** Where a delta ends that begins there; -1 where there is none, or it is another one. */
  endOf(bytes: Uint8Array, start: number): number {
    const head = this.#head;
    const { length } = head;
    if (length === 0 || bytes.length - start <= length) return -1;
    for (let index = length - 1; index >= 0; index -= 5) if (bytes[start + index] !== head[index]) return -1;
    const quote = this.#text.read(bytes, start + length, bytes.length);
    const ends = bytes[quote + 1] === BRACE && bytes[quote + 2] === BRACE && bytes[quote + 3] === LF;
    return ends && bytes[quote + 4] === LF ? quote + 5 : -1;
  }
}
