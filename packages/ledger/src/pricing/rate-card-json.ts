import { formatInstant } from "../instant.ts";
import { formatUsd, money, type Money } from "../money/money.ts";
import type { PromptTier, RateCard, TokenRates } from "./rate-card.ts";

/** Decimal US dollars per million tokens; null where no such price exists. */
export interface TokenRatesJson {
  readonly uncachedInput: string;
  readonly cacheWrite5m: string | null;
  readonly cacheWrite1h: string | null;
  readonly cacheRead: string | null;
  readonly output: string;
}

export interface PromptTierJson {
  readonly promptTokensAbove: number;
  readonly rates: TokenRatesJson;
}

export interface FastModeJson {
  readonly rates: TokenRatesJson;
  readonly promptTiers: readonly PromptTierJson[];
  readonly from: string;
  readonly until: string | null;
  readonly afterwards: "unpriced" | "standard";
}

/** A rate card as plain JSON: what `farthing prices` prints and a `PriceSet` event holds. */
export interface RateCardJson {
  readonly model: string;
  readonly effectiveFrom: string;
  readonly knownFrom: string;
  readonly rates: TokenRatesJson | null;
  readonly promptTiers: readonly PromptTierJson[];
  readonly fast: FastModeJson | null;
  readonly usGeography: boolean;
  readonly regionalPremium: boolean;
  readonly source: string;
  readonly checkedOn: string;
}

/** The plain JSON of a card; `parseRateCard` reads it back. */
export function rateCardToJson(card: RateCard): RateCardJson {
  return {
    model: card.model,
    effectiveFrom: formatInstant(card.effectiveFrom),
    knownFrom: formatInstant(card.knownFrom),
    rates: card.rates && ratesToJson(card.rates),
    promptTiers: card.promptTiers.map(tierToJson),
    fast: card.fast && {
      rates: ratesToJson(card.fast.rates),
      promptTiers: card.fast.promptTiers.map(tierToJson),
      from: formatInstant(card.fast.from),
      until: card.fast.until === null ? null : formatInstant(card.fast.until),
      afterwards: card.fast.afterwards,
    },
    usGeography: card.usGeography,
    regionalPremium: card.regionalPremium,
    source: card.source,
    checkedOn: card.checkedOn,
  };
}

function tierToJson({ promptTokensAbove, rates }: PromptTier): PromptTierJson {
  return { promptTokensAbove, rates: ratesToJson(rates) };
}

function ratesToJson(rates: TokenRates): TokenRatesJson {
  return {
    uncachedInput: usdPerMillion(rates.uncachedInput),
    cacheWrite5m: rates.cacheWrite5m === null ? null : usdPerMillion(rates.cacheWrite5m),
    cacheWrite1h: rates.cacheWrite1h === null ? null : usdPerMillion(rates.cacheWrite1h),
    cacheRead: rates.cacheRead === null ? null : usdPerMillion(rates.cacheRead),
    output: usdPerMillion(rates.output),
  };
}

function usdPerMillion(perToken: Money): string {
  return formatUsd(money(perToken * 1_000_000n));
}
