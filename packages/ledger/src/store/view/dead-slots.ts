import type { StoredColumns } from "../columns/stored-columns.ts";

/** Which slots of column files do not count. */
export class DeadSlots {
  readonly #byFile: Map<StoredColumns, Uint8Array>;

  constructor(byFile: ReadonlyMap<StoredColumns, Uint8Array> = new Map()) {
    this.#byFile = new Map(byFile);
  }

  /** The same slots, to which others can be added. */
  copy(): DeadSlots {
    return new DeadSlots(new Map([...this.#byFile].map(([file, slots]) => [file, slots.slice()])));
  }

  add(file: StoredColumns, slot: number): void {
    const slots = this.#byFile.get(file) ?? new Uint8Array(file.header.slots);
    this.#byFile.set(file, slots);
    slots[slot] = 1;
  }

  has(file: StoredColumns, slot: number): boolean {
    return this.#byFile.get(file)?.[slot] === 1;
  }

  /** One byte for each row of a file; null where all count. */
  rowsOf(file: StoredColumns): Uint8Array | null {
    const rows = this.#byFile.get(file)?.subarray(0, file.header.rows);
    return rows?.includes(1) === true ? rows : null;
  }
}
