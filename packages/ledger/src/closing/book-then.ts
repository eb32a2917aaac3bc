import type { PeriodClosed } from "../events/event.ts";
import { listPriceBook, type PriceBook } from "../pricing/price-book.ts";
import { withPriceSets } from "../projections/price-sets.ts";
import type { LedgerView } from "../store/view/view.ts";

/** Prices as they were known when a period was closed. */
export function bookThen({ pricesKnownAt, occurredAt }: PeriodClosed, { priceSets }: LedgerView): PriceBook {
  return withPriceSets(listPriceBook(), priceSets).book.knownAt(Date.parse(pricesKnownAt ?? occurredAt));
}
