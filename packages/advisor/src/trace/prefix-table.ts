import { cumulativeHash, NO_BLOCKS, type PromptBlock } from "@farthing/ledger";

type Block = Pick<PromptBlock, "section" | "kind" | "hash">;

/** What besides its text makes a block the same as another; one entry for all blocks that are alike in it. */
interface Nature {
  /** Null for a run of blocks that was left out. */
  readonly block: Pick<Block, "section" | "kind"> | null;
  readonly variant: string;
}

const ROOM_MIN = 1024;
/** Slots are at most half full. */
const SLOTS_PER_PREFIX = 2;
const FREE = 0;
const HALF_DIGITS = 8;

/**
 * Numbers for the beginnings of prompts: equal numbers where a cache takes them for equal.
 *
 * 0 is the beginning without blocks. A table is for prompts under one key. A *variant* is what besides the blocks has to
 * be equal; see `cache-variant.ts`.
 */
export class PrefixTable {
  #count = 1;
  #parents = new Uint32Array(ROOM_MIN);
  #natureOf = new Uint16Array(ROOM_MIN);
  /** The hash of the last block, in halves; of a run that was left out, the cumulative one. */
  #high = new Uint32Array(ROOM_MIN);
  #low = new Uint32Array(ROOM_MIN);
  /** Prefixes, each at the first free slot from that of its parent, nature and hash on. */
  #slots = new Uint32Array(ROOM_MIN * SLOTS_PER_PREFIX);
  readonly #natures: Nature[] = [{ block: null, variant: "" }];
  readonly #numbersOfNatures = new Map<string, number>();
  /** Cumulative hashes of the first prefixes, and prefixes by them: only runs that were left out ask for either. */
  readonly #cumulative: string[] = [NO_BLOCKS];
  readonly #byCumulative = new Map<string, number>();

  /** The prefix that continues another by a block. */
  after(parent: number, block: Block, variant: string): number {
    const nature = this.#natureNumber(`${block.section} ${block.kind} ${variant}`, { block, variant });
    const [high, low] = halvesOf(block.hash);
    const last = this.#slots.length - 1;
    let slot = slotOf(parent, nature, high, low) & last;
    for (let number = this.#slots[slot] ?? FREE; number !== FREE; number = this.#slots[slot] ?? FREE) {
      const isSame =
        this.#low[number] === low &&
        this.#high[number] === high &&
        this.#parents[number] === parent &&
        this.#natureOf[number] === nature;
      if (isSame) return number;
      slot = (slot + 1) & last;
    }
    const number = this.#add(parent, nature, high, low);
    this.#slots[slot] = number;
    if (this.#count * SLOTS_PER_PREFIX > this.#slots.length) this.#growSlots();
    return number;
  }

  /**
   * The prefix that continues another by a run of blocks that was left out: the same as that of a prompt that shows
   * these blocks, where one came before.
   *
   * @param cumulative Hash of the prompt up to the run's last block.
   */
  afterRun(parent: number, cumulative: string, variant: string): number {
    this.#nameAll();
    const key = `${cumulative} ${variant}`;
    const known = this.#byCumulative.get(key);
    if (known !== undefined) return known;
    const number = this.#add(
      parent,
      this.#natureNumber(` ${variant}`, { block: null, variant }),
      ...halvesOf(cumulative),
    );
    this.#cumulative.push(cumulative);
    this.#byCumulative.set(key, number);
    return number;
  }

  /** The block that a prefix ends with; null for a run that was left out. */
  blockOf(prefix: number): Block | null {
    const block = this.#natures[this.#natureOf[prefix] ?? 0]?.block ?? null;
    if (block === null) return null;
    return { section: block.section, kind: block.kind, hash: textOf(this.#high[prefix] ?? 0, this.#low[prefix] ?? 0) };
  }

  /** Section and kind of the block that a prefix ends with; null for a run that was left out. */
  kindOf(prefix: number): Pick<Block, "section" | "kind"> | null {
    return this.#natures[this.#natureOf[prefix] ?? 0]?.block ?? null;
  }

  /** The prefix that a prefix continues. */
  parentOf(prefix: number): number {
    return this.#parents[prefix] ?? 0;
  }

  #add(parent: number, nature: number, high: number, low: number): number {
    if (this.#count === this.#parents.length) this.#grow();
    const number = this.#count;
    this.#parents[number] = parent;
    this.#natureOf[number] = nature;
    this.#high[number] = high;
    this.#low[number] = low;
    this.#count += 1;
    return number;
  }

  #natureNumber(key: string, nature: Nature): number {
    const known = this.#numbersOfNatures.get(key);
    if (known !== undefined) return known;
    const number = this.#natures.push(nature) - 1;
    this.#numbersOfNatures.set(key, number);
    return number;
  }

  /** What besides the blocks has to be equal at a prefix. */
  variantOf(prefix: number): string {
    return this.#natures[this.#natureOf[prefix] ?? 0]?.variant ?? "";
  }

  #nameAll(): void {
    for (let number = this.#cumulative.length; number < this.#count; number += 1) {
      const block = this.blockOf(number);
      if (block === null) continue;
      const cumulative = cumulativeHash(this.#cumulative[this.parentOf(number)] ?? NO_BLOCKS, block);
      this.#cumulative.push(cumulative);
      const key = `${cumulative} ${this.variantOf(number)}`;
      if (!this.#byCumulative.has(key)) this.#byCumulative.set(key, number);
    }
  }

  #grow(): void {
    const size = this.#count * 2;
    this.#parents = grown(this.#parents, new Uint32Array(size));
    this.#natureOf = grown(this.#natureOf, new Uint16Array(size));
    this.#high = grown(this.#high, new Uint32Array(size));
    this.#low = grown(this.#low, new Uint32Array(size));
  }

  #growSlots(): void {
    const held = this.#slots;
    this.#slots = new Uint32Array(held.length * 2);
    const last = this.#slots.length - 1;
    for (const number of held) {
      if (number === FREE) continue;
      const [parent, nature] = [this.parentOf(number), this.#natureOf[number] ?? 0];
      let slot = slotOf(parent, nature, this.#high[number] ?? 0, this.#low[number] ?? 0) & last;
      while (this.#slots[slot] !== FREE) slot = (slot + 1) & last;
      this.#slots[slot] = number;
    }
  }
}

function slotOf(parent: number, nature: number, high: number, low: number): number {
  const mixed = Math.imul(parent, 0x9e37_79b1) ^ Math.imul(high ^ nature, 0x85eb_ca6b) ^ Math.imul(low, 0xc2b2_ae35);
  return mixed ^ (mixed >>> 15);
}

function halvesOf(hash: string): readonly [high: number, low: number] {
  return [Number.parseInt(hash.slice(0, HALF_DIGITS), 16), Number.parseInt(hash.slice(HALF_DIGITS), 16)];
}

function textOf(high: number, low: number): string {
  return high.toString(16).padStart(HALF_DIGITS, "0") + low.toString(16).padStart(HALF_DIGITS, "0");
}

function grown<T extends Uint16Array | Uint32Array>(values: T, room: T): T {
  room.set(values);
  return room;
}
