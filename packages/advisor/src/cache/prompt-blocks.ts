import type { CacheLifetime } from "./cache-rules.ts";

/** A prompt as a cache sees it: the places at which one of its blocks ends, in order. */
export interface PromptBlocks {
  /** By block, the number of the prompt up to and including it. Equal numbers, equal prompts so far. */
  readonly prefixes: Uint32Array;
  /** By block, tokens of the prompt up to and including it; the last is the whole prompt but for its tail. */
  readonly ends: Uint32Array;
  /** Tokens after the last block, in which an answer is begun: no breakpoint can cache them. Absent where unknown. */
  readonly tail?: number;
  /**
   * By block, for how many it stands: more than one for a run that was left out, 0 for one that the model is not given.
   * Null where each is one.
   */
  readonly runs: Uint32Array | null;
}

/** A `cache_control`: the block it is on, counted from 0, and the lifetime it asks for. */
export interface Breakpoint {
  readonly block: number;
  readonly ttl: CacheLifetime;
}

/** How the prompt of a request is billed; the four sum to its tokens. */
export interface PromptBill {
  readonly cacheRead: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  readonly uncachedInput: number;
}

/** Tokens of a whole prompt. */
export function tokensOf({ ends, tail = 0 }: PromptBlocks): number {
  return (ends.at(-1) ?? 0) + tail;
}
