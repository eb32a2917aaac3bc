import type { StoredColumns } from "../columns/stored-columns.ts";

/** Which slots of column files do not count: few of all there are. */
export class DeadSlots {
  readonly #byFile: Map<StoredColumns, Set<number>>;
  /** Files of which the set is nobody else's, too. */
  #own = new Set<StoredColumns>();

  constructor(byFile: ReadonlyMap<StoredColumns, Set<number>> = new Map()) {
    this.#byFile = new Map(byFile);
  }

  /** The same slots, to which others can be added. */
  copy(): DeadSlots {
    this.#own = new Set();
    return new DeadSlots(this.#byFile);
  }

  add(file: StoredColumns, slot: number): void {
    if (!this.#own.has(file)) {
      this.#byFile.set(file, new Set(this.#byFile.get(file)));
      this.#own.add(file);
    }
    this.#byFile.get(file)?.add(slot);
  }

  has(file: StoredColumns, slot: number): boolean {
    return this.#byFile.get(file)?.has(slot) === true;
  }

  /** Those slots of a file that are rows, in order. */
  rowsOf(file: StoredColumns): Uint32Array {
    const rows = Uint32Array.from(this.#byFile.get(file) ?? []).sort();
    const others = rows.findIndex((slot) => slot >= file.header.rows);
    return others < 0 ? rows : rows.subarray(0, others);
  }
}
