import type { Instant } from "@farthing/ledger";
import type { PromptSegment, TrueRequest } from "./true-request.ts";

/** How the prompt of a request is billed; the four sum to its tokens. */
export interface PromptBill {
  readonly uncachedInput: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  readonly cacheRead: number;
}

interface CacheEntry {
  readonly lifetimeMs: number;
  /** Nobody can read an entry before the answer that writes it begins to stream. */
  readonly readableFrom: Instant;
  /** Start of the last request that wrote or read it; its lifetime counts from here. */
  usedAt: Instant;
}

const MINUTE_MS = 60 * 1000;
const LIFETIME_MS = { "5m": 5 * MINUTE_MS, "1h": 60 * MINUTE_MS };

/**
 * Shortest prefix that is cached, for the models whose prompts the example caches or would cache.
 *
 * Source: https://platform.claude.com/docs/en/build-with-claude/prompt-caching, checked 2026-11-22.
 */
const CACHE_MINIMUM_TOKENS: ReadonlyMap<string, number> = new Map([
  ["claude-opus-5-5", 512],
  ["claude-opus-5", 512],
  ["claude-opus-4-8", 1024],
]);

/** Bills one request after another, in order of `startedAt`. */
export type BillingOracle = (request: TrueRequest) => PromptBill;

/**
 * Says what the API bills for every prompt, knowing what the prompts truly share.
 *
 * It is the judge of the advisor's cache simulator, so the two share no code. Its rules:
 * a hit needs an entry of the same model and prefix that is readable and younger than its lifetime; the longest hit is
 * read and refreshes every entry within it, each for the lifetime it was written with; from there to the last one-hour
 * breakpoint is written for one hour, from there to the last breakpoint for five minutes, the rest is plain input;
 * prefixes below the model's minimum take no part.
 *
 * It throws a RangeError for a request out of order, and for a cached prompt of a model whose minimum is not known here.
 */
export function billingOracle(): BillingOracle {
  const caches = new Map<string, Map<string, CacheEntry>>();
  let previous: Instant = Number.NEGATIVE_INFINITY;
  return (request) => {
    if (request.startedAt < previous) throw new RangeError("requests must come in order of startedAt");
    previous = request.startedAt;
    return billPrompt(request, cacheOf(request.model, caches));
  };
}

/** Every model has a cache of its own. */
function cacheOf(model: string, caches: Map<string, Map<string, CacheEntry>>): Map<string, CacheEntry> {
  const known = caches.get(model);
  if (known !== undefined) return known;
  const created = new Map<string, CacheEntry>();
  caches.set(model, created);
  return created;
}

function billPrompt(request: TrueRequest, entries: Map<string, CacheEntry>): PromptBill {
  const total = request.prompt.reduce((tokens, segment) => tokens + segment.tokens, 0);
  const cacheable = cacheablePrefixes(request);
  const read = readLongestHit(request, cacheable, entries);
  let oneHourEnd = read;
  let cachedEnd = read;
  for (const { end, segment } of cacheable) {
    if (segment.breakpoint === null || end <= read) continue;
    cachedEnd = end;
    if (segment.breakpoint === "1h") oneHourEnd = end;
    writeEntry(request, segment.prefix, LIFETIME_MS[segment.breakpoint], entries);
  }
  return {
    uncachedInput: total - cachedEnd,
    cacheWrite5m: cachedEnd - oneHourEnd,
    cacheWrite1h: oneHourEnd - read,
    cacheRead: read,
  };
}

interface CacheablePrefix {
  readonly segment: PromptSegment;
  /** Tokens from the start of the prompt to the end of the segment. */
  readonly end: number;
}

/** The points of a prompt, up to its last breakpoint, at which an entry may be found or made. */
function cacheablePrefixes(request: TrueRequest): CacheablePrefix[] {
  const last = request.prompt.findLastIndex((segment) => segment.breakpoint !== null);
  if (last === -1) return [];
  const minimum = CACHE_MINIMUM_TOKENS.get(request.model);
  if (minimum === undefined) throw new RangeError(`no cache minimum is known for "${request.model}"`);
  const prefixes: CacheablePrefix[] = [];
  let end = 0;
  for (const segment of request.prompt.slice(0, last + 1)) {
    end += segment.tokens;
    if (end >= minimum) prefixes.push({ segment, end });
  }
  return prefixes;
}

function readLongestHit(
  request: TrueRequest,
  cacheable: readonly CacheablePrefix[],
  entries: ReadonlyMap<string, CacheEntry>,
): number {
  let read = 0;
  for (const { segment, end } of cacheable) {
    const entry = entries.get(segment.prefix);
    if (entry === undefined || !isAlive(entry, request.startedAt) || entry.readableFrom > request.startedAt) continue;
    entry.usedAt = request.startedAt;
    read = end;
  }
  return read;
}

function writeEntry(request: TrueRequest, prefix: string, lifetimeMs: number, entries: Map<string, CacheEntry>): void {
  const present = entries.get(prefix);
  const writtenInParallel = present !== undefined && isAlive(present, request.startedAt);
  entries.set(prefix, {
    lifetimeMs,
    readableFrom: writtenInParallel ? Math.min(present.readableFrom, request.firstTokenAt) : request.firstTokenAt,
    usedAt: request.startedAt,
  });
}

function isAlive(entry: CacheEntry, at: Instant): boolean {
  return at - entry.usedAt < entry.lifetimeMs;
}
