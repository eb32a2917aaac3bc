import type { OmittedBlocks, PromptBlock, PromptFingerprint } from "../events/prompt-fingerprint.ts";

/** The sections of a prompt by their codes. */
export const SECTIONS = ["tools", "system", "messages"] as const;
/** The lifetimes of cached blocks by their codes. */
export const TTLS = ["5m", "1h"] as const;

/** A section's code for a run of blocks that was left out. */
export const OMITTED: number = SECTIONS.length;
/** A lifetime's code where there is none. */
export const NO_TTL: number = TTLS.length;

const HASH = /^[0-9a-f]{16}$/;
const BLOCK_FIELDS_MAX = 5;
const ROOM_MIN = 1024;

/**
 * Prompts as numbers, one after the other.
 *
 * So they lie outside the memory that is searched for garbage, and are ready to be put into columns.
 */
export class PackedPrompts {
  /** By prompt: its first block, and its key. */
  readonly #firsts: number[] = [];
  readonly #keys: string[] = [];
  readonly #kinds: string[] = [];
  readonly #numbersOfKinds = new Map<string, number>();
  #count = 0;
  #high = new Uint32Array(ROOM_MIN);
  #low = new Uint32Array(ROOM_MIN);
  #kindOf = new Uint32Array(ROOM_MIN);
  #sections = new Uint8Array(ROOM_MIN);
  #ttls = new Uint8Array(ROOM_MIN);
  #tokens = new Float64Array(ROOM_MIN);
  #omitted = new Float64Array(ROOM_MIN);

  /** Adds a prompt of the form of which `isPlainPrompt` says so; returns its number. */
  add({ key, blocks }: PromptFingerprint): number {
    for (const block of blocks) {
      if ("section" in block) {
        const ttl = block.ttl === undefined ? NO_TTL : TTLS.indexOf(block.ttl);
        const kind = this.kindNumber(block.kind);
        this.addBlock(
          SECTIONS.indexOf(block.section),
          kind,
          halfOf(block.hash, 0),
          halfOf(block.hash, 8),
          block.tokens,
          ttl,
        );
      } else {
        this.addOmitted(halfOf(block.hash, 0), halfOf(block.hash, 8), block.blocks, block.tokens);
      }
    }
    return this.finish(key);
  }

  /** Adds a block to the prompt that is being taken in. */
  addBlock(section: number, kind: number, high: number, low: number, tokens: number, ttl: number): void {
    if (this.#count === this.#high.length) this.#grow();
    const at = this.#count;
    this.#sections[at] = section;
    this.#kindOf[at] = kind;
    this.#high[at] = high;
    this.#low[at] = low;
    this.#tokens[at] = tokens;
    this.#ttls[at] = ttl;
    this.#count = at + 1;
  }

  /** Adds a run of blocks that was left out. */
  addOmitted(high: number, low: number, blocks: number, tokens: number): void {
    this.addBlock(OMITTED, 0, high, low, tokens, NO_TTL);
    this.#omitted[this.#count - 1] = blocks;
  }

  /** Ends the prompt that was being taken in; returns its number. */
  finish(key: string): number {
    this.#keys.push(key);
    return this.#firsts.push(this.#count) - 1;
  }

  /** Forgets the blocks of a prompt that was not finished. */
  drop(): void {
    this.#count = this.#firsts.at(-1) ?? 0;
  }

  /** The number of a kind of block. */
  kindNumber(kind: string): number {
    const held = this.#numbersOfKinds.get(kind);
    if (held !== undefined) return held;
    const number = this.#kinds.push(kind) - 1;
    this.#numbersOfKinds.set(kind, number);
    return number;
  }

  /** A prompt as its event has it. */
  at(prompt: number): PromptFingerprint {
    const { first, past } = this.blocksOf(prompt);
    if (prompt >= this.#firsts.length) throw new RangeError(`there is no prompt ${String(prompt)}`);
    const blocks = Array.from({ length: past - first }, (_, index) => this.#blockAt(first + index));
    return { blocks, key: this.keyOf(prompt) };
  }

  keyOf(prompt: number): string {
    return this.#keys[prompt] ?? "";
  }

  /** The numbers of a prompt's blocks: from the first, to before the last. */
  blocksOf(prompt: number): { readonly first: number; readonly past: number } {
    return { first: prompt === 0 ? 0 : (this.#firsts[prompt - 1] ?? 0), past: this.#firsts[prompt] ?? 0 };
  }

  sectionOf(block: number): number {
    return this.#sections[block] ?? OMITTED;
  }

  kindOf(block: number): string {
    return this.#kinds[this.#kindOf[block] ?? 0] ?? "";
  }

  highOf(block: number): number {
    return this.#high[block] ?? 0;
  }

  lowOf(block: number): number {
    return this.#low[block] ?? 0;
  }

  tokensOf(block: number): number {
    return this.#tokens[block] ?? 0;
  }

  ttlOf(block: number): number {
    return this.#ttls[block] ?? NO_TTL;
  }

  /** How many blocks a run has that was left out. */
  omittedOf(block: number): number {
    return this.#omitted[block] ?? 0;
  }

  #blockAt(block: number): PromptBlock | OmittedBlocks {
    const hash = textOfHash(this.highOf(block), this.lowOf(block));
    const tokens = this.tokensOf(block);
    const section = SECTIONS[this.sectionOf(block)];
    if (section === undefined) return { blocks: this.omittedOf(block), hash, kind: "omitted", tokens };
    const ttl = TTLS[this.ttlOf(block)];
    const plain = { hash, kind: this.kindOf(block), section, tokens };
    return ttl === undefined ? plain : { ...plain, ttl };
  }

  #grow(): void {
    const size = this.#count * 2;
    this.#high = grown(this.#high, new Uint32Array(size));
    this.#low = grown(this.#low, new Uint32Array(size));
    this.#kindOf = grown(this.#kindOf, new Uint32Array(size));
    this.#sections = grown(this.#sections, new Uint8Array(size));
    this.#ttls = grown(this.#ttls, new Uint8Array(size));
    this.#tokens = grown(this.#tokens, new Float64Array(size));
    this.#omitted = grown(this.#omitted, new Float64Array(size));
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
  if (block.ttl === undefined) return fields === BLOCK_FIELDS_MAX - 1;
  return fields === BLOCK_FIELDS_MAX && TTLS.includes(block.ttl);
}

/** 16 hexadecimal digits from two halves. */
export function textOfHash(high: number, low: number): string {
  return high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");
}

function halfOf(hash: string, start: number): number {
  return Number.parseInt(hash.slice(start, start + 8), 16);
}

function grown<T extends Uint8Array | Uint32Array | Float64Array>(values: T, room: T): T {
  room.set(values);
  return room;
}
