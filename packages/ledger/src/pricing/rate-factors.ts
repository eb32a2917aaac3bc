import assert from "node:assert/strict";
import { money, type Money } from "../money/money.ts";
import type { TokenRates } from "./rate-card.ts";

/** What multiplies every token rate. All published factors are here; fast mode has rates of its own. */
export interface RateFactors {
  /** Message Batches: half price. */
  readonly batch: boolean;
  /** US-only inference, or a regional endpoint of a cloud: 1.1 times, once. */
  readonly premium: boolean;
}

/** `premium` and `batch` as one fraction each, so that no product is rounded on the way. */
const FRACTIONS = {
  standard: [1n, 1n],
  batch: [1n, 2n],
  premium: [11n, 10n],
  batchPremium: [11n, 20n],
} as const;

type FactorName = keyof typeof FRACTIONS;

const scaled = new WeakMap<TokenRates, Map<FactorName, TokenRates>>();

/** The rates times the factors, exactly. Cached per rates object: the same few are asked for every request. */
export function scaleRates(rates: TokenRates, factors: RateFactors): TokenRates {
  const name = factorName(factors);
  if (name === "standard") return rates;
  let byFactor = scaled.get(rates);
  if (byFactor === undefined) scaled.set(rates, (byFactor = new Map<FactorName, TokenRates>()));
  let result = byFactor.get(name);
  if (result === undefined) {
    result = {
      uncachedInput: scaleRate(rates.uncachedInput, name),
      cacheWrite5m: rates.cacheWrite5m === null ? null : scaleRate(rates.cacheWrite5m, name),
      cacheWrite1h: rates.cacheWrite1h === null ? null : scaleRate(rates.cacheWrite1h, name),
      cacheRead: rates.cacheRead === null ? null : scaleRate(rates.cacheRead, name),
      output: scaleRate(rates.output, name),
    };
    byFactor.set(name, result);
  }
  return result;
}

/** Whether a rate stays a whole number of picodollars under every factor that can apply to it. */
export function isWholeUnderFactors(rate: Money, premium: boolean): boolean {
  return rate % FRACTIONS[premium ? "batchPremium" : "batch"][1] === 0n;
}

function factorName({ batch, premium }: RateFactors): FactorName {
  if (batch) return premium ? "batchPremium" : "batch";
  return premium ? "premium" : "standard";
}

function scaleRate(rate: Money, name: FactorName): Money {
  const [numerator, denominator] = FRACTIONS[name];
  const product = rate * numerator;
  assert.equal(product % denominator, 0n, `${String(rate)} picodollars times ${name} is not a whole number of them`);
  return money(product / denominator);
}
