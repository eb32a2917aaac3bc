import { matchModel, modelById, type TokenizerGeneration } from "@farthing/ledger";
import type { BlockDigest } from "./block-digest.ts";

/** What of a model decides how many tokens a prompt is. */
export interface Counting {
  readonly tokenizer: TokenizerGeneration;
  /** Whether thinking of earlier turns stays in the prompt. */
  readonly keepsThinking: boolean;
}

// Fitted to the requests of `../shared/data/token-truth`, whose exact counts are known; `test/prompts` holds the error.

/** Bytes of UTF-8 in a token of prose, and of JSON. */
const BYTES_PER_TOKEN: Readonly<Record<TokenizerGeneration, { readonly text: number; readonly json: number }>> = {
  1: { text: 4.2, json: 3.6 },
  2: { text: 3.0, json: 2.8 },
};
/** What the API puts around a message. */
const MESSAGE_TOKENS = 4;

/** How prompts of a model are counted; a model that is not known is taken for a new one. */
export function countingOf(model: unknown): Counting {
  const match = typeof model === "string" ? matchModel(model) : null;
  const known = match === null ? null : modelById(match.model);
  if (known === null) return { tokenizer: 2, keepsThinking: true };
  return { tokenizer: known.tokenizer, keepsThinking: keepsThinking(known.line, known.generation) };
}

/**
 * The first of each line that keeps thinking blocks of earlier turns; the models before drop them.
 *
 * Source: platform.claude.com, extended thinking, context window; read 2026-11-22.
 */
const KEEPS_THINKING_FROM = { fable: 5, mythos: 4, opus: 4.5, sonnet: 4.6, haiku: 5.5 } as const;

function keepsThinking(line: keyof typeof KEEPS_THINKING_FROM | null, generation: number): boolean {
  return line !== null && generation >= KEEPS_THINKING_FROM[line];
}

/** About how many tokens a block is. */
export function blockTokens({ type, bytes, mediaTokens }: BlockDigest, { tokenizer }: Counting): number {
  const { text, json } = BYTES_PER_TOKEN[tokenizer];
  return Math.ceil(bytes / (type === "text" || type === "thinking" ? text : json)) + mediaTokens[tokenizer];
}

export const messageTokens: number = MESSAGE_TOKENS;
