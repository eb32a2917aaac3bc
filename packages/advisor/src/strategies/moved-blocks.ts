import type { PromptBlocks } from "../trace/counterfactual-prompt.ts";
import type { PrefixTable } from "../trace/prefix-table.ts";
import { BlockChain, placesOfBlocks, type ChainedBlock } from "./block-chain.ts";
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
  const chain = new BlockChain(blocks, table);
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

function partsOf(blocks: PromptBlocks, order: BlockOrder, table: PrefixTable): Parts {
  const parts: Parts = { tools: [], system: [], messages: [], moved: [] };
  const places = { tools: 0, system: 0, messages: 0 };
  for (const block of placesOfBlocks(blocks)) {
    const section = table.kindOf(block.prefix)?.section ?? "messages";
    const slot: Slot = `${section} ${places[section]}`;
    places[section] += 1;
    (order.moved.has(slot) ? parts.moved : parts[section]).push(block);
  }
  const { toolCounts } = order;
  if (toolCounts === null) return parts;
  const identity = ({ prefix }: ChainedBlock): string => identityOf(prefix, table) ?? "";
  return { ...parts, tools: parts.tools.sort((a, b) => compareTools(identity(a), identity(b), toolCounts)) };
}

interface Parts {
  readonly tools: ChainedBlock[];
  readonly system: ChainedBlock[];
  readonly messages: ChainedBlock[];
  readonly moved: ChainedBlock[];
}
