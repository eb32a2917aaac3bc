import type { ResponseRecorded } from "../events/event.ts";
import { add, ZERO, type Money } from "../money/money.ts";
import type { Cost } from "../pricing/cost.ts";
import { addTokens, NO_TOKENS, totalTokens, type TokenBuckets } from "../usage/usage.ts";

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

export const NO_REQUESTS: RequestTotals = {
  usd: ZERO,
  requests: 0,
  unpricedRequests: 0,
  tokens: { ...NO_TOKENS, thinking: 0 },
};

export function tokensOf(response: ResponseRecorded): SpendTokens {
  return { ...totalTokens(response.usage), thinking: response.usage.thinkingTokens ?? 0 };
}

/** Totals with one more response in them. */
export function addRequest(totals: RequestTotals, tokens: SpendTokens, cost: Cost): RequestTotals {
  return {
    usd: cost.total === null ? totals.usd : add(totals.usd, cost.total),
    requests: totals.requests + 1,
    unpricedRequests: totals.unpricedRequests + (cost.total === null ? 1 : 0),
    tokens: addSpendTokens(totals.tokens, tokens),
  };
}

export function addSpendTokens(a: SpendTokens, b: SpendTokens): SpendTokens {
  return { ...addTokens(a, b), thinking: a.thinking + b.thinking };
}
