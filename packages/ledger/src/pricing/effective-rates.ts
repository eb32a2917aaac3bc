import type { Instant } from "../instant.ts";
import type { BillingTerms } from "./billing-terms.ts";
import { scaleRates } from "./rate-factors.ts";
import type { PromptTier, RateCard, TokenRates } from "./rate-card.ts";

/** What decides the rates of a card for one pass over a model. */
export interface RateConditions {
  readonly terms: BillingTerms;
  readonly at: Instant;
  /** The whole prompt of this pass, cached tokens included. */
  readonly promptTokens: number;
  /** Whether it ran on a regional endpoint of a cloud. */
  readonly regional: boolean;
}

/**
 * The price of one token of each bucket under the given conditions.
 *
 * US-only inference and a regional endpoint are the same premium, paid once. Fast mode has never been offered
 * with batch or priority tier.
 */
export function effectiveRates(
  card: RateCard,
  conditions: RateConditions,
): TokenRates | "no-published-price" | "no-fast-price" | "no-us-price" {
  if (card.rates === null) return "no-published-price";
  const { terms, promptTokens } = conditions;
  const offer = terms.fast ? fastOffer(card, conditions) : card;
  if (offer === null || offer.rates === null) return "no-fast-price";
  if (terms.usOnly && !card.usGeography) return "no-us-price";
  const premium = terms.usOnly || (conditions.regional && card.regionalPremium);
  const rates = ratesByPrompt(offer.rates, offer.promptTiers, promptTokens);
  return scaleRates(rates, { batch: terms.tier === "batch", premium });
}

type Offer = Pick<RateCard, "rates" | "promptTiers">;

/** What a response marked fast is charged by; null where no such price was in force. */
function fastOffer(card: RateCard, { at, terms }: RateConditions): Offer | null {
  const { fast } = card;
  if (fast === null || at < fast.from) return null;
  if (fast.until === null || at < fast.until) return terms.tier === "standard" ? fast : null;
  return fast.afterwards === "standard" ? card : null;
}

/** The rates of the highest tier whose limit the prompt exceeds. */
function ratesByPrompt(rates: TokenRates, tiers: readonly PromptTier[], promptTokens: number): TokenRates {
  return tiers.findLast(({ promptTokensAbove }) => promptTokens > promptTokensAbove)?.rates ?? rates;
}
