import type { Instant } from "../instant.ts";
import type { ModelMatch } from "../models/match-model.ts";
import { platformOf } from "../models/platform-of.ts";
import { readBillingTerms } from "../pricing/billing-terms.ts";
import type { PriceBook } from "../pricing/price-book.ts";
import { priceIn, type PriceWindow } from "../pricing/price-schedule.ts";
import type { TokenRates } from "../pricing/rate-card.ts";
import type { RowTerms } from "../rows/request-rows.ts";
import { TOKEN_BUCKETS } from "../usage/usage.ts";
import { standardScheduleOf } from "./pass-schedule.ts";

/** What tells apart why requests cost what they do, besides their model, their rates and their tokens. */
export interface PriceDrivers {
  /** What set the price apart from the standard one: some of `batch`, `priority`, `fast`, `us`, joined by `+`. */
  readonly tier: string;
  /** Where the request was sent, as far as the ids of its models tell. */
  readonly platform: ModelMatch["platform"];
  /** Whether the stream ended early: its tokens were billed all the same. */
  readonly interrupted: boolean;
  /** Whether this is a further pass over a model within one response, which counts no request of its own. */
  readonly furtherPass: boolean;
  /** The rates of the same model, instant and prompt at the standard tier; null where there are none. */
  readonly standardRates: TokenRates | null;
  /** The same for the shortest prompts. */
  readonly shortRates: TokenRates | null;
  /** Equal keys, equal drivers. */
  readonly key: string;
}

/** A pass over a model, as far as it decides what drives its cost. */
export interface DrivenPass {
  readonly terms: RowTerms;
  /** As the pass names it; null for the response's own. */
  readonly model: string | null;
  readonly at: Instant;
  readonly promptTokens: number;
  readonly isFurther: boolean;
}

/** The tier of what is billed at the standard price. */
const STANDARD_TIER = "standard";

export function driversOf({ terms, model, at, promptTokens, isFurther }: DrivenPass, book: PriceBook): PriceDrivers {
  const window = standardScheduleOf(terms, model, book)(at);
  return keyed({
    tier: tierOf(terms),
    platform: platformOf(terms),
    interrupted: terms.kind === "interrupted",
    furtherPass: isFurther,
    standardRates: ratesIn(window, promptTokens),
    shortRates: ratesIn(window, 0),
  });
}

/** Drivers with their key. */
export function keyed(drivers: Omit<PriceDrivers, "key">): PriceDrivers {
  const { tier, platform, interrupted, furtherPass, standardRates, shortRates } = drivers;
  const key = JSON.stringify([
    tier,
    platform,
    interrupted,
    furtherPass,
    ratesText(standardRates),
    ratesText(shortRates),
  ]);
  return { ...drivers, key };
}

/** The prompt lengths above which a pass at the standard tier costs something else. */
export function standardLimits(terms: RowTerms, model: string | null, at: Instant, book: PriceBook): readonly number[] {
  return standardScheduleOf(terms, model, book)(at).limits;
}

/** Rates as a text: equal texts, equal rates. */
export function ratesText(rates: TokenRates | null): string {
  return rates === null ? "" : TOKEN_BUCKETS.map((name) => String(rates[name])).join(" ");
}

function ratesIn(window: PriceWindow, promptTokens: number): TokenRates | null {
  const rates = priceIn(window, promptTokens)?.rates ?? null;
  return typeof rates === "string" ? null : rates;
}

function tierOf(terms: RowTerms): string {
  const billing = readBillingTerms(terms);
  if (typeof billing === "string") return STANDARD_TIER;
  const { tier, fast, usOnly } = billing;
  const parts = [...(tier === "standard" ? [] : [tier]), ...(fast ? ["fast"] : []), ...(usOnly ? ["us"] : [])];
  return parts.length === 0 ? STANDARD_TIER : parts.join("+");
}
