import { money, type Money } from "../money/money.ts";
import { WEB_SEARCH, type LineItemName } from "../pricing/cost.ts";
import type { TokenRates } from "../pricing/rate-card.ts";
import { TOKEN_BUCKETS } from "../usage/usage.ts";
import { SUM_COUNT, SUM_NAMES, SUMS, type Sum } from "./cell-table.ts";
import type { PriceClass } from "./price-classes.ts";
import type { RequestTotals, SpendTokens } from "./request-totals.ts";
import type { TallyCell } from "./tally-cell.ts";

/** A line item of many requests. */
export interface ItemAmount {
  readonly item: LineItemName;
  readonly usd: Money;
}

/** What the requests of a cell cost by line item, none of which is 0; null where they have no price. */
export function itemsOf(cell: TallyCell): readonly ItemAmount[] | null {
  const rates = ratesOf(cell.priceClass.rates);
  if (rates === null) return null;
  return ITEMS.map((item) => ({ item, usd: money(rates.exact[item] * BigInt(cell.sum(item))) })).filter(
    ({ usd }) => usd !== 0n,
  );
}

/** What the requests of a cell cost; null where they have no price. */
export function usdOf(cell: TallyCell): Money | null {
  return amountAt(cell, cell.priceClass.rates);
}

/** What they cost at the prices known when they were made; null where these are the same or none. */
export function usdThenOf(cell: TallyCell): Money | null {
  return amountAt(cell, cell.priceClass.ratesThen);
}

function amountAt(cell: TallyCell, rates: PriceClass["rates"]): Money | null {
  const amount = amountOf(rates, (item) => cell.sum(item));
  return amount === null ? null : money(BigInt(amount));
}

/** What counts of line items cost in picodollars, a bigint where a number would not be exact; null without a price. */
export function amountOf(
  tokenRates: PriceClass["rates"],
  countOf: (item: LineItemName) => number | bigint,
): number | bigint | null {
  const rates = ratesOf(tokenRates);
  if (rates === null) return null;
  // Numbers while they are exact: bigints cost more than all else about a sum.
  let total = 0;
  for (const item of ITEMS) {
    const count = countOf(item);
    total += typeof count === "bigint" ? NaN : rates.rounded[item] * count;
  }
  if (total <= Number.MAX_SAFE_INTEGER) return total;
  return ITEMS.reduce((sum, item) => sum + rates.exact[item] * BigInt(countOf(item)), 0n);
}

const ITEMS: readonly LineItemName[] = [...TOKEN_BUCKETS, "webSearch"];

/** Prices by line item: as they are, and as numbers. No price is 0, and of no use: nothing was counted at it. */
interface ItemRates {
  readonly exact: Readonly<Record<LineItemName, bigint>>;
  readonly rounded: Readonly<Record<LineItemName, number>>;
}

const known = new WeakMap<TokenRates, ItemRates>();

function ratesOf(rates: PriceClass["rates"]): ItemRates | null {
  if (rates === null || typeof rates === "string") return null;
  const held = known.get(rates);
  if (held !== undefined) return held;
  const exact = {
    uncachedInput: rates.uncachedInput,
    cacheWrite5m: rates.cacheWrite5m ?? 0n,
    cacheWrite1h: rates.cacheWrite1h ?? 0n,
    cacheRead: rates.cacheRead ?? 0n,
    output: rates.output,
    webSearch: WEB_SEARCH,
  };
  const rounded = {
    uncachedInput: Number(exact.uncachedInput),
    cacheWrite5m: Number(exact.cacheWrite5m),
    cacheWrite1h: Number(exact.cacheWrite1h),
    cacheRead: Number(exact.cacheRead),
    output: Number(exact.output),
    webSearch: Number(exact.webSearch),
  };
  known.set(rates, { exact, rounded });
  return { exact, rounded };
}

/** Totals that more cells are added to; exact at any size. */
export class TotalsSum {
  #usd = 0n;
  #unpriced = 0;
  readonly #sums = Array.from({ length: SUM_COUNT }, () => 0);
  /** What would not fit a number. */
  #aside: bigint[] | null = null;

  /** @param usd What the cell cost; null where it has no price. */
  add(cell: TallyCell, usd: Money | null): void {
    if (usd === null) this.#unpriced += Number(cell.sum("requests"));
    else this.#usd += usd;
    for (const name of SUM_NAMES) this.#addTo(SUMS[name], cell.sum(name));
  }

  get requests(): number {
    return this.#numberOf("requests");
  }

  get usd(): Money {
    return money(this.#usd);
  }

  get tokens(): SpendTokens {
    return {
      uncachedInput: this.#numberOf("uncachedInput"),
      cacheWrite5m: this.#numberOf("cacheWrite5m"),
      cacheWrite1h: this.#numberOf("cacheWrite1h"),
      cacheRead: this.#numberOf("cacheRead"),
      output: this.#numberOf("output"),
      thinking: this.#numberOf("thinking"),
    };
  }

  get totals(): RequestTotals {
    return { usd: this.usd, requests: this.requests, unpricedRequests: this.#unpriced, tokens: this.tokens };
  }

  #addTo(place: number, amount: number | bigint): void {
    const sum = typeof amount === "bigint" ? NaN : (this.#sums[place] ?? 0) + amount;
    if (sum <= Number.MAX_SAFE_INTEGER) this.#sums[place] = sum;
    else {
      const aside = (this.#aside ??= Array.from({ length: SUM_COUNT }, () => 0n));
      aside[place] = (aside[place] ?? 0n) + BigInt(amount);
    }
  }

  /** As near as a number can be, past 2^53. */
  #numberOf(name: Sum): number {
    const place = SUMS[name];
    const sum = this.#sums[place] ?? 0;
    return this.#aside === null ? sum : Number(BigInt(sum) + (this.#aside[place] ?? 0n));
  }
}
