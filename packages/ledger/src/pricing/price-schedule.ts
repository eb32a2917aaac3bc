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

/** Rates while no card and no offer changes. */
export interface RateWindow {
  /** Inclusive; may be -Infinity. */
  readonly from: Instant;
  /** Exclusive; may be Infinity. */
  readonly until: Instant;
  /** Ascending. `rates[i]` is the price of a prompt of at most `limits[i]` tokens, the last one that of longer ones. */
  readonly limits: readonly number[];
  /** One more than there are limits. */
  readonly rates: readonly (TokenRates | UnpricedReason)[];
}

/** The rates of passes under equal terms, at any instant. */
export type PriceSchedule = (at: Instant) => RateWindow;

/**
 * The rates of passes under these terms as a function of time that is constant between instants.
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
  const windows: (RateWindow | undefined)[] = [];
  return (at) => {
    const index = starts.findLastIndex((start) => start <= at);
    const from = starts[index] ?? -Infinity;
    const ratesFor = (promptTokens: number): TokenRates | UnpricedReason =>
      ratesOfPass(match, billing, { at, promptTokens }, book);
    return (windows[index] ??= {
      from,
      until: starts[index + 1] ?? Infinity,
      ...withoutRepeats(limits, [0, ...limits.map((limit) => limit + 1)].map(ratesFor)),
    });
  };
}

function changesOf({ effectiveFrom, fast }: RateCard): Instant[] {
  if (fast === null) return [effectiveFrom];
  return [effectiveFrom, fast.from, ...(fast.until === null ? [] : [fast.until])];
}

function limitsOf({ promptTiers, fast }: RateCard): number[] {
  return [...promptTiers, ...(fast?.promptTiers ?? [])].map(({ promptTokensAbove }) => promptTokensAbove);
}

/** Without the limits at which the rates do not change. */
function withoutRepeats(
  limits: readonly number[],
  rates: readonly (TokenRates | UnpricedReason)[],
): Pick<RateWindow, "limits" | "rates"> {
  return {
    limits: limits.filter((_, index) => rates[index] !== rates[index + 1]),
    rates: rates.filter((rate, index) => index === 0 || rate !== rates[index - 1]),
  };
}

function distinct(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}
