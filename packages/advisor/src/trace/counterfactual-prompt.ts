import { promptTokens } from "@farthing/ledger";
import type { CacheLifetime } from "../cache/cache-rules.ts";
import { tokensOf, type Breakpoint, type PromptBlocks } from "../cache/prompt-blocks.ts";
export type { Breakpoint, PromptBlocks } from "../cache/prompt-blocks.ts";
import type { TraceRequest } from "./trace.ts";

/**
 * A prompt as a strategy may change it: block by block where it was fingerprinted, else as far as recorded reads and
 * writes prove.
 */
export type CounterfactualPrompt = BlockPrompt | RecordedPrompt;

/** A prompt of which every block is known. */
export interface BlockPrompt {
  readonly kind: "blocks";
  readonly blocks: PromptBlocks;
  /** In order of their blocks. */
  readonly breakpoints: readonly Breakpoint[];
  /** Tokens of the model for each token of `blocks`: tokenizers differ. */
  readonly scale: number;
}

/** A prompt of which the bill is known, and which request it continues; see `PrefixEvidence`. */
export interface RecordedPrompt {
  readonly kind: "recorded";
  /** Place in the trace of the request it continues. */
  readonly previous: number | null;
  readonly lifetime: CacheLifetime | null;
  /** Writes for both lifetimes, in the recorded proportion; else all for `lifetime`. */
  readonly mixedLifetimes: boolean;
  readonly cacheable: number;
  readonly reusable: number;
  readonly sharedRead: number;
  readonly uncached: number;
}

/** What a request's reads and writes prove of its prompt; null where what was billed for it alone is not known. */
export function recordedPrompt({ own, prefix }: TraceRequest): RecordedPrompt | null {
  if (own === null) return null;
  const { previous, lifetime, cacheable, reusable, sharedRead } = prefix;
  return {
    kind: "recorded",
    previous,
    lifetime,
    mixedLifetimes: own.cacheWrite5m > 0 && own.cacheWrite1h > 0,
    cacheable,
    reusable,
    sharedRead,
    uncached: promptTokens(own) - cacheable,
  };
}

/** A request's prompt as it was sent, block by block; null where it was not fingerprinted. */
export function blockPrompt({ prompt }: TraceRequest): BlockPrompt | null {
  return prompt === null ? null : { kind: "blocks", blocks: prompt.blocks, breakpoints: prompt.breakpoints, scale: 1 };
}

/** Tokens of a whole prompt. */
export function lengthOf(prompt: CounterfactualPrompt): number {
  return prompt.kind === "blocks"
    ? Math.round(tokensOf(prompt.blocks) * prompt.scale)
    : prompt.cacheable + prompt.uncached;
}

/** Whether anything of a prompt asks to be cached. */
export function isCached(prompt: CounterfactualPrompt): boolean {
  return prompt.kind === "blocks" ? prompt.breakpoints.length > 0 : prompt.lifetime !== null;
}

/** The same prompt without `cache_control`. */
export function withoutCaching(prompt: CounterfactualPrompt): CounterfactualPrompt {
  return prompt.kind === "blocks" ? { ...prompt, breakpoints: [] } : { ...prompt, lifetime: null };
}

/** The same prompt, whatever it caches kept for so long. */
export function withLifetime(prompt: CounterfactualPrompt, ttl: CacheLifetime): CounterfactualPrompt {
  if (prompt.kind === "blocks") {
    return { ...prompt, breakpoints: prompt.breakpoints.map(({ block }) => ({ block, ttl })) };
  }
  return { ...prompt, lifetime: prompt.lifetime === null ? null : ttl, mixedLifetimes: false };
}

/** The same text, of which a model makes so many tokens for each one before. */
export function scaled(prompt: CounterfactualPrompt, ratio: number): CounterfactualPrompt {
  if (prompt.kind === "blocks") return { ...prompt, scale: prompt.scale * ratio };
  const times = (tokens: number): number => Math.round(tokens * ratio);
  return {
    ...prompt,
    cacheable: times(prompt.cacheable),
    reusable: times(prompt.reusable),
    sharedRead: times(prompt.sharedRead),
    uncached: times(prompt.uncached),
  };
}
