/**
 * What a response used, as the API bills it.
 *
 * Anthropic's `input_tokens` leaves cached tokens out, OpenTelemetry's includes them; so no name here says
 * "input tokens". The five buckets are disjoint: a token is in one of them.
 */
export interface TokenBuckets {
  /** Prompt tokens neither read from nor written to the cache (`input_tokens`). */
  readonly uncachedInput: number;
  /** Prompt tokens written to the cache to live five minutes. */
  readonly cacheWrite5m: number;
  /** Prompt tokens written to the cache to live one hour. */
  readonly cacheWrite1h: number;
  /** Prompt tokens read from the cache. */
  readonly cacheRead: number;
  /** Generated tokens, thinking included. */
  readonly output: number;
}

export type TokenBucket = keyof TokenBuckets;

/** The buckets in the order in which reports and line items show them. */
export const TOKEN_BUCKETS: readonly TokenBucket[] = [
  "uncachedInput",
  "cacheWrite5m",
  "cacheWrite1h",
  "cacheRead",
  "output",
];

export const NO_TOKENS: TokenBuckets = {
  uncachedInput: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  cacheRead: 0,
  output: 0,
};

/** All prompt tokens: a price tier is decided by their number, cached ones included. */
export function promptTokens(tokens: TokenBuckets): number {
  return tokens.uncachedInput + tokens.cacheWrite5m + tokens.cacheWrite1h + tokens.cacheRead;
}

export function addTokens(a: TokenBuckets, b: TokenBuckets): TokenBuckets {
  return {
    uncachedInput: a.uncachedInput + b.uncachedInput,
    cacheWrite5m: a.cacheWrite5m + b.cacheWrite5m,
    cacheWrite1h: a.cacheWrite1h + b.cacheWrite1h,
    cacheRead: a.cacheRead + b.cacheRead,
    output: a.output + b.output,
  };
}

/** Which pass over a model a part was billed for. `response` is the top level of the usage object. */
export type UsagePartKind = "response" | "message" | "compaction" | "advisor_message" | "fallback_message";

/** Tokens billed at one model's rates. Most responses have one part; server-side loops can have several. */
export interface UsagePart {
  readonly kind: UsagePartKind;
  /** Place in the usage object's `iterations`; null for its top level. */
  readonly iteration: number | null;
  /** The model billed where the usage names one; null means the response's own model. */
  readonly model: string | null;
  readonly tokens: TokenBuckets;
}

/** Something that had to be decided while reading a usage object. Each is counted and can be shown. */
export type UsageNote =
  /** Cache writes came without their split by lifetime and are counted as five-minute writes. */
  | "cache-write-lifetime-assumed-5m"
  /** The split covered only part of the writes; the remainder is counted as five-minute writes. */
  | "cache-write-remainder-assumed-5m"
  /** The split claimed more writes than the total; the split was kept. */
  | "cache-write-split-exceeds-total"
  /** The `message` iterations and the top level disagree. */
  | "iterations-differ-from-total"
  /** An iteration of a kind this release does not know; its tokens are not billed here. */
  | "unknown-iteration-type"
  /** The source leaves out speed, geography and uses of server tools; they count as standard, global and none. */
  | "details-not-reported";

/** One response's usage, converted once, with the API's own object kept beside it. */
export interface Usage {
  /** What is billed, disjoint. Never empty: a response without parts would cost nothing, whatever its model. */
  readonly parts: readonly UsagePart[];
  /** Thinking tokens, part of `output` and never added to it; null where not reported. */
  readonly thinkingTokens: number | null;
  readonly webSearchRequests: number;
  readonly webFetchRequests: number;
  /** As the API wrote it (`standard`, `batch`, `priority`); null where not reported. */
  readonly serviceTier: string | null;
  /** As the API wrote it (`us`, `global`, `not_available`); null where not reported. */
  readonly inferenceGeo: string | null;
  /** The speed that was served (`standard`, `fast`); null where not reported. */
  readonly speed: string | null;
  readonly notes: readonly UsageNote[];
  /** The API's usage object, unchanged; what a source told in its place, where it has no such object. */
  readonly raw: unknown;
}

/** A usage without the API's own object. */
export type BilledUsage = Omit<Usage, "raw">;

/** What of a usage decides its price. */
export type PricedUsage = Omit<BilledUsage, "thinkingTokens" | "webFetchRequests">;

/** The tokens of all parts together. */
export function totalTokens(usage: Pick<Usage, "parts">): TokenBuckets {
  return usage.parts.reduce((total, part) => addTokens(total, part.tokens), NO_TOKENS);
}
