import { matchModel, type Instant, type PriceBook, type RateCard } from "@farthing/ledger";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { CommandIo } from "../io.ts";
import { bold, columnsOf, writeJson, writeLines } from "../output/output.ts";
import { priceBookFor, type PriceBookFlags } from "../input/price-book-for.ts";
import { pricesToJson, renderPrices } from "../output/render-prices.ts";
import { nowOf } from "../flags/selection.ts";
import { parseInstantFlag } from "../flags/time-options.ts";

export interface PricesFlags extends PriceBookFlags {
  readonly at?: string;
  readonly format: "text" | "json";
}

/** `farthing prices`: the rate cards in force, or one model's, with where each price comes from. */
export async function prices(io: CommandIo, model: string | undefined, flags: PricesFlags): Promise<ExitCode> {
  const at = flags.at === undefined ? nowOf(io, flags) : parseInstantFlag(flags.at, "--at");
  const book = await priceBookFor(io, flags);
  const listing = { book, at, model: model ?? null, cards: cardsInForce(book, model, at) };
  if (flags.format === "json") writeJson(io.stdout, pricesToJson(listing));
  else writeLines(io.stdout, renderPrices(listing, { columns: columnsOf(io), bold: (text) => bold(io, text) }));
  return EXIT.done;
}

function cardsInForce(book: PriceBook, model: string | undefined, at: Instant): RateCard[] {
  const models = model === undefined ? [...new Set(book.cards.map((card) => card.model))] : [canonical(book, model)];
  return models.flatMap((each) => {
    const lookup = book.rateCardAt(each, at);
    return "card" in lookup ? [lookup.card] : [];
  });
}

function canonical(book: PriceBook, model: string): string {
  return book.has(model) ? model : (matchModel(model)?.model ?? model);
}
