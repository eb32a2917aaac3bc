/** How many groups are kept apart; more are put together by chance. */
const GROUPS_MAX = 2 ** 14;
const SIZE_AT_FIRST = 1024;

/**
 * Sums of a few quantities for each of many groups that are known by a hash.
 *
 * Where there are more groups than `groupsMax`, those whose hashes agree in their lower bits are put together: into which
 * group a hash falls then follows from all hashes that were added, in whatever order. Groups drawn so differ from each
 * other as the groups that they are made of do.
 */
export class GroupSums {
  readonly #width: number;
  readonly #groupsMax: number;
  readonly #numbers = new Map<number, number>();
  #bits = 32;
  #sums: Float64Array;

  constructor(width: number, groupsMax: number = GROUPS_MAX) {
    this.#width = width;
    this.#groupsMax = groupsMax;
    this.#sums = new Float64Array(SIZE_AT_FIRST * width);
  }

  /** Adds quantities to a group's. */
  add(hash: number, quantities: ArrayLike<number>): void {
    const at = this.#numberOf(this.#keyOf(hash)) * this.#width;
    for (let place = 0; place < this.#width; place += 1) {
      this.#sums[at + place] = (this.#sums[at + place] ?? 0) + (quantities[place] ?? 0);
    }
    while (this.#numbers.size > this.#groupsMax) this.#halve();
  }

  /** The sums of each group, in order of their hashes. */
  all(): readonly Float64Array[] {
    return [...this.#numbers]
      .sort(([a], [b]) => a - b)
      .map(([, number]) => this.#sums.slice(number * this.#width, (number + 1) * this.#width));
  }

  #keyOf(hash: number): number {
    return (hash & (0xffffffff >>> (32 - this.#bits))) >>> 0;
  }

  #numberOf(key: number): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(key, number);
    if ((number + 1) * this.#width > this.#sums.length) {
      const larger = new Float64Array(2 * this.#sums.length);
      larger.set(this.#sums);
      this.#sums = larger;
    }
    return number;
  }

  #halve(): void {
    const groups = [...this.#numbers];
    const sums = this.#sums;
    this.#bits -= 1;
    this.#numbers.clear();
    this.#sums = new Float64Array(sums.length);
    for (const [key, number] of groups) {
      const at = this.#numberOf(this.#keyOf(key)) * this.#width;
      for (let place = 0; place < this.#width; place += 1) {
        this.#sums[at + place] = (this.#sums[at + place] ?? 0) + (sums[number * this.#width + place] ?? 0);
      }
    }
  }
}
