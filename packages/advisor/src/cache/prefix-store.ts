import type { Instant } from "@farthing/ledger";
import { PrefixSlots, SLOTS_MIN } from "./prefix-slots.ts";

/** A new table has room for this many times the prefixes of the one before it: traffic that goes on does not fill it. */
const ROOM = 2.5;

/**
 * The prefixes with one lifetime that one cache holds.
 *
 * Those that were used since some instant are in one table, those used in the lifetime before it in another. When the
 * first has lasted a lifetime, whatever is still in the second is dead, and is dropped at once with it: nothing is
 * searched for what has died, and no more is held than what was used within two lifetimes.
 *
 * Times are whole milliseconds. `advance` comes before all else at a new instant, and instants in order.
 */
export class PrefixStore {
  readonly #lifetimeMs: number;
  /** Lasts no longer than a lifetime, so all in it are alive. */
  #recent: PrefixSlots = new PrefixSlots(SLOTS_MIN, Number.NEGATIVE_INFINITY);
  #earlier: PrefixSlots = this.#recent;

  constructor(lifetimeMs: number) {
    this.#lifetimeMs = lifetimeMs;
  }

  get isEmpty(): boolean {
    return this.#recent.taken + this.#earlier.taken === 0;
  }

  /** Memory that the prefixes take. */
  get bytes(): number {
    return this.#recent.bytes + this.#earlier.bytes;
  }

  /** Drops what has died by an instant, as far as tables of it can be dropped. */
  advance(at: Instant): void {
    const age = at - this.#recent.since;
    if (age < this.#lifetimeMs) return;
    const spare = this.#earlier;
    this.#earlier = this.#recent;
    // What was used before a pause of that length is dead as well.
    if (age >= 2 * this.#lifetimeMs) this.#earlier.clear(at);
    const slots = slotsFor(this.#earlier.taken * ROOM);
    if (spare === this.#earlier || spare.slots !== slots) this.#recent = new PrefixSlots(slots, at);
    else {
      spare.clear(at);
      this.#recent = spare;
    }
  }

  /** Whether a prefix is alive, and the answer to a request that wrote it had begun. */
  isReadable(prefix: number, at: Instant): boolean {
    const readableAt = this.#aliveReadableAt(prefix, at);
    return readableAt !== null && readableAt <= at;
  }

  /** A read restarts the lifetime of what is alive; nothing else is changed. */
  refresh(prefix: number, at: Instant): void {
    const readableAt = this.#aliveReadableAt(prefix, at);
    if (readableAt !== null) this.#put(prefix, at, readableAt);
  }

  /** Of prefixes that are written in parallel, the first that becomes readable serves all who ask afterwards. */
  write(prefix: number, at: Instant, readableAt: Instant): void {
    this.#put(prefix, at, Math.min(this.#aliveReadableAt(prefix, at) ?? readableAt, readableAt));
  }

  /** Refreshes a prefix that is alive, and writes any other so that it can be read at once. Whether it was alive. */
  readOrWrite(prefix: number, at: Instant): boolean {
    const recent = this.#recent;
    const slot = recent.find(prefix);
    if (recent.prefixIn(slot) === prefix) {
      recent.use(slot, at);
      return true;
    }
    const earlier = this.#earlier;
    const before = earlier.find(prefix);
    const wasAlive = earlier.prefixIn(before) === prefix && at - earlier.usedAt(before) < this.#lifetimeMs;
    if (recent.isHalfFull) this.#put(prefix, at, 0);
    else recent.put(slot, prefix, at, 0);
    return wasAlive;
  }

  /** When a prefix that is alive can be read; null for one that is not alive. */
  #aliveReadableAt(prefix: number, at: Instant): Instant | null {
    const recent = this.#recent;
    const slot = recent.find(prefix);
    if (recent.prefixIn(slot) === prefix) return recent.readableAt(slot);
    const earlier = this.#earlier;
    const before = earlier.find(prefix);
    const isAlive = earlier.prefixIn(before) === prefix && at - earlier.usedAt(before) < this.#lifetimeMs;
    return isAlive ? earlier.readableAt(before) : null;
  }

  #put(prefix: number, at: Instant, readableAt: Instant): void {
    if (this.#recent.isHalfFull) this.#recent = doubled(this.#recent);
    const recent = this.#recent;
    recent.put(recent.find(prefix), prefix, at, readableAt);
  }
}

function doubled(table: PrefixSlots): PrefixSlots {
  const larger = new PrefixSlots(table.slots * 2, table.since);
  for (let slot = 0; slot < table.slots; slot += 1) {
    const prefix = table.prefixIn(slot);
    if (prefix !== 0) larger.put(larger.find(prefix), prefix, table.usedAt(slot), table.readableAt(slot));
  }
  return larger;
}

/** A power of two. */
function slotsFor(prefixes: number): number {
  return Math.max(SLOTS_MIN, 2 ** Math.ceil(Math.log2(Math.max(1, prefixes))));
}
