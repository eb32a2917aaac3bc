import type { PromptBlocks } from "../trace/counterfactual-prompt.ts";
import type { PrefixTable } from "../trace/prefix-table.ts";
import { newestBlock, type PromptPlaces } from "./prompt-places.ts";
import { compareTools, identityOf, type Slot } from "./volatile-blocks.ts";

/** How the blocks of prompts are put into another order. */
export interface BlockOrder {
  /** Blocks that go behind others; see `to`. */
  readonly moved: ReadonlySet<Slot>;
  /** Behind the system prompt, or behind the newest message. */
  readonly to: "system" | "newest";
  /** Puts tools into one order for all, by how many prompts have them; null leaves them. */
  readonly toolCounts: ReadonlyMap<string, number> | null;
}

/** A prompt in another order, and where code can put breakpoints in what does not change. */
export interface MovedPrompt {
  readonly blocks: PromptBlocks;
  readonly places: PromptPlaces;
}

interface Place {
  readonly prefix: number;
  readonly tokens: number;
  readonly run: number;
}

/**
 * The same prompt with its blocks in another order.
 *
 * What is moved comes after all places for breakpoints. A run of blocks that was left out stands behind other blocks
 * than before, so that nothing is known to be equal to it any more, unless nothing before it has moved.
 */
export function movedBlocks(blocks: PromptBlocks, order: BlockOrder, table: PrefixTable): MovedPrompt {
  const parts = partsOf(blocks, order, table);
  const moved = order.to === "system" ? parts.moved : [];
  const last = order.to === "newest" ? parts.moved : [];
  const chain = new Chain(blocks, table);
  chain.addAll(parts.tools);
  const tools = chain.length - 1;
  chain.addAll(parts.system);
  const system = parts.system.length === 0 ? null : chain.length - 1;
  chain.addAll(moved);
  chain.addAll(parts.messages);
  const end = chain.length - 1;
  chain.addAll(last, "messages");
  const result = chain.result();
  const newest = newestBlock(result.prefixes, end, table);
  return { blocks: result, places: { tools: parts.tools.length === 0 ? null : tools, system, newest } };
}

function partsOf({ prefixes, ends, runs }: PromptBlocks, order: BlockOrder, table: PrefixTable): Parts {
  const parts: Parts = { tools: [], system: [], messages: [], moved: [] };
  const places = { tools: 0, system: 0, messages: 0 };
  for (let index = 0; index < prefixes.length; index += 1) {
    const prefix = prefixes[index] ?? 0;
    const section = table.blockOf(prefix)?.section ?? "messages";
    const slot: Slot = `${section} ${places[section]}`;
    places[section] += 1;
    const tokens = (ends[index] ?? 0) - (index === 0 ? 0 : (ends[index - 1] ?? 0));
    (order.moved.has(slot) ? parts.moved : parts[section]).push({ prefix, tokens, run: runs?.[index] ?? 1 });
  }
  const { toolCounts } = order;
  if (toolCounts === null) return parts;
  const identity = ({ prefix }: Place): string => identityOf(prefix, table) ?? "";
  return { ...parts, tools: parts.tools.sort((a, b) => compareTools(identity(a), identity(b), toolCounts)) };
}

interface Parts {
  readonly tools: Place[];
  readonly system: Place[];
  readonly messages: Place[];
  readonly moved: Place[];
}

/** A prompt made of the blocks of another one. */
class Chain {
  readonly #table: PrefixTable;
  readonly #prefixes: Uint32Array;
  readonly #ends: Uint32Array;
  readonly #runs: Uint32Array | null;
  readonly #messages: string;
  #isSame = true;
  length = 0;

  constructor({ prefixes, ends, runs }: PromptBlocks, table: PrefixTable) {
    this.#table = table;
    this.#prefixes = new Uint32Array(prefixes.length);
    this.#ends = new Uint32Array(ends.length);
    this.#runs = runs === null ? null : new Uint32Array(runs.length);
    this.#messages = table.variantOf(prefixes.at(-1) ?? 0);
  }

  addAll(places: readonly Place[], to: "messages" | null = null): void {
    for (const place of places) this.#add(place, to);
  }

  result(): PromptBlocks {
    return { prefixes: this.#prefixes, ends: this.#ends, runs: this.#runs };
  }

  #add({ prefix, tokens, run }: Place, to: "messages" | null): void {
    const parent = this.length === 0 ? 0 : (this.#prefixes[this.length - 1] ?? 0);
    this.#isSame &&= this.#table.parentOf(prefix) === parent || this.#table.blockOf(prefix) === null;
    this.#prefixes[this.length] = this.#isSame ? prefix : this.#after(parent, prefix, to);
    this.#ends[this.length] = (this.length === 0 ? 0 : (this.#ends[this.length - 1] ?? 0)) + tokens;
    if (this.#runs !== null) this.#runs[this.length] = run;
    this.length += 1;
  }

  #after(parent: number, prefix: number, to: "messages" | null): number {
    const table = this.#table;
    const block = table.blockOf(prefix);
    if (block === null) {
      return table.after(parent, { section: "messages", kind: "omitted", hash: String(prefix) }, this.#messages);
    }
    if (to === null || block.section === "messages") return table.after(parent, block, table.variantOf(prefix));
    return table.after(parent, { section: "messages", kind: "user.text", hash: block.hash }, this.#messages);
  }
}
