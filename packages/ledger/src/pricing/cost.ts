import type { Instant } from "../instant.ts";
import { matchModel, matchModelAmong, type ModelMatch } from "../models/match-model.ts";
import { money, times, type Money } from "../money/money.ts";
import { promptTokens, TOKEN_BUCKETS, type PricedUsage, type TokenBucket, type UsagePart } from "../usage/usage.ts";
import { readBillingTerms, type BillingTerms } from "./billing-terms.ts";
import { effectiveRates, type RateConditions } from "./effective-rates.ts";
import type { PriceBook, UnpricedReason } from "./price-book.ts";
import type { TokenRates } from "./rate-card.ts";

export type LineItemName = TokenBucket | "webSearch";

/** A quantity at a price. The lines of a usage sum to its cost exactly. */
export interface LineItem {
  readonly item: LineItemName;
  /** The model billed, as the response or the iteration names it. */
  readonly model: string;
  /** Null for the usage's top level, else the iteration's index. */
  readonly iteration: number | null;
  readonly quantity: number;
  /** Null where unpriced. */
  readonly perUnit: Money | null;
  readonly amount: Money | null;
}

export interface Cost {
  /** The sum of all lines; null as soon as one of them, or the model of one part, has no price. */
  readonly total: Money | null;
  /** Lines with a quantity above zero, priced or not. */
  readonly lines: readonly LineItem[];
  /** Set exactly where `total` is null: the first reason met. */
  readonly reason: UnpricedReason | null;
  /** Priority tier is prepaid: its list price is what it would have cost, not a charge. */
  readonly notional: boolean;
  /** A platform id that does not say in which region it ran; priced at list price. */
  readonly regionUnknown: boolean;
}

/**
 * $10 per 1,000 searches, on every model and tier alike: no discount for batch and no premium for a region is
 * published. It stays known where the model's token prices are not.
 */
export const WEB_SEARCH: Money = money(10_000_000_000n);
const WEB_SEARCH_NUMBER = Number(WEB_SEARCH);

/**
 * What a usage costs at list prices in force at its own instant, whoever pays.
 *
 * Iterations carry no tier, speed or geography, so they have the response's; an iteration whose model id names
 * no platform ran in the response's region too.
 */
export function costOf(usage: PricedUsage, model: string, at: Instant, book: PriceBook): Cost {
  const own = findModel(model, book);
  const terms = readBillingTerms(usage);
  const lines: LineItem[] = [];
  let total = 0n;
  let reason: UnpricedReason | null = usage.notes.includes("unknown-iteration-type") ? "unknown-iteration" : null;
  let regionUnknown = own?.region === "unknown";
  const addLine = (item: LineItemName, part: UsagePart | null, quantity: number, perUnit: Money | null): void => {
    const amount = perUnit === null ? null : times(perUnit, quantity);
    if (amount === null) reason ??= "no-price-for-bucket";
    else total += amount;
    lines.push({ item, model: part?.model ?? model, iteration: part?.iteration ?? null, quantity, perUnit, amount });
  };
  for (const part of usage.parts) {
    const match = modelOfPass(part.model, own, book);
    regionUnknown ||= match?.region === "unknown";
    const rates = ratesOfPass(match, terms, { at, promptTokens: promptTokens(part.tokens) }, book);
    if (typeof rates === "string") reason ??= rates;
    for (const item of TOKEN_BUCKETS) {
      const quantity = part.tokens[item];
      if (quantity > 0) addLine(item, part, quantity, typeof rates === "string" ? null : rates[item]);
    }
  }
  if (usage.webSearchRequests > 0) addLine("webSearch", null, usage.webSearchRequests, WEB_SEARCH);
  return {
    total: reason === null ? money(total) : null,
    lines,
    reason,
    notional: usage.serviceTier === "priority",
    regionUnknown,
  };
}

/** The total of `costOf` alone, which takes a fraction of its time. */
export function totalCostOf(usage: PricedUsage, model: string, at: Instant, book: PriceBook): Money | null {
  if (usage.notes.includes("unknown-iteration-type")) return null;
  const own = findModel(model, book);
  const terms = readBillingTerms(usage);
  let total = usage.webSearchRequests * WEB_SEARCH_NUMBER;
  for (const { model: passModel, tokens } of usage.parts) {
    const match = modelOfPass(passModel, own, book);
    const rates = ratesOfPass(match, terms, { at, promptTokens: promptTokens(tokens) }, book);
    if (typeof rates === "string") return null;
    const prices = numbersOf(rates);
    total +=
      tokens.uncachedInput * prices.uncachedInput +
      tokens.cacheWrite5m * prices.cacheWrite5m +
      tokens.cacheWrite1h * prices.cacheWrite1h +
      tokens.cacheRead * prices.cacheRead +
      tokens.output * prices.output;
  }
  // Exact up to there, as no product is negative; past it, and where a bucket has no price, line by line.
  return total <= Number.MAX_SAFE_INTEGER ? money(BigInt(total)) : costOf(usage, model, at, book).total;
}

type RateNumbers = Readonly<Record<TokenBucket, number>>;

const numbers = new WeakMap<TokenRates, RateNumbers>();
/** The ones asked for last, as most requests are priced as the one before. */
let lastRates: TokenRates | null = null;
let lastNumbers: RateNumbers | null = null;

/** Rates as numbers, NaN where there is no price. */
function numbersOf(rates: TokenRates): RateNumbers {
  if (rates === lastRates && lastNumbers !== null) return lastNumbers;
  const numberOf = (rate: Money | null): number => (rate === null ? NaN : Number(rate));
  let found = numbers.get(rates);
  if (found === undefined) {
    found = {
      uncachedInput: numberOf(rates.uncachedInput),
      cacheWrite5m: numberOf(rates.cacheWrite5m),
      cacheWrite1h: numberOf(rates.cacheWrite1h),
      cacheRead: numberOf(rates.cacheRead),
      output: numberOf(rates.output),
    };
    numbers.set(rates, found);
  }
  lastRates = rates;
  lastNumbers = found;
  return found;
}

/** Which model a pass is billed as: the response's own, unless the usage names another. */
export function modelOfPass(model: string | null, own: ModelMatch | null, book: PriceBook): ModelMatch | null {
  return model === null ? own : inRegionOf(findModel(model, book), own);
}

/** The price of one token of each bucket in one pass over a model, or why there is none. */
export function ratesOfPass(
  match: ModelMatch | null,
  terms: BillingTerms | UnpricedReason,
  { at, promptTokens }: Pick<RateConditions, "at" | "promptTokens">,
  book: PriceBook,
): TokenRates | UnpricedReason {
  if (match === null) return "unknown-model";
  const lookup = book.rateCardAt(match.model, at);
  if ("reason" in lookup) return lookup.reason;
  if (typeof terms === "string") return terms;
  return effectiveRates(lookup.card, { terms, at, promptTokens, regional: match.region === "regional" });
}

/** A model of the catalogue, or one that only the book knows, because the user has set its price. */
export function findModel(id: string, book: PriceBook): ModelMatch | null {
  return matchModel(id) ?? matchModelAmong(id, (exact) => (book.has(exact) ? exact : null));
}

function inRegionOf(match: ModelMatch | null, own: ModelMatch | null): ModelMatch | null {
  return match?.platform === "anthropic" && own !== null ? { ...match, region: own.region } : match;
}
