import {
  convertUsage,
  costOf,
  formatUsd,
  listPriceBook,
  parseInstant,
  type Cost,
  type PriceBook,
} from "@farthing/ledger";

/** The cost of an API usage object at list prices, at a time given as text. */
export function price(model: string, raw: object, at = "2026-11-15", book: PriceBook = listPriceBook()): Cost {
  return costOf(convertUsage(raw).usage, model, parseInstant(at), book);
}

/** Its total in dollars, or the reason why it has none. */
export function usd(model: string, raw: object, at?: string, book?: PriceBook): string {
  const { total, reason } = price(model, raw, at, book);
  return total === null ? String(reason) : formatUsd(total);
}

/** A usage object of one million tokens of one kind; its price is the rate as price lists print it. */
export const MILLION = {
  input: { input_tokens: 1_000_000 },
  output: { output_tokens: 1_000_000 },
  read: { cache_read_input_tokens: 1_000_000 },
  write5m: write(1_000_000, 0),
  write1h: write(0, 1_000_000),
};

export function write(ephemeral_5m_input_tokens: number, ephemeral_1h_input_tokens: number): object {
  return {
    cache_creation_input_tokens: ephemeral_5m_input_tokens + ephemeral_1h_input_tokens,
    cache_creation: { ephemeral_5m_input_tokens, ephemeral_1h_input_tokens },
  };
}
