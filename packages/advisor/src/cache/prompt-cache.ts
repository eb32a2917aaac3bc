import type { Instant } from "@farthing/ledger";
import { BREAKPOINTS_MAX, LIFETIME_MS, LONGEST_LIFETIME_MS, LOOK_BACK_BLOCKS } from "./cache-rules.ts";
import { PrefixStore } from "./prefix-store.ts";
import { tokensOf, type Breakpoint, type PromptBill, type PromptBlocks } from "./prompt-blocks.ts";

/** A request as the prompt cache sees it. */
export interface PromptRequest {
  readonly startedAt: Instant;
  /** When its answer began: nobody can read what it writes before. */
  readonly readableAt: Instant;
  /** What shares a cache: see `cacheScope`. */
  readonly scope: string;
  readonly blocks: PromptBlocks;
  /** In order of their blocks. */
  readonly breakpoints: readonly Breakpoint[];
  /** Shorter prefixes are not cached. */
  readonly minimumTokens: number;
  /** Tokens of the scope's model for each token of `blocks`: tokenizers differ. */
  readonly scale: number;
}

/** What one scope caches, by the lifetime that was asked for. */
type ScopedPrefixes = Readonly<Record<Breakpoint["ttl"], PrefixStore>>;

/**
 * The API's prompt cache, replayed from what prompts are known to share.
 *
 * It keeps no totals, and only what can still be read.
 */
export class PromptCache {
  readonly #scopes = new Map<string, ScopedPrefixes>();
  #sweptAt: Instant = Number.NEGATIVE_INFINITY;

  /** Looks up, refreshes and writes. Requests must come in order of `startedAt`. */
  request(request: PromptRequest): PromptBill {
    this.#sweep(request.startedAt);
    const { blocks, scale, breakpoints, minimumTokens, startedAt, readableAt } = request;
    const end = (block: number): number =>
      scale === 1 ? (blocks.ends[block] ?? 0) : Math.round((blocks.ends[block] ?? 0) * scale);
    const total = scale === 1 ? tokensOf(blocks) : Math.round(tokensOf(blocks) * scale);
    const asked = breakpoints.slice(-BREAKPOINTS_MAX).filter(({ block }) => end(block) >= minimumTokens);
    if (asked.length === 0) return { cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, uncachedInput: total };
    const stores = this.#storesOf(request.scope, startedAt);
    const hit = longestHit(stores, request, asked);
    if (hit !== null) refresh(stores, request, hit);
    const read = hit === null ? 0 : end(hit);
    let oneHour = read;
    let written = read;
    for (const { block, ttl } of asked) {
      if (hit !== null && block <= hit) continue;
      written = end(block);
      if (ttl === "1h") oneHour = written;
      stores[ttl].write(blocks.prefixes[block] ?? 0, startedAt, readableAt);
    }
    return {
      cacheRead: read,
      cacheWrite1h: oneHour - read,
      cacheWrite5m: written - oneHour,
      uncachedInput: total - written,
    };
  }

  #storesOf(scope: string, at: Instant): ScopedPrefixes {
    let stores = this.#scopes.get(scope);
    if (stores === undefined) {
      stores = { "5m": new PrefixStore(LIFETIME_MS["5m"]), "1h": new PrefixStore(LIFETIME_MS["1h"]) };
      this.#scopes.set(scope, stores);
    }
    stores["5m"].advance(at);
    stores["1h"].advance(at);
    return stores;
  }

  #sweep(now: Instant): void {
    if (now - this.#sweptAt < LONGEST_LIFETIME_MS) return;
    this.#sweptAt = now;
    for (const scope of this.#scopes.keys()) {
      const stores = this.#storesOf(scope, now);
      if (stores["5m"].isEmpty && stores["1h"].isEmpty) this.#scopes.delete(scope);
    }
  }
}

/** The last block up to which something can be read: the longest of what each breakpoint finds. */
function longestHit(
  stores: ScopedPrefixes,
  { blocks, startedAt }: PromptRequest,
  asked: readonly Breakpoint[],
): number | null {
  let hit: number | null = null;
  for (const { block: from } of asked) {
    let looked = 0;
    for (let block = from; block >= 0 && looked < LOOK_BACK_BLOCKS; block -= 1) {
      const prefix = blocks.prefixes[block] ?? 0;
      if (stores["5m"].isReadable(prefix, startedAt) || stores["1h"].isReadable(prefix, startedAt)) {
        hit = Math.max(hit ?? 0, block);
        break;
      }
      looked += blocks.runs?.[block] ?? 1;
    }
  }
  return hit;
}

/** A read keeps alive all that lies within what is read. */
function refresh(stores: ScopedPrefixes, { blocks, startedAt }: PromptRequest, hit: number): void {
  for (let block = hit; block >= 0; block -= 1) {
    const prefix = blocks.prefixes[block] ?? 0;
    stores["5m"].refresh(prefix, startedAt);
    stores["1h"].refresh(prefix, startedAt);
  }
}
