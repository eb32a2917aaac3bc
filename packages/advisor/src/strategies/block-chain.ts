import type { PromptBlocks } from "../trace/counterfactual-prompt.ts";
import type { PrefixTable } from "../trace/prefix-table.ts";

const HASH_DIGITS = 16;

/** A block of a prompt, wherever it then stands. */
export interface ChainedBlock {
  /** The prompt up to and including it, as it was sent. */
  readonly prefix: number;
  readonly tokens: number;
  /** For how many it stands; see `PromptBlocks.runs`. */
  readonly run: number;
}

/** The blocks of a prompt, one by one. */
export function placesOfBlocks({ prefixes, ends, runs }: PromptBlocks): readonly ChainedBlock[] {
  return Array.from(prefixes, (prefix, index) => ({
    prefix,
    tokens: (ends[index] ?? 0) - (index === 0 ? 0 : (ends[index - 1] ?? 0)),
    run: runs?.[index] ?? 1,
  }));
}

/**
 * A prompt made of the blocks of another one: in another order, without some of them, or with one that it had not.
 *
 * As long as nothing has changed its prefixes are those of the other prompt. A run of blocks that was left out stands
 * behind other blocks than before, so that nothing is known to be equal to it any more, unless nothing before it has
 * changed.
 */
export class BlockChain {
  readonly #of: PromptBlocks;
  readonly #table: PrefixTable;
  readonly #prefixes: Uint32Array;
  readonly #ends: Uint32Array;
  readonly #runs: Uint32Array | null;
  readonly #messages: string;
  #isSame = true;
  #base: number | null = null;
  length = 0;

  constructor(blocks: PromptBlocks, table: PrefixTable) {
    const { prefixes, runs } = blocks;
    const room = prefixes.length + 1;
    this.#of = blocks;
    this.#table = table;
    this.#prefixes = new Uint32Array(room);
    this.#ends = new Uint32Array(room);
    this.#runs = runs === null ? null : new Uint32Array(room);
    this.#messages = table.variantOf(prefixes.at(-1) ?? 0);
  }

  /** Adds blocks of the other prompt, in their section, or as text of a user where that is another one. */
  addAll(blocks: readonly ChainedBlock[], to: "messages" | null = null): void {
    for (const block of blocks) {
      const parent = this.#last();
      this.#isSame &&= this.#table.parentOf(block.prefix) === parent || this.#table.kindOf(block.prefix) === null;
      this.#push(this.#isSame ? block.prefix : this.#after(parent, block.prefix, to), block);
    }
  }

  /** Adds a message that the other prompt had not; the same one wherever its number is. */
  addMessage(kind: string, number: number, tokens: number): void {
    this.#isSame = false;
    const hash = number.toString(16).padStart(HASH_DIGITS, "0");
    const prefix = this.#table.after(this.#last(), { section: "messages", kind, hash }, this.#messages);
    this.#push(prefix, { tokens, run: 1 });
  }

  /**
   * Adds blocks of which everything from the beginning on was the same wherever their prefixes were: those of
   * conversations. A run that was left out of one prompt and is shown by another is then still the same.
   */
  addFollowing(blocks: readonly ChainedBlock[]): void {
    this.#base ??= this.#last();
    for (const block of blocks) {
      this.#isSame &&= this.#table.parentOf(block.prefix) === this.#last();
      this.#push(this.#isSame ? block.prefix : this.#following(this.#base, block.prefix), block);
    }
  }

  result(): PromptBlocks {
    const { length } = this;
    return {
      ...this.#of,
      prefixes: this.#prefixes.subarray(0, length),
      ends: this.#ends.subarray(0, length),
      runs: this.#runs?.subarray(0, length) ?? null,
    };
  }

  #push(prefix: number, { tokens, run }: Pick<ChainedBlock, "tokens" | "run">): void {
    this.#prefixes[this.length] = prefix;
    this.#ends[this.length] = (this.length === 0 ? 0 : (this.#ends[this.length - 1] ?? 0)) + tokens;
    if (this.#runs !== null) this.#runs[this.length] = run;
    this.length += 1;
  }

  #last(): number {
    return this.length === 0 ? 0 : (this.#prefixes[this.length - 1] ?? 0);
  }

  #after(parent: number, prefix: number, to: "messages" | null): number {
    const table = this.#table;
    const block = table.blockOf(prefix);
    if (block === null) return this.#following(parent, prefix);
    if (to === null || block.section === "messages") return table.after(parent, block, table.variantOf(prefix));
    return table.after(parent, { section: "messages", kind: "user.text", hash: block.hash }, this.#messages);
  }

  #following(parent: number, prefix: number): number {
    const { section, kind } = this.#table.kindOf(prefix) ?? { section: "messages", kind: "omitted" };
    const hash = prefix.toString(16).padStart(HASH_DIGITS, "0");
    return this.#table.after(parent, { section, kind, hash }, this.#table.variantOf(prefix));
  }
}
