import { listPriceBook, withPriceSets, type Ledger, type PriceBook } from "@farthing/ledger";

/** List prices, with those that a ledger holds. */
export async function bookOf(ledger: Ledger): Promise<PriceBook> {
  const { priceSets } = await ledger.view();
  return withPriceSets(listPriceBook(), priceSets).book;
}
