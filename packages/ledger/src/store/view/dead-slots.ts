import { firstAtLeast } from "../columns/id-index.ts";
import type { StoredColumns } from "../columns/stored-columns.ts";

const NONE = new Uint32Array();

/** Which slots of column files do not count: few of all there are. */
export class DeadSlots {
  /** Those that were there from the start: in order, each once; arrays that are never changed. */
  readonly #before: ReadonlyMap<StoredColumns, Uint32Array> | DeadSlots;
  /** The same of files to which others were added. */
  readonly #byFile = new Map<StoredColumns, Uint32Array>();
  /** What was added since. */
  readonly #added = new Map<StoredColumns, number[]>();

  /** @param before In order, each once; nothing that is added here is added there. */
  constructor(before: ReadonlyMap<StoredColumns, Uint32Array> | DeadSlots = new Map()) {
    this.#before = before;
  }

  add(file: StoredColumns, slot: number): void {
    const added = this.#added.get(file);
    if (added === undefined) this.#added.set(file, [slot]);
    else added.push(slot);
  }

  has(file: StoredColumns, slot: number): boolean {
    const slots = this.of(file);
    return slots[firstAtLeast(slots, slot)] === slot;
  }

  /** Those slots of a file that are rows, in order. */
  rowsOf(file: StoredColumns): Uint32Array {
    const slots = this.of(file);
    return (slots.at(-1) ?? -1) < file.header.rows ? slots : slots.subarray(0, firstAtLeast(slots, file.header.rows));
  }

  /** Those of a file, in order, each once. */
  of(file: StoredColumns): Uint32Array {
    const added = this.#added.get(file);
    const held = this.#byFile.get(file) ?? this.#slotsBefore(file);
    if (added === undefined) return held;
    const all = new Uint32Array(held.length + added.length);
    all.set(held);
    all.set(added, held.length);
    const slots = withoutRepeats(all.sort());
    this.#byFile.set(file, slots);
    this.#added.delete(file);
    return slots;
  }

  #slotsBefore(file: StoredColumns): Uint32Array {
    return (this.#before instanceof DeadSlots ? this.#before.of(file) : this.#before.get(file)) ?? NONE;
  }
}

/** Of numbers in order, each once. */
function withoutRepeats(numbers: Uint32Array): Uint32Array {
  let length = 0;
  for (const number of numbers) {
    if (length > 0 && numbers[length - 1] === number) continue;
    numbers[length] = number;
    length += 1;
  }
  return numbers.subarray(0, length);
}
