import { lotOf, normal } from "./chance.ts";
import type { TrueBlock } from "./true-request.ts";

/**
 * Makes blocks of prompts, each once.
 *
 * A recorder knows how long a block is only by its bytes: it is off by some factor for each section, and by another for
 * each block, the same whenever the block is sent.
 */
export class BlockMaker {
  readonly #seed: number;
  readonly #error: number;
  readonly #made = new Map<string, TrueBlock>();

  constructor(seed: number, error: number) {
    this.#seed = seed;
    this.#error = error;
  }

  make(block: Omit<TrueBlock, "estimatedTokens">): TrueBlock {
    const { id, section, tokens } = block;
    const known = this.#made.get(id);
    if (known !== undefined) return known;
    const off = this.#normal(section) + this.#normal(id);
    const made = { ...block, estimatedTokens: Math.max(1, Math.round(tokens * Math.exp(this.#error * off))) };
    this.#made.set(id, made);
    return made;
  }

  #normal(name: string): number {
    return normal(lotOf(this.#seed, `length/${name}`), lotOf(this.#seed, `length too/${name}`));
  }
}
