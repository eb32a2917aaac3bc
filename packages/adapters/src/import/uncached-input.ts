import { type ConvertedUsage, costOf, type Instant, parseUsd, type PriceBook, subtract } from "@farthing/ledger";
import { PRICE_ROUNDING } from "./reported-difference.ts";

/** A way to read the prompt count of a record, as the usage it would stand for. */
export interface PromptReading {
  /** Prompt tokens that were neither read from the cache nor written to it. */
  readonly uncachedInput: number;
  readonly usage: ConvertedUsage["usage"];
}

/** What a record states that its tokens cost, and by what that can be held against a price. */
export interface StatedCost {
  readonly usd: string;
  readonly model: string;
  readonly at: Instant;
  readonly book: PriceBook;
}

/** The only reading whose price is the stated cost; null where none is, or several are. */
export function readingOfCost<T extends PromptReading>(readings: readonly T[], stated: StatedCost | null): T | null {
  if (stated === null) return null;
  const { usd, model, at, book } = stated;
  const matching = readings.filter(({ usage }) => {
    const { total } = costOf(usage, model, at, book);
    if (total === null) return false;
    const difference = subtract(total, parseUsd(usd));
    return difference < PRICE_ROUNDING && difference > -PRICE_ROUNDING;
  });
  const [only, ...others] = matching;
  return only === undefined || others.length > 0 ? null : only;
}
