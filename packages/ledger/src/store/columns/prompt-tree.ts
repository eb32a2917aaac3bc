import type { OmittedBlocks, PromptBlock } from "../../events/prompt-fingerprint.ts";
import { cumulativeHash, NO_BLOCKS } from "../../events/prompt-nodes.ts";
import { OMITTED, SECTIONS, textOfHash, type PackedPrompts } from "../../rows/packed-prompts.ts";
import type { ColumnReader, ColumnWriter } from "./number-codec.ts";
import type { NumberedTexts, TextNumbers } from "./text-list.ts";

const SLOTS_MIN = 4096;
const FREE = 0;

/** What a prompt is made of in a tree: runs of blocks that end at a node, and runs that were left out. */
export interface PromptPieces {
  /** By piece, the number of a node, or of a run that was left out. */
  readonly nodes: number[];
  /** By piece, how many blocks it has; 0 where it was left out. */
  readonly blocks: number[];
}

/** The blocks of many prompts, each once wherever the blocks before it are the same. */
export class PromptTreeBuilder {
  readonly #texts: TextNumbers;
  readonly #prompts: PackedPrompts;
  /** Nodes, each at the first free slot from that of its parent, section, kind and hash on. */
  #slots = new Uint32Array(SLOTS_MIN);
  /** By node, as far as they were named. Node 0 has no blocks; one for blocks that were left out has none of its own. */
  readonly #cumulative: string[] = [NO_BLOCKS];
  readonly #byCumulative = new Map<string, number>();
  /** By node, a block that it stands for. */
  readonly #examples: number[] = [0];
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

  constructor(texts: TextNumbers, prompts: PackedPrompts) {
    this.#texts = texts;
    this.#prompts = prompts;
  }

  /** Takes in a prompt, and adds its pieces, and by how much each block's tokens differ from what the tree holds. */
  add(prompt: number, pieces: PromptPieces, differences: number[]): void {
    const { first, past } = this.#prompts.blocksOf(prompt);
    let node = 0;
    let count = 0;
    for (let block = first; block < past; block += 1) {
      if (this.#prompts.sectionOf(block) !== OMITTED) {
        node = this.#child(node, block);
        count += 1;
        differences.push(this.#prompts.tokensOf(block) - (this.#columns.tokens[node] ?? 0));
        continue;
      }
      if (count > 0) addPiece(pieces, node, count);
      count = 0;
      addPiece(pieces, this.#omittedRun(block), 0);
      differences.push(0);
      node = this.#nodeAfter(textOfHash(this.#prompts.highOf(block), this.#prompts.lowOf(block)));
    }
    if (count > 0) addPiece(pieces, node, count);
  }

  write(out: ColumnWriter): void {
    for (const column of Object.values(this.#columns)) out.numbers(column);
  }

  #child(parent: number, block: number): number {
    const { parents, sections, kinds, high, low } = this.#columns;
    const section = this.#prompts.sectionOf(block);
    const kind = this.#texts.of(this.#prompts.kindOf(block));
    const blockHigh = this.#prompts.highOf(block);
    const blockLow = this.#prompts.lowOf(block);
    const last = this.#slots.length - 1;
    let slot = slotOf(parent, blockHigh, blockLow) & last;
    for (let node = this.#slots[slot] ?? FREE; node !== FREE; node = this.#slots[slot] ?? FREE) {
      const isSame =
        low[node] === blockLow &&
        high[node] === blockHigh &&
        parents[node] === parent &&
        kinds[node] === kind &&
        sections[node] === section;
      if (isSame) return node;
      slot = (slot + 1) & last;
    }
    const node = this.#add(parent, section, kind, block);
    this.#slots[slot] = node;
    if (node * 2 > this.#slots.length) this.#growSlots();
    return node;
  }

  /** The node that the blocks after an omitted run continue: the run's last block, where another prompt showed it. */
  #nodeAfter(cumulative: string): number {
    this.#nameNodes();
    const held = this.#byCumulative.get(cumulative);
    if (held !== undefined) return held;
    const { parents, sections, kinds, high, low, tokens } = this.#columns;
    for (const column of [sections, kinds, high, low, tokens]) column.push(0);
    const node = parents.push(0) - 1;
    this.#examples.push(0);
    this.#cumulative.push(cumulative);
    this.#byCumulative.set(cumulative, node);
    return node;
  }

  /** Finds the cumulative hashes of nodes, which only prompts with omitted runs ask for. */
  #nameNodes(): void {
    const { parents, sections, high, low } = this.#columns;
    for (let node = this.#cumulative.length; node < parents.length; node += 1) {
      const section = SECTIONS[sections[node] ?? 0] ?? "messages";
      const kind = this.#prompts.kindOf(this.#examples[node] ?? 0);
      const hash = textOfHash(high[node] ?? 0, low[node] ?? 0);
      const cumulative = cumulativeHash(this.#cumulative[parents[node] ?? 0] ?? NO_BLOCKS, { section, kind, hash });
      this.#cumulative.push(cumulative);
      if (!this.#byCumulative.has(cumulative)) this.#byCumulative.set(cumulative, node);
    }
  }

  #add(parent: number, section: number, kind: number, block: number): number {
    const { parents, sections, kinds, high, low, tokens } = this.#columns;
    sections.push(section);
    kinds.push(kind);
    high.push(this.#prompts.highOf(block));
    low.push(this.#prompts.lowOf(block));
    tokens.push(this.#prompts.tokensOf(block));
    this.#examples.push(block);
    return parents.push(parent) - 1;
  }

  #growSlots(): void {
    const { parents, high, low } = this.#columns;
    const held = this.#slots;
    this.#slots = new Uint32Array(held.length * 2);
    const last = this.#slots.length - 1;
    for (const node of held) {
      if (node === FREE) continue;
      let slot = slotOf(parents[node] ?? 0, high[node] ?? 0, low[node] ?? 0) & last;
      while (this.#slots[slot] !== FREE) slot = (slot + 1) & last;
      this.#slots[slot] = node;
    }
  }

  #omittedRun(block: number): number {
    const { omittedHigh, omittedLow, omittedBlocks, omittedTokens } = this.#columns;
    const [high, low] = [this.#prompts.highOf(block), this.#prompts.lowOf(block)];
    const [blocks, tokens] = [this.#prompts.omittedOf(block), this.#prompts.tokensOf(block)];
    const key = [high, low, blocks, tokens].join(" ");
    const held = this.#omitted.get(key);
    if (held !== undefined) return held;
    const number = omittedHigh.push(high) - 1;
    omittedLow.push(low);
    omittedBlocks.push(blocks);
    omittedTokens.push(tokens);
    this.#omitted.set(key, number);
    return number;
  }
}

function addPiece({ nodes, blocks }: PromptPieces, node: number, count: number): void {
  nodes.push(node);
  blocks.push(count);
}

function slotOf(parent: number, high: number, low: number): number {
  const mixed = Math.imul(parent, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b) ^ Math.imul(low, 0xc2b2ae35);
  return mixed ^ (mixed >>> 15);
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
      hash: textOfHash(this.#high[node] ?? 0, this.#low[node] ?? 0),
      tokens: this.#tokens[node] ?? 0,
    };
  }

  #omittedRun(number: number): OmittedBlocks {
    const [high, low, blocks, tokens] = this.#omitted;
    return {
      kind: "omitted",
      hash: textOfHash(high[number] ?? 0, low[number] ?? 0),
      blocks: blocks[number] ?? 0,
      tokens: tokens[number] ?? 0,
    };
  }
}
