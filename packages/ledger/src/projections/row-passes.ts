import { costOf } from "../pricing/cost.ts";
import type { PriceBook } from "../pricing/price-book.ts";
import { priceIn } from "../pricing/price-schedule.ts";
import { pricedUsageOfRow } from "../rows/request-of-row.ts";
import type { RequestRows } from "../rows/request-rows.ts";
import { NO_TOKENS, promptTokens, totalTokens, type TokenBuckets } from "../usage/usage.ts";
import { amountOf } from "./cell-totals.ts";
import { scheduleOf } from "./pass-schedule.ts";
import { baseOf, type PriceClass, type PriceClasses } from "./price-classes.ts";

/** Tokens of one price. */
export interface Pass {
  /** The number of its class. */
  readonly priceClass: number;
  readonly tokens: TokenBuckets;
  /** Whether the request itself is counted with it. */
  readonly isFirst: boolean;
}

/** The passes over a model that a row was billed for; one for all where they have no price. */
export function passesOf(
  rows: RequestRows,
  row: number,
  { book, longPromptTokens }: { readonly book: PriceBook; readonly longPromptTokens: number | null },
  classes: PriceClasses,
): readonly Pass[] {
  const terms = rows.terms.at(rows.termsOf[row] ?? 0);
  const usage = pricedUsageOfRow(rows, row);
  const total = totalTokens(usage);
  const base = { ...baseOf(terms), longPrompt: longPromptTokens !== null && promptTokens(total) > longPromptTokens };
  const whole = (rates: PriceClass["rates"]): readonly Pass[] => [
    {
      priceClass: classes.numberOf({ ...base, rates, billedAs: classes.billedAs(terms, null) }),
      tokens: total,
      isFirst: true,
    },
  ];
  if (base.counted !== "billed") return whole(null);
  const at = rows.occurredAt[row] ?? 0;
  const { reason } = costOf(usage, terms.servedModel ?? "", at, book);
  if (reason !== null) return whole(reason);
  return usage.parts.map(({ model, tokens }, index) => ({
    priceClass: classes.numberOf({
      ...base,
      ...priceIn(scheduleOf(terms, model, book)(at), promptTokens(tokens)),
      billedAs: classes.billedAs(terms, model),
      drivers: classes.driversOf({ terms, model, at, promptTokens: promptTokens(tokens), isFurther: index > 0 }),
    }),
    tokens,
    isFirst: index === 0,
  }));
}

/** What a row of one pass costs in picodollars, exactly at any size. */
export function exactUsdOf(rows: RequestRows, row: number, priceClass: PriceClass | undefined): bigint {
  const { parts, webSearchRequests } = pricedUsageOfRow(rows, row);
  const counts = { ...(parts[0]?.tokens ?? NO_TOKENS), webSearch: webSearchRequests };
  return BigInt(amountOf(priceClass?.rates ?? null, (item) => BigInt(counts[item])) ?? 0);
}
