import type { Instant } from "@farthing/ledger";
import type { CacheLifetime } from "../cache/cache-rules.ts";
import { EveryBlockCache } from "../cache/every-block-cache.ts";

/** A request of traffic that is known by its blocks alone. */
export interface TrafficRequest {
  readonly startedAt: Instant;
  /** Tokens of the prompt. */
  readonly promptTokens: number;
  /** By block, a number above 0 that is equal where prompts are equal up to and including it. */
  readonly prefixes: ArrayLike<number>;
}

export interface TrafficRules {
  /** Null caches nothing. */
  readonly lifetime: CacheLifetime | null;
  /** Tokens of every block of a prompt but its last, which ends where the prompt does. */
  readonly blockTokens: number;
  /** Prefixes that are shorter are neither written nor read. */
  readonly minimumTokens: number;
}

/** What a cache does with a prompt; the three kinds of tokens sum to it. */
export interface SimulatedPrompt {
  readonly readBlocks: number;
  readonly read: number;
  readonly written: number;
  readonly plain: number;
}

/** What caching does with traffic; see `EveryBlockCache` for the rules. */
export class SimulatedTraffic {
  readonly #rules: TrafficRules;
  readonly #cache: EveryBlockCache | null;
  /** The first block with which a prefix is long enough. */
  readonly #first: number;

  constructor(rules: TrafficRules) {
    this.#rules = rules;
    this.#cache = rules.lifetime === null ? null : new EveryBlockCache(rules.lifetime);
    this.#first = Math.max(0, Math.ceil(rules.minimumTokens / rules.blockTokens) - 1);
  }

  /** Requests must come in order of their start. */
  request({ startedAt, promptTokens, prefixes }: TrafficRequest): SimulatedPrompt {
    const { blockTokens, minimumTokens } = this.#rules;
    const end = (blocks: number): number => Math.min(blocks * blockTokens, promptTokens);
    const cached = end(prefixes.length);
    if (this.#cache === null || cached < minimumTokens || cached === 0) {
      return { readBlocks: 0, read: 0, written: 0, plain: promptTokens };
    }
    const readBlocks = this.#cache.request(startedAt, prefixes, this.#first, prefixes.length);
    const read = end(readBlocks);
    return { readBlocks, read, written: cached - read, plain: promptTokens - cached };
  }
}
