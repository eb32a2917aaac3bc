import { createHash } from "node:crypto";
import type { Instant } from "../instant.ts";
import { compareTexts } from "../text-order.ts";
import { LIST_PRICES } from "./list-prices.ts";
import type { RateCard } from "./rate-card.ts";
import { rateCardToJson } from "./rate-card-json.ts";

/** Why usage has no price. Codes are stable: they appear in JSON. */
export type UnpricedReason =
  /** The model id is not one of the book's, exactly. */
  | "unknown-model"
  /** The model has a card, but its price was never published or sources contradict each other. */
  | "no-published-price"
  /** The usage is older than the model's first card. */
  | "before-first-price"
  /** The model has a price, but not for this kind of token (cache prices of Claude 2). */
  | "no-price-for-bucket"
  | "unknown-service-tier"
  | "unknown-speed"
  | "unknown-geography"
  /** `speed: fast` on a model or date without a published fast price, or with batch or priority. */
  | "no-fast-price"
  /** `inference_geo: us` on a model that does not offer it. */
  | "no-us-price"
  /** The usage has an iteration of a kind this release does not know, which may be billed. */
  | "unknown-iteration";

export type RateCardLookup = { readonly card: RateCard } | { readonly reason: "unknown-model" | "before-first-price" };

/** All rate cards, and what was known when. Immutable; adding cards makes a new book. */
export interface PriceBook {
  /** Short hash of every card: figures with the same hash were computed from the same prices. */
  readonly hash: string;
  /** Every card, ordered by model, effectiveFrom, knownFrom. */
  readonly cards: readonly RateCard[];
  /** The card in force for a canonical model id. */
  rateCardAt(model: string, at: Instant): RateCardLookup;
  /** Whether any card is for this canonical model id. */
  has(model: string): boolean;
  /** The same book with cards added, as the user's own (`PriceSet`): from their start on they beat shipped cards. */
  with(cards: readonly RateCard[]): PriceBook;
  /** The book as it was known at an instant. */
  knownAt(at: Instant): PriceBook;
}

const HASH_DIGITS = 12;
const UNKNOWN_MODEL: RateCardLookup = { reason: "unknown-model" };
const BEFORE_FIRST_PRICE: RateCardLookup = { reason: "before-first-price" };

/** A book of these cards and no others. */
export function createPriceBook(cards: readonly RateCard[]): PriceBook {
  return bookOf(cards, []);
}

let shipped: PriceBook | undefined;

/** The book of list prices this release knows. */
export function listPriceBook(): PriceBook {
  return (shipped ??= createPriceBook(LIST_PRICES));
}

function bookOf(listed: readonly RateCard[], own: readonly RateCard[]): PriceBook {
  const cards = [...listed, ...own].toSorted(byModelAndTime);
  // Newest first, the user's before the shipped: the first card that has begun is in force.
  const byModel = new Map<string, readonly { readonly card: RateCard }[]>();
  for (const model of new Set(cards.map((card) => card.model))) {
    const ofModel = (some: readonly RateCard[]): RateCard[] =>
      some.filter((card) => card.model === model).toSorted((a, b) => byModelAndTime(b, a));
    byModel.set(
      model,
      [...ofModel(own), ...ofModel(listed)].map((card) => ({ card })),
    );
  }
  let hash: string | undefined;
  return {
    cards,
    get hash() {
      return (hash ??= hashOf(listed, own));
    },
    rateCardAt(model, at) {
      const candidates = byModel.get(model);
      if (candidates === undefined) return UNKNOWN_MODEL;
      return candidates.find(({ card }) => card.effectiveFrom <= at) ?? BEFORE_FIRST_PRICE;
    },
    has: (model) => byModel.has(model),
    with: (added) => bookOf(listed, distinct([...own, ...added])),
    knownAt: (at) =>
      bookOf(
        listed.filter((card) => card.knownFrom <= at),
        own.filter((card) => card.knownFrom <= at),
      ),
  };
}

/** Cards that say the same once each, so that setting a price twice changes nothing. */
function distinct(cards: readonly RateCard[]): RateCard[] {
  return [...new Map(cards.map((card) => [cardText(card), card])).values()];
}

/** Ties are broken by content, so that the order in which cards were given never decides a price. */
function byModelAndTime(a: RateCard, b: RateCard): number {
  return (
    compareTexts(a.model, b.model) ||
    a.effectiveFrom - b.effectiveFrom ||
    a.knownFrom - b.knownFrom ||
    compareTexts(cardText(a), cardText(b))
  );
}

function hashOf(listed: readonly RateCard[], own: readonly RateCard[]): string {
  const texts = [listed, own].map((cards) => cards.map(cardText).toSorted(compareTexts));
  return createHash("sha256").update(JSON.stringify(texts)).digest("hex").slice(0, HASH_DIGITS);
}

function cardText(card: RateCard): string {
  return JSON.stringify(rateCardToJson(card));
}
