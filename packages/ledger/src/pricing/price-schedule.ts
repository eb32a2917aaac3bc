import type { Instant } from "../instant.ts";
import { readBillingTerms } from "./billing-terms.ts";
import { findModel, modelOfPass, ratesOfPass } from "./cost.ts";
import type { PriceBook, UnpricedReason } from "./price-book.ts";
import type { RateCard, TokenRates } from "./rate-card.ts";

/** What decides the rates of a pass over a model, besides its instant and the length of its prompt. */
export interface PassTerms {
  /** As the response names it. */
  readonly servedModel: string;
  /** As the pass names it; null for the response's own. */
  readonly passModel: string | null;
  readonly serviceTier: string | null;
  readonly inferenceGeo: string | null;
  readonly speed: string | null;
}

/** What one token of each bucket costs in a pass. */
export interface PassPrice {
  readonly rates: TokenRates | UnpricedReason;
  /**
   * The rates that were known at the instant of the pass itself, where they were others; null where they are `rates`,
   * and where there is no price now or was none then.
   */
  readonly ratesThen: TokenRates | null;
}

/** Prices while no card and no offer changes. */
export interface PriceWindow {
  /** Inclusive; may be -Infinity. */
  readonly from: Instant;
  /** Exclusive; may be Infinity. */
  readonly until: Instant;
  /** Ascending. `prices[i]` is for prompts of at most `limits[i]` tokens, the last one for longer ones. */
  readonly limits: readonly number[];
  /** One more than there are limits. */
  readonly prices: readonly PassPrice[];
}

/** The prices of passes under equal terms, at any instant. */
export type PriceSchedule = (at: Instant) => PriceWindow;

/**
 * The prices of passes under these terms as a function of time that is constant between instants.
 *
 * Agrees with `costOf` everywhere: the rates of a window are asked of the same functions, at one instant of it and at
 * one prompt length between any two limits.
 */
export function priceScheduleOf(terms: PassTerms, book: PriceBook): PriceSchedule {
  const match = modelOfPass(terms.passModel, findModel(terms.servedModel, book), book);
  const billing = readBillingTerms(terms);
  const cards = match === null ? [] : book.cards.filter(({ model }) => model === match.model);
  const starts = [-Infinity, ...distinct(cards.flatMap(changesOf))];
  const limits = distinct(cards.flatMap(limitsOf));
  const windows: (PriceWindow | undefined)[] = [];
  const windowAt = (at: Instant, from: Instant, until: Instant): PriceWindow => {
    const isKnownLater = cards.some(({ effectiveFrom, knownFrom }) => effectiveFrom <= at && knownFrom > at);
    const bookThen = isKnownLater ? book.knownAt(at) : book;
    const prices = [0, ...limits.map((limit) => limit + 1)].map((promptTokens) =>
      passPrice(
        ratesOfPass(match, billing, { at, promptTokens }, book),
        ratesOfPass(match, billing, { at, promptTokens }, bookThen),
      ),
    );
    return { from, until, ...withoutRepeats(limits, prices) };
  };
  return (at) => {
    const index = starts.findLastIndex((start) => start <= at);
    return (windows[index] ??= windowAt(at, starts[index] ?? -Infinity, starts[index + 1] ?? Infinity));
  };
}

/** The price of a prompt of some length in a window. */
export function priceIn({ limits, prices }: PriceWindow, promptTokens: number): PassPrice | undefined {
  // Not found is -1, and the last price is that of prompts past every limit.
  return prices.at(limits.findIndex((limit) => promptTokens <= limit));
}

function passPrice(rates: TokenRates | UnpricedReason, then: TokenRates | UnpricedReason): PassPrice {
  if (typeof rates === "string" || typeof then === "string" || rates === then) return { rates, ratesThen: null };
  const lacksPrice = (["cacheWrite5m", "cacheWrite1h", "cacheRead"] as const).some(
    (name) => then[name] === null && rates[name] !== null,
  );
  return { rates, ratesThen: lacksPrice ? null : then };
}

/** When prices of a card change, or become known. */
export function changesOf({ effectiveFrom, knownFrom, fast }: RateCard): Instant[] {
  if (fast === null) return [effectiveFrom, knownFrom];
  return [effectiveFrom, knownFrom, fast.from, ...(fast.until === null ? [] : [fast.until])];
}

/** Prompt lengths at which prices of a card change. */
export function limitsOf({ promptTiers, fast }: RateCard): number[] {
  return [...promptTiers, ...(fast?.promptTiers ?? [])].map(({ promptTokensAbove }) => promptTokensAbove);
}

/** Without the limits at which prices do not change. */
function withoutRepeats(
  limits: readonly number[],
  prices: readonly PassPrice[],
): Pick<PriceWindow, "limits" | "prices"> {
  const isSame = (a: PassPrice | undefined, b: PassPrice | undefined): boolean =>
    a?.rates === b?.rates && a?.ratesThen === b?.ratesThen;
  return {
    limits: limits.filter((_, index) => !isSame(prices[index], prices[index + 1])),
    prices: prices.filter((price, index) => index === 0 || !isSame(price, prices[index - 1])),
  };
}

function distinct(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}
