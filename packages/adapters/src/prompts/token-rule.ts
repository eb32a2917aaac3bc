import { keepsThinking, matchModel, modelById, type Model, type TokenizerGeneration } from "@farthing/ledger";
import type { BlockDigest } from "./block-digest.ts";

// How many tokens a prompt is about, from its bytes. Rates and sizes that no document gives are fitted to the recorded
// requests of `../shared/data/token-truth`, of which the exact counts are known; `test/prompts` states the error.

/** How the prompts of a model are counted. */
export interface Counting {
  readonly tokenizer: TokenizerGeneration;
  /** Whether thinking of earlier turns stays in the prompt. */
  readonly keepsThinking: boolean;
  /** What the API says to the model where there are tools, and more where it has to use one. */
  readonly toolUseTokens: number;
  readonly messageTokens: number;
  /** What it says more where the model is asked to think. */
  readonly thinkingTokens: number;
}

/** Bytes of UTF-8 in a token. The newer tokenizer makes about 1.3 times as many tokens of the same prose. */
const BYTES_PER_TOKEN: Readonly<Record<TokenizerGeneration, { readonly text: number; readonly json: number }>> = {
  1: { text: 3.76, json: 3.3 },
  2: { text: 2.5, json: 2.3 },
};
/** What the API puts around a request. */
export const REQUEST_TOKENS = 4;
/** What it puts around a message. */
const MESSAGE_TOKENS: Readonly<Record<TokenizerGeneration, number>> = { 1: 3, 2: 1 };
/** What the API says about the form an answer must have, beside its schema, which is given twice. */
const FORMAT_TOKENS = 90;
const FORMAT_TIMES = 1.5;

/**
 * What the API says of tools of its own, by how their types begin. The first three are fitted.
 *
 * Source of the others: platform.claude.com, pricing, tool use; collected 2026-11-22.
 */
const DESCRIBED_TOOLS: readonly (readonly [name: string, tokens: number])[] = [
  ["web_search_", 1_900],
  ["memory_", 1_050],
  ["tool_search_tool_", 250],
  ["bash_", 285],
  ["text_editor_", 700],
  ["computer_", 4_500],
  ["browser_", 6_600],
];

/** What the API says of using tools, where there are any: in generations before 4, 4.5 and 4.7, and since. */
const TOOL_USE_TOKENS = { before4: 260, before45: 350, before47: 510, newer: 286 } as const;
const THINKING_TOKENS: Readonly<Record<TokenizerGeneration, number>> = { 1: 28, 2: 0 };
/** More where the model has to use a tool. */
export const FORCED_TOOL_TOKENS = 100;

/** As a model of the newest kind counts, for models that are not known. */
const NEWEST: Counting = {
  tokenizer: 2,
  keepsThinking: true,
  toolUseTokens: TOOL_USE_TOKENS.newer,
  messageTokens: MESSAGE_TOKENS[2],
  thinkingTokens: THINKING_TOKENS[2],
};

const countings = new Map<string, Counting>();

export function countingOf(model: unknown): Counting {
  const match = typeof model === "string" ? matchModel(model) : null;
  if (match === null) return NEWEST;
  const held = countings.get(match.model);
  if (held !== undefined) return held;
  const known = modelById(match.model);
  const counting = known === null ? NEWEST : countingOfKnown(known);
  countings.set(match.model, counting);
  return counting;
}

function countingOfKnown(model: Model): Counting {
  const { generation, tokenizer } = model;
  const { before4, before45, before47, newer } = TOOL_USE_TOKENS;
  const older = generation < 4 ? before4 : generation < 4.5 ? before45 : before47;
  return {
    tokenizer,
    keepsThinking: keepsThinking(model),
    toolUseTokens: tokenizer === 2 ? newer : older,
    messageTokens: MESSAGE_TOKENS[tokenizer],
    thinkingTokens: THINKING_TOKENS[tokenizer],
  };
}

/** About how many tokens a block is. */
export function blockTokens({ type, bytes, mediaTokens }: BlockDigest, { tokenizer }: Counting): number {
  if (mediaTokens[tokenizer] > 0 && (type === "image" || type === "document")) return mediaTokens[tokenizer];
  const { text, json } = BYTES_PER_TOKEN[tokenizer];
  return Math.ceil(bytes / (type === "text" || type === "thinking" ? text : json)) + mediaTokens[tokenizer];
}

/** About how many tokens a tool is; those that the API itself describes to the model are longer than they look. */
export function toolTokens(tool: BlockDigest, counting: Counting): number {
  const described = DESCRIBED_TOOLS.find(([name]) => tool.type.startsWith(name));
  return blockTokens(tool, counting) + (described?.[1] ?? 0);
}

/** About how many tokens the form of an answer is. */
export function formatTokens({ bytes }: BlockDigest, { tokenizer }: Counting): number {
  return FORMAT_TOKENS + Math.ceil((bytes * FORMAT_TIMES) / BYTES_PER_TOKEN[tokenizer].json);
}
