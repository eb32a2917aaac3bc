import type { Instant } from "@farthing/ledger";
import { LIFETIME_MS, LOOK_BACK_BLOCKS } from "./cache-rules.ts";
import type { Breakpoint, PromptBill, PromptBlocks } from "./prompt-blocks.ts";

/** A request as the prompt cache sees it. */
export interface PromptRequest {
  readonly startedAt: Instant;
  /** When its answer began: nobody can read what it writes before. */
  readonly readableAt: Instant;
  /** What shares a cache: workspace, model and speed. */
  readonly scope: string;
  readonly blocks: PromptBlocks;
  /** In order of their blocks. */
  readonly breakpoints: readonly Breakpoint[];
  /** Shorter prefixes are not cached. */
  readonly minimumTokens: number;
  /** Tokens of the scope's model for each token of `blocks`: tokenizers differ. */
  readonly scale: number;
}

interface Entry {
  readonly lifetimeMs: number;
  readonly readableAt: Instant;
  /** Start of the last request that wrote or read it. */
  usedAt: Instant;
}

/**
 * The API's prompt cache, replayed from what prompts are known to share.
 *
 * It keeps no totals, and only what can still be read.
 */
export class PromptCache {
  readonly #scopes = new Map<string, Map<number, Entry>>();
  #sweptAt: Instant = Number.NEGATIVE_INFINITY;

  /** Looks up, refreshes and writes. Requests must come in order of `startedAt`. */
  request(request: PromptRequest): PromptBill {
    this.#sweep(request.startedAt);
    const { blocks, scale, breakpoints, minimumTokens } = request;
    const end = (block: number): number =>
      scale === 1 ? (blocks.ends[block] ?? 0) : Math.round((blocks.ends[block] ?? 0) * scale);
    const total = end(blocks.ends.length - 1);
    const asked = breakpoints.filter(({ block }) => end(block) >= minimumTokens);
    if (asked.length === 0) return { cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, uncachedInput: total };
    const entries = this.#entriesOf(request.scope);
    const hit = longestHit(entries, request, asked);
    const read = hit === null ? 0 : end(hit);
    if (hit !== null) refresh(entries, request, hit);
    let oneHour = read;
    let written = read;
    for (const { block, ttl } of asked) {
      if (hit !== null && block <= hit) continue;
      written = end(block);
      if (ttl === "1h") oneHour = written;
      write(entries, request, blocks.prefixes[block] ?? 0, LIFETIME_MS[ttl]);
    }
    return {
      cacheRead: read,
      cacheWrite1h: oneHour - read,
      cacheWrite5m: written - oneHour,
      uncachedInput: total - written,
    };
  }

  #entriesOf(scope: string): Map<number, Entry> {
    const known = this.#scopes.get(scope);
    if (known !== undefined) return known;
    const entries = new Map<number, Entry>();
    this.#scopes.set(scope, entries);
    return entries;
  }

  #sweep(now: Instant): void {
    if (now - this.#sweptAt < LIFETIME_MS["1h"]) return;
    this.#sweptAt = now;
    for (const entries of this.#scopes.values()) {
      for (const [prefix, entry] of entries) if (!isAlive(entry, now)) entries.delete(prefix);
    }
  }
}

/** The last block up to which something can be read: the longest of what each breakpoint finds. */
function longestHit(
  entries: ReadonlyMap<number, Entry>,
  { blocks, startedAt }: PromptRequest,
  asked: readonly Breakpoint[],
): number | null {
  for (let place = asked.length - 1; place >= 0; place -= 1) {
    const from = asked[place]?.block ?? 0;
    let looked = 0;
    for (let block = from; block >= 0 && looked < LOOK_BACK_BLOCKS; block -= 1) {
      const entry = entries.get(blocks.prefixes[block] ?? 0);
      if (entry !== undefined && entry.readableAt <= startedAt && isAlive(entry, startedAt)) return block;
      looked += blocks.runs?.[block] ?? 1;
    }
  }
  return null;
}

/** A read keeps alive all that lies within what is read. */
function refresh(entries: ReadonlyMap<number, Entry>, { blocks, startedAt }: PromptRequest, hit: number): void {
  for (let block = hit; block >= 0; block -= 1) {
    const entry = entries.get(blocks.prefixes[block] ?? 0);
    if (entry !== undefined && isAlive(entry, startedAt)) entry.usedAt = startedAt;
  }
}

function write(
  entries: Map<number, Entry>,
  { startedAt, readableAt }: PromptRequest,
  prefix: number,
  lifetimeMs: number,
): void {
  const present = entries.get(prefix);
  const inParallel = present !== undefined && isAlive(present, startedAt);
  entries.set(prefix, {
    lifetimeMs: inParallel ? Math.max(lifetimeMs, present.lifetimeMs) : lifetimeMs,
    readableAt: inParallel ? Math.min(present.readableAt, readableAt) : readableAt,
    usedAt: startedAt,
  });
}

function isAlive(entry: Entry, at: Instant): boolean {
  return at - entry.usedAt < entry.lifetimeMs;
}
