import type { Instant } from "../instant.ts";
import type { Money } from "../money/money.ts";

/** Price of one token of each bucket. Null: no such price was ever published for the model. */
export interface TokenRates {
  readonly uncachedInput: Money;
  readonly cacheWrite5m: Money | null;
  readonly cacheWrite1h: Money | null;
  readonly cacheRead: Money | null;
  readonly output: Money;
}

/** Rates that replace the base rates for the whole request once its prompt is longer than a limit. */
export interface PromptTier {
  /** Exclusive: a prompt of exactly this many tokens is still below the tier. Cached tokens count. */
  readonly promptTokensAbove: number;
  readonly rates: TokenRates;
}

/** When `speed: "fast"` was offered, and what it cost. */
export interface FastMode {
  readonly rates: TokenRates;
  /** As in the card: what a fast request costs whose prompt is longer than a limit. */
  readonly promptTiers: readonly PromptTier[];
  /** Inclusive. */
  readonly from: Instant;
  /** Exclusive; null while it is offered. */
  readonly until: Instant | null;
  /** What a response marked fast costs after `until`: an error today, or standard rates. */
  readonly afterwards: "unpriced" | "standard";
}

/**
 * One model's list prices from one instant on. Cards are never edited, only followed by newer ones,
 * so that last year's request still costs what it cost.
 */
export interface RateCard {
  /** Canonical model id, without date or platform decoration. */
  readonly model: string;
  /** Inclusive. */
  readonly effectiveFrom: Instant;
  /** When Farthing, or the user, learnt of it. */
  readonly knownFrom: Instant;
  /** Null: the model exists, but no price can be trusted. */
  readonly rates: TokenRates | null;
  /** Ascending by limit; empty where the price does not depend on the prompt's length. */
  readonly promptTiers: readonly PromptTier[];
  readonly fast: FastMode | null;
  /** Whether `inference_geo: "us"` is accepted and costs 1.1 times. */
  readonly usGeography: boolean;
  /** Whether a regional endpoint on Bedrock costs 1.1 times. */
  readonly regionalPremium: boolean;
  /** Where the figures come from. */
  readonly source: string;
  /** The day the source was last compared, `YYYY-MM-DD`. */
  readonly checkedOn: string;
}
