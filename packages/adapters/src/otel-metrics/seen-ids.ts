/** Of how many ids each half of the memory is: sightings of one answer are seconds apart. */
const HALF = 5_000;

/** The newest ids that were seen. */
export class SeenIds {
  // A set that loses its oldest ids one by one gets slow to walk through; two halves are let go of whole.
  #newer = new Set<string>();
  #older = new Set<string>();

  /** Whether an id was not seen before; it is from now on. */
  isNew(id: string): boolean {
    if (this.#newer.has(id) || this.#older.has(id)) return false;
    if (this.#newer.size >= HALF) [this.#older, this.#newer] = [this.#newer, new Set()];
    this.#newer.add(id);
    return true;
  }
}
