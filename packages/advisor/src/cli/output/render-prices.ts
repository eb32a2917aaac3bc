import {
  formatInstant,
  formatUsd,
  money,
  rateCardToJson,
  type FastMode,
  type Instant,
  type Money,
  type PriceBook,
  type RateCard,
  type TokenRates,
} from "@farthing/ledger";
import { printable, wrap } from "../../report/text-layout.ts";
import { renderTable, type Column } from "./table.ts";

/** The rate cards to show. */
export interface PriceListing {
  readonly book: PriceBook;
  readonly at: Instant;
  /** As asked for; null for all. */
  readonly model: string | null;
  readonly cards: readonly RateCard[];
}

export interface RenderPricesOptions {
  readonly columns: number;
  readonly bold: (text: string) => string;
}

const COLUMNS: readonly Column[] = [
  { title: "model", align: "left" },
  { title: "from", align: "left" },
  { title: "input", align: "right" },
  { title: "write5m", align: "right" },
  { title: "write1h", align: "right" },
  { title: "read", align: "right" },
  { title: "output", align: "right" },
];

export function pricesToJson({ book, at, model, cards }: PriceListing): object {
  return {
    at: formatInstant(at),
    priceBook: book.hash,
    unit: "USD per million tokens",
    prices: cards.map((card) => ({
      ...rateCardToJson(card),
      ...(card.rates === null ? { reason: "no-published-price" } : {}),
    })),
    ...(model !== null && cards.length === 0 ? { model, reason: reasonOf(book, model, at) } : {}),
  };
}

/** Rate cards for people: dollars per million tokens, then what a table cannot say, then the sources. */
export function renderPrices(listing: PriceListing, options: RenderPricesOptions): string[] {
  const { book, at, model, cards } = listing;
  if (model !== null && cards.length === 0) {
    return [
      `${printable(model)}: unpriced (${reasonOf(book, model, at)}). Model ids are matched exactly; a new`,
      SET_HINT,
    ];
  }
  const rows = cards.flatMap((card) => rowsOf(card, at));
  const [titles = "", ...lines] = renderTable(COLUMNS, rows, options.columns);
  const unpriced = cards.filter((card) => card.rates === null).map((card) => card.model);
  return [
    `USD per million tokens at ${formatInstant(at)}; batch costs half`,
    options.bold(titles),
    ...lines,
    ...(unpriced.length > 0 ? [`UNPRICED  ${unpriced.join(", ")}: no price was published that can be trusted`] : []),
    ...notesOf(cards),
    "SOURCES, and the day they were last checked",
    ...sourceLines(cards, options.columns),
    `prices ${book.hash}`,
  ];
}

const SET_HINT = "  price can be given with `farthing prices set FILE`.";

/** A card's base rates, a row for each tier, and one for fast mode while it is offered. */
function rowsOf(card: RateCard, at: Instant): string[][] {
  const from = dayOf(card.effectiveFrom);
  if (card.rates === null) return [[card.model, from, "unpriced", "", "", "", ""]];
  const tiers = card.promptTiers.map(({ promptTokensAbove, rates }) => [
    `  prompt > ${String(promptTokensAbove)}`,
    "",
    ...rateCells(rates),
  ]);
  return [[card.model, from, ...rateCells(card.rates)], ...tiers, ...fastRows(card.fast, at)];
}

function fastRows(fast: FastMode | null, at: Instant): string[][] {
  if (fast === null || at < fast.from || (fast.until !== null && at >= fast.until)) return [];
  const label = fast.until === null ? "  fast" : `  fast, to ${dayOf(fast.until)}`;
  return [[label, dayOf(fast.from), ...rateCells(fast.rates)]];
}

/** Each source once, with the models it vouches for. */
function sourceLines(cards: readonly RateCard[], columns: number): string[] {
  const models = new Map<string, string[]>();
  for (const { checkedOn, source, model } of cards) {
    const heading = `${checkedOn}  ${source}`;
    models.set(heading, [...(models.get(heading) ?? []), model]);
  }
  return [...models].flatMap(([heading, names]) => [
    ...wrap(`  ${printable(heading)}`, columns, "    "),
    ...wrap(names.join(", "), columns - 6, "").map((line) => `      ${line}`),
  ]);
}

function dayOf(at: Instant): string {
  return formatInstant(at).slice(0, 10);
}

function rateCells(rates: TokenRates): string[] {
  return [rates.uncachedInput, rates.cacheWrite5m, rates.cacheWrite1h, rates.cacheRead, rates.output].map(perMillion);
}

function perMillion(perToken: Money | null): string {
  return perToken === null ? "-" : formatUsd(money(perToken * 1_000_000n));
}

function notesOf(cards: readonly RateCard[]): string[] {
  const lines: string[] = [];
  if (cards.some((card) => card.usGeography)) lines.push("US-only inference costs 1.1 times, on models that offer it");
  if (cards.some((card) => card.regionalPremium))
    lines.push("regional endpoints of clouds cost 1.1 times, on newer models");
  return lines;
}

function reasonOf(book: PriceBook, model: string, at: Instant): string {
  const lookup = book.rateCardAt(model, at);
  return "reason" in lookup ? lookup.reason : "no-published-price";
}
