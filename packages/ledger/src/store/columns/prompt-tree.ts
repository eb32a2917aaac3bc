import type { OmittedBlocks, PromptBlock, PromptFingerprint } from "../../events/prompt-fingerprint.ts";
import { cumulativeHash, NO_BLOCKS } from "../../events/prompt-nodes.ts";
import type { ColumnReader, ColumnWriter } from "./number-codec.ts";
import type { NumberedTexts, TextNumbers } from "./text-list.ts";

/** The sections of a prompt by their stored codes. */
const SECTIONS = ["tools", "system", "messages"] as const;
/** The lifetimes of cached blocks by their stored codes. */
export const TTLS = ["5m", "1h"] as const;

const HASH = /^[0-9a-f]{16}$/;
const BLOCK_FIELDS_MAX = 5;

/** A run of a prompt's blocks: so many that end at a node of the tree, or, with none, a run that was left out. */
interface Piece {
  /** Number of a node, or of a run that was left out. */
  readonly node: number;
  readonly blocks: number;
}

/** The blocks of many prompts, each once wherever the blocks before it are the same. */
export class PromptTreeBuilder {
  readonly #texts: TextNumbers;
  /** Node by its parent, section, kind and hash. */
  readonly #nodes = new Map<string, number>();
  readonly #byCumulative = new Map<string, number>();
  /** By node. Node 0 has no blocks; one that stands for blocks that were left out has no block of its own. */
  readonly #cumulative: string[] = [NO_BLOCKS];
  readonly #columns = {
    parents: [0],
    sections: [0],
    kinds: [0],
    high: [0],
    low: [0],
    tokens: [0],
    omittedHigh: [] as number[],
    omittedLow: [] as number[],
    omittedBlocks: [] as number[],
    omittedTokens: [] as number[],
  };
  readonly #omitted = new Map<string, number>();

  constructor(texts: TextNumbers) {
    this.#texts = texts;
  }

  /** Takes in a prompt; returns its pieces, and by how much each block's tokens differ from what the tree holds. */
  add(blocks: PromptFingerprint["blocks"]): {
    readonly pieces: readonly Piece[];
    readonly differences: readonly number[];
  } {
    const pieces: Piece[] = [];
    const differences: number[] = [];
    let node = 0;
    let count = 0;
    const finishRun = (): void => {
      if (count > 0) pieces.push({ node, blocks: count });
      count = 0;
    };
    for (const block of blocks) {
      if ("section" in block) {
        node = this.#child(node, block);
        count += 1;
        differences.push(block.tokens - (this.#columns.tokens[node] ?? 0));
      } else {
        finishRun();
        pieces.push({ node: this.#omittedRun(block), blocks: 0 });
        differences.push(0);
        node = this.#nodeAfter(block.hash);
      }
    }
    finishRun();
    return { pieces, differences };
  }

  write(out: ColumnWriter): void {
    for (const column of Object.values(this.#columns)) out.numbers(column);
  }

  #child(parent: number, block: PromptBlock): number {
    const key = `${String(parent)} ${block.section} ${block.hash} ${block.kind}`;
    const held = this.#nodes.get(key);
    if (held !== undefined) return held;
    const cumulative = cumulativeHash(this.#cumulative[parent] ?? NO_BLOCKS, block);
    const node = this.#add(
      parent,
      SECTIONS.indexOf(block.section),
      this.#texts.of(block.kind),
      block.hash,
      block.tokens,
    );
    this.#cumulative.push(cumulative);
    this.#nodes.set(key, node);
    if (!this.#byCumulative.has(cumulative)) this.#byCumulative.set(cumulative, node);
    return node;
  }

  /** The node that the blocks after an omitted run continue: the run's last block, where another prompt showed it. */
  #nodeAfter(cumulative: string): number {
    const held = this.#byCumulative.get(cumulative);
    if (held !== undefined) return held;
    const node = this.#add(0, 0, 0, NO_BLOCKS, 0);
    this.#cumulative.push(cumulative);
    this.#byCumulative.set(cumulative, node);
    return node;
  }

  #add(parent: number, section: number, kind: number, hash: string, tokens: number): number {
    const { parents, sections, kinds, high, low } = this.#columns;
    const node = parents.push(parent) - 1;
    sections.push(section);
    kinds.push(kind);
    high.push(halfOf(hash, 0));
    low.push(halfOf(hash, 8));
    this.#columns.tokens.push(tokens);
    return node;
  }

  #omittedRun({ hash, blocks, tokens }: OmittedBlocks): number {
    const key = `${hash} ${String(blocks)} ${String(tokens)}`;
    const held = this.#omitted.get(key);
    if (held !== undefined) return held;
    const { omittedHigh, omittedLow, omittedBlocks, omittedTokens } = this.#columns;
    const number = omittedHigh.push(halfOf(hash, 0)) - 1;
    omittedLow.push(halfOf(hash, 8));
    omittedBlocks.push(blocks);
    omittedTokens.push(tokens);
    this.#omitted.set(key, number);
    return number;
  }
}

/** Reads what a `PromptTreeBuilder` wrote. */
export class PromptTreeReader {
  readonly #texts: NumberedTexts;
  readonly #parents: Uint32Array;
  readonly #sections: Uint32Array;
  readonly #kinds: Uint32Array;
  readonly #high: Uint32Array;
  readonly #low: Uint32Array;
  readonly #tokens: Float64Array;
  readonly #omitted: readonly [high: Uint32Array, low: Uint32Array, blocks: Float64Array, tokens: Float64Array];

  constructor(from: ColumnReader, texts: NumberedTexts) {
    this.#texts = texts;
    this.#parents = from.uint32();
    this.#sections = from.uint32();
    this.#kinds = from.uint32();
    this.#high = from.uint32();
    this.#low = from.uint32();
    this.#tokens = from.doubles();
    this.#omitted = [from.uint32(), from.uint32(), from.doubles(), from.doubles()];
  }

  /** Adds the blocks of a piece to those before it. */
  read(node: number, count: number, blocks: (PromptBlock | OmittedBlocks)[]): void {
    if (count === 0) {
      blocks.push(this.#omittedRun(node));
      return;
    }
    const start = blocks.length;
    let current = node;
    for (let index = start + count - 1; index >= start; index -= 1) {
      blocks[index] = this.#block(current);
      current = this.#parents[current] ?? 0;
    }
  }

  #block(node: number): PromptBlock {
    return {
      section: SECTIONS[this.#sections[node] ?? 0] ?? "messages",
      kind: this.#texts.of(this.#kinds[node] ?? 0) ?? "",
      hash: hashOf(this.#high[node], this.#low[node]),
      tokens: this.#tokens[node] ?? 0,
    };
  }

  #omittedRun(number: number): OmittedBlocks {
    const [high, low, blocks, tokens] = this.#omitted;
    return {
      kind: "omitted",
      hash: hashOf(high[number], low[number]),
      blocks: blocks[number] ?? 0,
      tokens: tokens[number] ?? 0,
    };
  }
}

/** Whether a prompt has the form that this release writes; one of a newer release is kept as it is. */
export function isPlainPrompt(prompt: PromptFingerprint): boolean {
  return Object.keys(prompt).length === 2 && prompt.blocks.every(isPlainBlock);
}

function isPlainBlock(block: PromptBlock | OmittedBlocks): boolean {
  if (!HASH.test(block.hash) || !Number.isSafeInteger(block.tokens)) return false;
  const fields = Object.keys(block).length;
  if (!("section" in block)) return fields === BLOCK_FIELDS_MAX - 1 && Number.isSafeInteger(block.blocks);
  if (!SECTIONS.includes(block.section)) return false;
  return fields === (block.ttl === undefined ? BLOCK_FIELDS_MAX - 1 : BLOCK_FIELDS_MAX);
}

function halfOf(hash: string, start: number): number {
  return Number.parseInt(hash.slice(start, start + 8), 16);
}

function hashOf(high: number | undefined, low: number | undefined): string {
  return [high, low].map((half) => (half ?? 0).toString(16).padStart(8, "0")).join("");
}
