import { InvalidRateCardError, LedgerError } from "../errors.ts";
import { parseInstant, type Instant } from "../instant.ts";
import { matchModel, matchModelAmong } from "../models/match-model.ts";
import { money, parseUsd, type Money } from "../money/money.ts";
import { isWholeUnderFactors } from "./rate-factors.ts";
import type { FastMode, PromptTier, RateCard, TokenRates } from "./rate-card.ts";

export interface ParseRateCardOptions {
  /** When the card became known, where it does not say: usually now, or when its event occurred. */
  readonly knownFrom: Instant;
}

/** A field of the card being read, and where it stands. */
interface Place {
  readonly path: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const PICODOLLARS_PER_MILLIONTH = 1_000_000n;

/**
 * Reads a card from plain JSON; see `RateCardJson`. `promptTiers`, `fast`, its `promptTiers`, `from`, `until` and
 * `afterwards`, and `knownFrom` may be left out. Unknown fields are errors: a misspelt price must not vanish.
 *
 * @throws InvalidRateCardError naming the field
 */
export function parseRateCard(value: unknown, options: ParseRateCardOptions): RateCard {
  const card = object(value, "card", [
    "model",
    "effectiveFrom",
    "knownFrom",
    "rates",
    "promptTiers",
    "fast",
    "usGeography",
    "regionalPremium",
    "source",
    "checkedOn",
  ]);
  const effectiveFrom = instant(card, "effectiveFrom");
  const usGeography = flag(card, "usGeography");
  const regionalPremium = flag(card, "regionalPremium");
  const premium = usGeography || regionalPremium;
  const checkedOn = text(card, "checkedOn");
  if (checkedOn.length !== 10) fail(card, "checkedOn", "expected a date such as 2026-11-22");
  instant(card, "checkedOn");
  return {
    model: canonicalModel(card),
    effectiveFrom,
    knownFrom: card.fields["knownFrom"] === undefined ? options.knownFrom : instant(card, "knownFrom"),
    rates: card.fields["rates"] === null ? null : tokenRates(card, premium),
    promptTiers: promptTiers(card, premium),
    fast: fastMode(card, premium, effectiveFrom),
    usGeography,
    regionalPremium,
    source: text(card, "source"),
    checkedOn,
  };
}

/**
 * Reads a document of one card or a list of them.
 *
 * @throws InvalidRateCardError naming the card, counted from 1, and the field
 */
export function parseRateCards(value: unknown, options: ParseRateCardOptions): RateCard[] {
  if (!Array.isArray(value)) return [parseRateCard(value, options)];
  return value.map((card: unknown, index) => {
    try {
      return parseRateCard(card, options);
    } catch (error) {
      if (!(error instanceof InvalidRateCardError)) throw error;
      throw new InvalidRateCardError(`card ${String(index + 1)}: ${error.message}`);
    }
  });
}

function canonicalModel(card: Place): string {
  const model = text(card, "model");
  // Of a model that only the user prices, too, just the bare id is ever looked up.
  const canonical = (matchModel(model) ?? matchModelAmong(model, (exact) => exact))?.model;
  if (canonical !== model)
    fail(card, "model", `use the canonical id${canonical === undefined ? "" : ` "${canonical}"`}`);
  return model;
}

function fastMode(card: Place, premium: boolean, effectiveFrom: Instant): FastMode | null {
  const value = card.fields["fast"] ?? null;
  if (value === null) return null;
  const fast = object(value, "fast", ["rates", "promptTiers", "from", "until", "afterwards"]);
  const afterwards = fast.fields["afterwards"] ?? "unpriced";
  if (afterwards !== "unpriced" && afterwards !== "standard") {
    fail(fast, "afterwards", 'expected "unpriced" or "standard"');
  }
  return {
    rates: tokenRates(fast, premium),
    promptTiers: promptTiers(fast, premium),
    from: fast.fields["from"] === undefined ? effectiveFrom : instant(fast, "from"),
    until: (fast.fields["until"] ?? null) === null ? null : instant(fast, "until"),
    afterwards,
  };
}

function promptTiers(place: Place, premium: boolean): PromptTier[] {
  const value = place.fields["promptTiers"] ?? [];
  if (!Array.isArray(value)) fail(place, "promptTiers", "expected a list");
  let previous = 0;
  return value.map((entry: unknown, index) => {
    const tier = object(entry, at(place, `promptTiers.${String(index)}`), ["promptTokensAbove", "rates"]);
    const limit = tier.fields["promptTokensAbove"];
    if (typeof limit !== "number" || !Number.isSafeInteger(limit) || limit <= previous) {
      fail(tier, "promptTokensAbove", `expected a whole number above ${String(previous)}`);
    }
    previous = limit;
    return { promptTokensAbove: limit, rates: tokenRates(tier, premium) };
  });
}

function tokenRates(place: Place, premium: boolean): TokenRates {
  const rates = object(place.fields["rates"], at(place, "rates"), [
    "uncachedInput",
    "cacheWrite5m",
    "cacheWrite1h",
    "cacheRead",
    "output",
  ]);
  const cachePrice = (name: string): Money | null => (rates.fields[name] === null ? null : rate(rates, name, premium));
  return {
    uncachedInput: rate(rates, "uncachedInput", premium),
    cacheWrite5m: cachePrice("cacheWrite5m"),
    cacheWrite1h: cachePrice("cacheWrite1h"),
    cacheRead: cachePrice("cacheRead"),
    output: rate(rates, "output", premium),
  };
}

function rate(place: Place, name: string, premium: boolean): Money {
  const value = place.fields[name];
  if (typeof value !== "string")
    return fail(place, name, 'expected US dollars per million tokens as text, such as "0.25"');
  const perMillion = attempt(place, name, () => parseUsd(value));
  const perToken = money(perMillion / PICODOLLARS_PER_MILLIONTH);
  if (perMillion < 0n) fail(place, name, "a price cannot be negative");
  if (perMillion % PICODOLLARS_PER_MILLIONTH !== 0n || !isWholeUnderFactors(perToken, premium)) {
    const step = premium ? "0.00002" : "0.000002";
    fail(
      place,
      name,
      `cannot be halved or raised by a tenth exactly; give a multiple of ${step} USD per million tokens`,
    );
  }
  return perToken;
}

function object(value: unknown, path: string, known: readonly string[]): Place {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InvalidRateCardError(`${path}: expected an object`);
  }
  const place = { path, fields: Object.fromEntries(Object.entries(value)) };
  const unknown = Object.keys(place.fields).find((name) => !known.includes(name));
  if (unknown !== undefined) fail(place, unknown, `unknown field; expected ${known.join(", ")}`);
  return place;
}

function text(place: Place, name: string): string {
  const value = place.fields[name];
  if (typeof value !== "string" || value === "") fail(place, name, "expected text");
  return value;
}

function flag(place: Place, name: string): boolean {
  const value = place.fields[name];
  if (typeof value !== "boolean") fail(place, name, "expected true or false");
  return value;
}

function instant(place: Place, name: string): Instant {
  return attempt(place, name, () => parseInstant(text(place, name)));
}

function attempt<T>(place: Place, name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof LedgerError) || error instanceof InvalidRateCardError) throw error;
    return fail(place, name, error.message);
  }
}

function at(place: Place, name: string): string {
  return place.path === "card" ? name : `${place.path}.${name}`;
}

function fail(place: Place, name: string, why: string): never {
  throw new InvalidRateCardError(`${at(place, name)}: ${why}`);
}
