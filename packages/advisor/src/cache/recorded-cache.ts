import type { Instant } from "@farthing/ledger";
import { LIFETIME_MS, type CacheLifetime } from "./cache-rules.ts";

/** A request as the cache sees it. */
export interface CacheRequest {
  /** The request's place in the trace. */
  readonly key: number;
  /** The place of the request it continues. */
  readonly previous: number | null;
  readonly startedAt: Instant;
  /** What the cache belongs to: see `TraceRequest.cacheKey`. */
  readonly cacheKey: string;
  /** Null asks for no caching. */
  readonly lifetime: CacheLifetime | null;
  /** Tokens up to the last breakpoint. */
  readonly cacheable: number;
  /** Of these, tokens equal to what the previous request cached. */
  readonly reusable: number;
  /** Tokens that others kept alive for it. */
  readonly sharedRead: number;
  /** Shorter prefixes are not cached. */
  readonly minimumTokens: number;
}

/** What the cache did with `cacheable` tokens; the three sum to it. */
export interface CacheOutcome {
  readonly read: number;
  readonly written: number;
  readonly uncached: number;
}

interface CachedPrefix {
  readonly cacheKey: string;
  readonly tokens: number;
  readonly lifetime: CacheLifetime;
  usedAt: Instant;
}

/**
 * The prompt cache, replayed from what recorded reads and writes prove about prefixes.
 *
 * It stands in where prompts have no fingerprints: a request can read what the one it continues had cached, as far as
 * the record shows that both share it, while that lives. It keeps no totals; only prefixes that can still be read stay.
 */
export class RecordedCache {
  readonly #prefixes = new Map<number, CachedPrefix>();
  #sweptAt: Instant = Number.NEGATIVE_INFINITY;

  /** Looks up, refreshes and writes. Requests must come in order of `startedAt`. */
  request(request: CacheRequest): CacheOutcome {
    this.#sweep(request.startedAt);
    if (request.lifetime === null || request.cacheable < request.minimumTokens) {
      return { read: 0, written: 0, uncached: request.cacheable };
    }
    const read = this.#read(request);
    this.#prefixes.set(request.key, {
      cacheKey: request.cacheKey,
      tokens: request.cacheable,
      lifetime: request.lifetime,
      usedAt: request.startedAt,
    });
    return { read, written: request.cacheable - read, uncached: 0 };
  }

  #read(request: CacheRequest): number {
    const prefix = request.previous === null ? undefined : this.#prefixes.get(request.previous);
    if (prefix === undefined || prefix.cacheKey !== request.cacheKey || !isAlive(prefix, request.startedAt)) {
      return Math.min(request.sharedRead, request.cacheable);
    }
    prefix.usedAt = Math.max(prefix.usedAt, request.startedAt);
    return Math.min(Math.max(Math.min(request.reusable, prefix.tokens), request.sharedRead), request.cacheable);
  }

  #sweep(now: Instant): void {
    if (now - this.#sweptAt < LIFETIME_MS["1h"]) return;
    this.#sweptAt = now;
    for (const [key, prefix] of this.#prefixes) {
      if (!isAlive(prefix, now)) this.#prefixes.delete(key);
    }
  }
}

function isAlive(prefix: CachedPrefix, now: Instant): boolean {
  return now - prefix.usedAt < LIFETIME_MS[prefix.lifetime];
}
