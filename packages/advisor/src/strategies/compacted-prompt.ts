import type {
  BlockPrompt,
  CounterfactualPrompt,
  PromptBlocks,
  RecordedPrompt,
} from "../trace/counterfactual-prompt.ts";
import type { PrefixTable } from "../trace/prefix-table.ts";
import { BlockChain, placesOfBlocks } from "./block-chain.ts";

/** A summary in the place of the beginning of a conversation. */
export interface Summary {
  /** Names it: the same summary, the same number. */
  readonly madeAt: number;
  /** Tokens of the recorded prompt that it stands for, and its own. */
  readonly replaced: number;
  readonly tokens: number;
  /** Blocks of messages that it stands for. */
  readonly messages: number;
  /** Tokens at the beginning of the prompt that a cache holds whatever comes behind them. */
  readonly readable: number;
  /** Whether nothing behind it can have been cached. */
  readonly isNew: boolean;
}

export function isMessage(prefix: number, table: PrefixTable): boolean {
  return (table.kindOf(prefix)?.section ?? "messages") === "messages";
}

/** How many blocks of messages a prompt has, those in a run that was left out included. */
export function messagesIn(blocks: PromptBlocks, table: PrefixTable): number {
  return placesOfBlocks(blocks).reduce(
    (sum, { prefix, run }) => (isMessage(prefix, table) ? sum + Math.max(1, run) : sum),
    0,
  );
}

/** A prompt with a summary in the place of older messages; as it was where that is not shorter. */
export function withSummary(
  prompt: CounterfactualPrompt,
  summary: Summary,
  table: PrefixTable | null,
): CounterfactualPrompt {
  if (prompt.kind === "recorded") return recordedWithSummary(prompt, summary);
  return table === null ? prompt : blocksWithSummary(prompt, summary, table);
}

function recordedWithSummary(prompt: RecordedPrompt, summary: Summary): RecordedPrompt {
  const { readable, isNew } = summary;
  const shorter = summary.replaced - summary.tokens;
  if (shorter <= 0) return prompt;
  const ofCacheable = Math.min(shorter, prompt.cacheable);
  const cacheable = prompt.cacheable - ofCacheable;
  const uncached = Math.max(0, prompt.uncached - (shorter - ofCacheable));
  const atLeast = Math.min(prompt.reusable, readable, cacheable);
  return {
    ...prompt,
    cacheable,
    uncached,
    reusable: isNew ? atLeast : Math.max(atLeast, prompt.reusable - shorter),
    // Others share the beginning of the prompt, and never the summary.
    sharedRead: Math.min(prompt.sharedRead, readable, cacheable),
  };
}

function blocksWithSummary(prompt: BlockPrompt, summary: Summary, table: PrefixTable): BlockPrompt {
  const tokens = Math.round(summary.tokens / prompt.scale);
  const { blocks, staying, replaced } = chained(prompt.blocks, { ...summary, tokens }, table);
  if (replaced <= tokens) return prompt;
  const marks = new Map(prompt.breakpoints.map(({ block, ttl }) => [staying[block] ?? 0, ttl]));
  return { ...prompt, blocks, breakpoints: [...marks].map(([block, ttl]) => ({ block, ttl })) };
}

interface ChainedSummary {
  readonly blocks: PromptBlocks;
  /** By block of the prompt as it was, its number now; of what is replaced, that of the summary. */
  readonly staying: readonly number[];
  /** Tokens that were replaced; 0 where nothing would be left of the messages. */
  readonly replaced: number;
}

const known = new WeakMap<PromptBlocks, Map<string, ChainedSummary>>();

/** Chained once for each prompt and summary. */
function chained(blocks: PromptBlocks, summary: Summary, table: PrefixTable): ChainedSummary {
  const name = [summary.madeAt, summary.messages, summary.replaced, summary.tokens].join(" ");
  const ofPrompt = known.get(blocks) ?? new Map<string, ChainedSummary>();
  known.set(blocks, ofPrompt);
  const before = ofPrompt.get(name);
  if (before !== undefined) return before;
  const result = chain(blocks, summary, table);
  ofPrompt.set(name, result);
  return result;
}

function chain(blocks: PromptBlocks, summary: Summary, table: PrefixTable): ChainedSummary {
  const result = new BlockChain(blocks, table);
  const staying: number[] = [];
  let seen = 0;
  let replaced = 0;
  let isAdded = false;
  for (const block of placesOfBlocks(blocks)) {
    if (!isMessage(block.prefix, table)) {
      result.addAll([block]);
      staying.push(result.length - 1);
      continue;
    }
    const left = summary.messages - seen;
    seen += Math.max(1, block.run);
    if (seen <= summary.messages) {
      replaced += block.tokens;
      staying.push(result.length);
      continue;
    }
    if (!isAdded) result.addMessage("summary", summary.madeAt, summary.tokens);
    isAdded = true;
    // Of a run that was left out, the summary may stand for the first part alone.
    const ofRun = left > 0 ? Math.min(block.tokens, Math.max(0, summary.replaced - replaced)) : 0;
    replaced += ofRun;
    result.addFollowing([{ ...block, tokens: block.tokens - ofRun, run: left > 0 ? block.run - left : block.run }]);
    staying.push(result.length - 1);
  }
  return { blocks: result.result(), staying, replaced: isAdded ? replaced : 0 };
}
