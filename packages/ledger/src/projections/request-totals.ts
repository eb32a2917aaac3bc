import type { Money } from "../money/money.ts";
import type { TokenBuckets } from "../usage/usage.ts";

/** Token buckets, and the thinking tokens that lie within `output`. */
export interface SpendTokens extends TokenBuckets {
  /** Part of `output`, never added to it; responses that do not report it count as 0. */
  readonly thinking: number;
}

/** What a set of billed responses comes to. */
export interface RequestTotals {
  /** The cost of the priced responses. */
  readonly usd: Money;
  /** Billed responses, unpriced ones included. */
  readonly requests: number;
  /** Those without a price; nothing of them is in `usd`. */
  readonly unpricedRequests: number;
  /** Of all responses, unpriced ones included. */
  readonly tokens: SpendTokens;
}
