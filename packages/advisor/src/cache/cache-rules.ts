/**
 * The API's prompt-caching rules that a replay needs, one constant each. Those that are more than a number are functions
 * beside this file; docs/concepts/cache-rules.md lists all of them.
 *
 * Source: https://platform.claude.com/docs/en/build-with-claude/prompt-caching, checked 2026-11-22.
 */

/** How long a written prefix lives; also what a breakpoint asks for. */
export type CacheLifetime = "5m" | "1h";

/** What a written token costs more than an uncached one, in input prices. */
export const WRITE_PREMIUM: Readonly<Record<CacheLifetime, number>> = { "5m": 0.25, "1h": 1 };

/** Counted from the start of the request that wrote or last read the prefix: a read restarts it at no cost. */
export const LIFETIME_MS: Readonly<Record<CacheLifetime, number>> = { "5m": 5 * 60 * 1000, "1h": 60 * 60 * 1000 };

/** Nothing can be read that was used longer ago. */
export const LONGEST_LIFETIME_MS: number = LIFETIME_MS["1h"];

/** A breakpoint finds what was written at its own block, or at one of those before it: so many blocks in all. */
export const LOOK_BACK_BLOCKS = 20;

/** A request with more is refused, automatic caching counted. */
export const BREAKPOINTS_MAX = 4;

/**
 * Share of what a cache could serve that it does serve to requests of a batch: best effort, as they run in no order and
 * in parallel. The middle is that of the published range.
 *
 * Source: https://platform.claude.com/docs/en/build-with-claude/batch-processing, "30% to 98%", checked 2026-11-22.
 */
export const BATCH_HIT_SHARE = { pessimistic: 0.3, expected: 0.64, optimistic: 0.98 } as const;
