import { canonicalJson } from "../../events/canonical.ts";
import type { OmittedBlocks, PromptBlock, PromptFingerprint } from "../../events/prompt-fingerprint.ts";
import { isPlainPrompt, NO_TTL, PackedPrompts, TTLS } from "../../rows/packed-prompts.ts";
import { ColumnReader, ColumnWriter } from "./number-codec.ts";
import { PromptTreeBuilder, PromptTreeReader } from "./prompt-tree.ts";
import { startsOf } from "./runs.ts";
import { NumberedTexts, TextNumbers } from "./text-list.ts";

/** How the prompt of a row is stored. */
const NONE = 0;
const IN_TREE = 1;
const AS_JSON = 2;

/**
 * Prompts as paths in one tree of blocks, so that the next request of a conversation adds only its new blocks.
 *
 * What can differ between requests with the same block is kept by row: where the cache breakpoints were, and token
 * counts other than the ones the block was first seen with.
 *
 * @param prompts Of each row: its number among the packed ones, or as an event has it.
 * @param packed Takes in the others, too.
 */
export function encodePrompts(
  prompts: readonly (PromptFingerprint | number | null)[],
  packed: PackedPrompts,
): Uint8Array {
  const texts = new TextNumbers();
  const tree = new PromptTreeBuilder(texts, packed);
  const rows = new PromptRows(texts, packed);
  for (const prompt of prompts) rows.add(prompt, tree);
  const out = new ColumnWriter();
  texts.write(out);
  tree.write(out);
  rows.write(out);
  return out.bytes();
}

/** Reads what `encodePrompts` wrote: the prompt of a row. */
export function decodePrompts(bytes: Uint8Array): (row: number) => PromptFingerprint | null {
  const from = new ColumnReader(bytes);
  const texts = new NumberedTexts(from);
  const tree = new PromptTreeReader(from, texts);
  const columns = PROMPT_COLUMNS.map(() => from.uint32());
  const [kinds, keys, pieceCounts, ttlCounts, tokenCounts, ...flat] = columns;
  const [pieceNodes, pieceBlocks, ttlBlocks, ttlCodes] = flat;
  const tokens = from.doubles();
  const starts = [pieceCounts, ttlCounts, tokenCounts].map((counts) => startsOf(counts ?? new Uint32Array(0)));
  const range = (of: number, row: number): readonly [number, number] => [
    starts[of]?.[row] ?? 0,
    starts[of]?.[row + 1] ?? 0,
  ];

  return (row) => {
    const kind = kinds?.[row] ?? NONE;
    if (kind === NONE) return null;
    const key = texts.of(keys?.[row] ?? 0) ?? "";
    if (kind === AS_JSON) return JSON.parse(key) as PromptFingerprint;
    const blocks: (PromptBlock | OmittedBlocks)[] = [];
    const [firstPiece, pastPieces] = range(0, row);
    for (let piece = firstPiece; piece < pastPieces; piece += 1) {
      tree.read(pieceNodes?.[piece] ?? 0, pieceBlocks?.[piece] ?? 0, blocks);
    }
    const [firstToken, pastTokens] = range(2, row);
    for (let place = firstToken, index = 0; place < pastTokens; place += 1, index += 1) {
      const block = blocks[index];
      if (block !== undefined) blocks[index] = { ...block, tokens: block.tokens + (tokens[place] ?? 0) };
    }
    const [firstTtl, pastTtls] = range(1, row);
    for (let place = firstTtl; place < pastTtls; place += 1) {
      const index = ttlBlocks?.[place] ?? 0;
      const block = blocks[index];
      const ttl = TTLS[ttlCodes?.[place] ?? 0];
      if (block !== undefined && "section" in block && ttl !== undefined) blocks[index] = { ...block, ttl };
    }
    return { key, blocks };
  };
}

/** Reads the prompts of some rows, as `read` does, and holds no others. */
export function promptsOfRows(
  read: (row: number) => PromptFingerprint | null,
  rows: readonly number[],
): (row: number) => PromptFingerprint | null {
  const readPlace = decodePrompts(encodePrompts(rows.map(read), new PackedPrompts()));
  const places = new Map(rows.map((row, place) => [row, place]));
  return (row) => readPlace(places.get(row) ?? NaN);
}

const PROMPT_COLUMNS = [
  "kinds",
  "keys",
  "pieceCounts",
  "ttlCounts",
  "tokenCounts",
  "pieceNodes",
  "pieceBlocks",
  "ttlBlocks",
  "ttlCodes",
] as const;

/** What is kept of a prompt by row. */
class PromptRows {
  readonly #texts: TextNumbers;
  readonly #packed: PackedPrompts;
  readonly #columns: Readonly<Record<(typeof PROMPT_COLUMNS)[number], number[]>>;
  /** What a block's tokens differ by, for every block of the rows of which any does. */
  readonly #tokens: number[] = [];

  constructor(texts: TextNumbers, packed: PackedPrompts) {
    this.#texts = texts;
    this.#packed = packed;
    this.#columns = {
      kinds: [],
      keys: [],
      pieceCounts: [],
      ttlCounts: [],
      tokenCounts: [],
      pieceNodes: [],
      pieceBlocks: [],
      ttlBlocks: [],
      ttlCodes: [],
    };
  }

  add(prompt: PromptFingerprint | number | null, tree: PromptTreeBuilder): void {
    const { kinds, keys, pieceCounts, ttlCounts, tokenCounts, pieceNodes, ttlBlocks } = this.#columns;
    const before = { pieces: pieceNodes.length, ttls: ttlBlocks.length, tokens: this.#tokens.length };
    if (prompt === null) {
      kinds.push(NONE);
      keys.push(0);
    } else if (typeof prompt === "object" && !isPlainPrompt(prompt)) {
      kinds.push(AS_JSON);
      keys.push(this.#texts.of(canonicalJson(prompt)));
    } else {
      kinds.push(IN_TREE);
      this.#addPacked(typeof prompt === "number" ? prompt : this.#packed.add(prompt), tree);
    }
    pieceCounts.push(pieceNodes.length - before.pieces);
    ttlCounts.push(ttlBlocks.length - before.ttls);
    tokenCounts.push(this.#tokens.length - before.tokens);
  }

  #addPacked(prompt: number, tree: PromptTreeBuilder): void {
    const { keys, pieceNodes, pieceBlocks, ttlBlocks, ttlCodes } = this.#columns;
    keys.push(this.#texts.of(this.#packed.keyOf(prompt)));
    const before = this.#tokens.length;
    tree.add(prompt, { nodes: pieceNodes, blocks: pieceBlocks }, this.#tokens);
    if (!hasOther(this.#tokens, before, 0)) this.#tokens.length = before;
    const { first, past } = this.#packed.blocksOf(prompt);
    for (let block = first; block < past; block += 1) {
      const ttl = this.#packed.ttlOf(block);
      if (ttl === NO_TTL) continue;
      ttlBlocks.push(block - first);
      ttlCodes.push(ttl);
    }
  }

  write(out: ColumnWriter): void {
    for (const name of PROMPT_COLUMNS) out.numbers(this.#columns[name]);
    out.numbers(this.#tokens);
  }
}

/** Whether a list has anything but a value from a place on. */
function hasOther(list: readonly number[], from: number, value: number): boolean {
  for (let index = from; index < list.length; index += 1) if (list[index] !== value) return true;
  return false;
}
