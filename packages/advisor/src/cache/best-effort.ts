import type { CacheLifetime } from "./cache-rules.ts";
import type { PromptBill } from "./prompt-blocks.ts";

/**
 * The bill of a request that finds only a share of what a cache could serve; what it misses is written again.
 *
 * @param hitShare From 0 to 1; see `BATCH_HIT_SHARE`.
 * @param lifetime What its last breakpoint asks for.
 */
export function withMisses(bill: PromptBill, hitShare: number, lifetime: CacheLifetime | null): PromptBill {
  if (hitShare === 1) return bill;
  const missed = bill.cacheRead - Math.round(bill.cacheRead * hitShare);
  return {
    ...bill,
    cacheRead: bill.cacheRead - missed,
    cacheWrite5m: bill.cacheWrite5m + (lifetime === "1h" ? 0 : missed),
    cacheWrite1h: bill.cacheWrite1h + (lifetime === "1h" ? missed : 0),
  };
}
