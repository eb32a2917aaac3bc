/**
 * The API's prompt-caching rules that a replay needs, one constant each.
 *
 * Source: https://platform.claude.com/docs/en/build-with-claude/prompt-caching, checked 2026-11-22.
 */

/** How long a written prefix lives; also what a breakpoint asks for. */
export type CacheLifetime = "5m" | "1h";

/** What a written token costs more than an uncached one, in input prices. */
export const WRITE_PREMIUM: Readonly<Record<CacheLifetime, number>> = { "5m": 0.25, "1h": 1 };

/** Counted from the start of the request that wrote or last read the prefix: a read restarts it at no cost. */
export const LIFETIME_MS: Readonly<Record<CacheLifetime, number>> = { "5m": 5 * 60 * 1000, "1h": 60 * 60 * 1000 };

/** A breakpoint finds what was written at its own block, or at one of those before it: so many blocks in all. */
export const LOOK_BACK_BLOCKS = 20;

/**
 * The share of what a cache could serve that it does serve in a batch: best effort, 30 to 98 %. Where in between is not
 * said, so the middle is expected.
 *
 * Source: https://platform.claude.com/docs/en/build-with-claude/batch-processing, as stored in July 2026.
 */
export const BATCH_HIT_SHARE: Readonly<Record<"pessimistic" | "expected" | "optimistic", number>> = {
  pessimistic: 0.3,
  expected: 0.64,
  optimistic: 0.98,
};
