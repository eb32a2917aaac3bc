import { InvalidRateCardError } from "../errors.ts";
import type { PriceSet } from "../events/event.ts";
import { parseRateCard } from "../pricing/parse-rate-card.ts";
import type { PriceBook } from "../pricing/price-book.ts";
import type { RateCard } from "../pricing/rate-card.ts";

/** A card of the user's own that cannot be used, and why. */
export interface RejectedPriceSet {
  readonly id: string;
  readonly why: string;
}

export interface BookWithPriceSets {
  readonly book: PriceBook;
  /** Cards left out: written by a newer release, or by hand. */
  readonly rejected: readonly RejectedPriceSet[];
}

/** A book with the cards that a ledger's user has set. A card that does not say when it was known, was when set. */
export function withPriceSets(book: PriceBook, priceSets: readonly PriceSet[]): BookWithPriceSets {
  const cards: RateCard[] = [];
  const rejected: RejectedPriceSet[] = [];
  for (const { id, card, occurredAt } of priceSets) {
    try {
      cards.push(parseRateCard(card, { knownFrom: Date.parse(occurredAt) }));
    } catch (error) {
      if (!(error instanceof InvalidRateCardError)) throw error;
      rejected.push({ id, why: error.message });
    }
  }
  return { book: cards.length === 0 ? book : book.with(cards), rejected };
}
