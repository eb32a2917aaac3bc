import { cumulativeHash, NO_BLOCKS, type PromptBlock } from "@farthing/ledger";

type Block = Pick<PromptBlock, "section" | "kind" | "hash">;

/** The last block of some prompts that are equal up to there. */
interface Prefix {
  /** Number of the prefix that it continues; 0 for the first block. */
  readonly parent: number;
  /** Null for a run of blocks that was left out. */
  readonly block: Block | null;
  readonly variant: string;
}

/**
 * Numbers for the beginnings of prompts: equal numbers where a cache takes them for equal.
 *
 * 0 is the beginning without blocks. A table is for prompts under one key. A *variant* is what besides the blocks has to
 * be equal; see `cache-variant.ts`.
 */
export class PrefixTable {
  readonly #prefixes: Prefix[] = [{ parent: 0, block: null, variant: "" }];
  readonly #numbers = new Map<string, number>();
  /** Cumulative hashes of the first prefixes, and prefixes by them: only runs that were left out ask for either. */
  readonly #cumulative: string[] = [NO_BLOCKS];
  readonly #byCumulative = new Map<string, number>();

  /** The prefix that continues another by a block. */
  after(parent: number, block: Block, variant: string): number {
    const key = `${String(parent)} ${block.hash} ${block.section} ${block.kind} ${variant}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#prefixes.push({ parent, block, variant }) - 1;
    this.#numbers.set(key, number);
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
    const number = this.#prefixes.push({ parent, block: null, variant }) - 1;
    this.#cumulative.push(cumulative);
    this.#byCumulative.set(key, number);
    return number;
  }

  /** The block that a prefix ends with; null for a run that was left out. */
  blockOf(prefix: number): Block | null {
    return this.#prefixes[prefix]?.block ?? null;
  }

  /** The prefix that a prefix continues. */
  parentOf(prefix: number): number {
    return this.#prefixes[prefix]?.parent ?? 0;
  }

  /** What besides the blocks has to be equal at a prefix. */
  variantOf(prefix: number): string {
    return this.#prefixes[prefix]?.variant ?? "";
  }

  #nameAll(): void {
    for (let number = this.#cumulative.length; number < this.#prefixes.length; number += 1) {
      const prefix = this.#prefixes[number];
      if (prefix === undefined || prefix.block === null) continue;
      const cumulative = cumulativeHash(this.#cumulative[prefix.parent] ?? NO_BLOCKS, prefix.block);
      this.#cumulative.push(cumulative);
      const key = `${cumulative} ${prefix.variant}`;
      if (!this.#byCumulative.has(key)) this.#byCumulative.set(key, number);
    }
  }
}
