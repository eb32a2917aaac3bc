import type { BoundedRange } from "@farthing/ledger";
import { REQUESTS_MIN } from "./prompt-range.ts";
import { HIGH_SHARE, LOW_SHARE, MIDDLE_SHARE, quantile } from "./quantile.ts";
import type { PastRequest } from "./request-history.ts";

/**
 * How many tokens the answer will have, thinking included: as many as those of earlier requests, and at most what the
 * request allows. Without enough of them only the limits are known.
 */
export function outputRange(max: number | null, history: readonly PastRequest[]): BoundedRange<number> {
  // A request for nothing but to fill the cache.
  if (max === 0) return { low: 0, expected: 0, high: 0, bound: 0 };
  if (history.length < REQUESTS_MIN) return { low: 0, expected: null, high: max, bound: max };
  const outputs = history.map(({ tokens }) => tokens.output);
  const at = (share: number): number => Math.min(quantile(outputs, share) ?? 0, max ?? Infinity);
  return { low: at(LOW_SHARE), expected: at(MIDDLE_SHARE), high: at(HIGH_SHARE), bound: max };
}
