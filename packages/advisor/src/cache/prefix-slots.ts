import type { Instant } from "@farthing/ledger";

/** Prefixes whose numbers follow one another are kept side by side, as those of a prompt often do. */
const GROUP_BITS = 4;
const GROUP_MASK = (1 << GROUP_BITS) - 1;
/** 2^32 divided by the golden ratio: spreads groups over the table. */
const SPREAD = 0x9e3779b1;

/** The fewest slots of a table. */
export const SLOTS_MIN: number = 2 << GROUP_BITS;

/**
 * An open-addressed table of prefixes over typed arrays, without an object for each. It does not grow by itself.
 *
 * A prefix is a whole number from 1 to 2^32 - 1; 0 marks a free slot. What is looked up together lies together.
 */
export class PrefixSlots {
  /** No prefix in it was used before. */
  since: Instant;
  readonly slots: number;
  /** How many slots are taken. */
  taken = 0;
  /** By slot, the prefix, and the milliseconds from `since` to the start of the last request that wrote or read it. */
  readonly #places: Uint32Array;
  /** By slot, when it can be read; 0 where that is at once. Null where that holds for all. */
  #readableAt: Float64Array | null = null;
  readonly #mask: number;
  readonly #shift: number;

  /** @param slots A power of two, at least `SLOTS_MIN`. */
  constructor(slots: number, since: Instant) {
    this.since = since;
    this.slots = slots;
    this.#places = new Uint32Array(slots * 2);
    this.#mask = slots - 1;
    this.#shift = Math.clz32(slots >> GROUP_BITS) + 1;
  }

  /** Forgets everything, to be used for what is used from an instant on. */
  clear(since: Instant): void {
    this.since = since;
    if (this.taken === 0) return;
    this.taken = 0;
    this.#places.fill(0);
    this.#readableAt?.fill(0);
  }

  get bytes(): number {
    return this.#places.byteLength + (this.#readableAt?.byteLength ?? 0);
  }

  /** Whether another one would make looking up slow. */
  get isHalfFull(): boolean {
    return this.taken * 2 > this.#mask;
  }

  /** The slot of a prefix, or the free one where it belongs. */
  find(prefix: number): number {
    const places = this.#places;
    const mask = this.#mask;
    let slot = ((Math.imul(prefix >>> GROUP_BITS, SPREAD) >>> this.#shift) << GROUP_BITS) | (prefix & GROUP_MASK);
    for (;;) {
      const found = places[slot * 2];
      if (found === prefix || found === 0) return slot;
      slot = (slot + 1) & mask;
    }
  }

  /** The prefix in a slot; 0 where it is free. */
  prefixIn(slot: number): number {
    return this.#places[slot * 2] ?? 0;
  }

  usedAt(slot: number): Instant {
    return this.since + (this.#places[slot * 2 + 1] ?? 0);
  }

  readableAt(slot: number): Instant {
    return this.#readableAt?.[slot] ?? 0;
  }

  use(slot: number, at: Instant): void {
    this.#places[slot * 2 + 1] = at - this.since;
  }

  /** Puts a prefix into a slot that `find` gave for it. */
  put(slot: number, prefix: number, usedAt: Instant, readableAt: Instant): void {
    if (this.prefixIn(slot) === 0) {
      this.#places[slot * 2] = prefix;
      this.taken += 1;
    }
    this.use(slot, usedAt);
    if (readableAt === 0 && this.#readableAt === null) return;
    this.#readableAt ??= new Float64Array(this.slots);
    this.#readableAt[slot] = readableAt;
  }
}
