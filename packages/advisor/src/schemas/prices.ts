import type { FastModeJson, PromptTierJson, RateCardJson, TokenRatesJson, UnpricedReason } from "@farthing/ledger";
import { z } from "zod";
import { codes, cost, count, day, priceBook, schemaVersion, time, type Fields } from "./fields.ts";
import { unpricedReason } from "./codes.ts";

/** A rate card, and why it has no rates. */
export interface ListedPrice extends RateCardJson {
  readonly reason?: UnpricedReason;
}

/** Rate cards in force. */
export interface PricesDocument {
  readonly schemaVersion: 1;
  readonly at: string;
  readonly priceBook: string;
  readonly unit: "USD per million tokens";
  readonly prices: readonly ListedPrice[];
  readonly model?: string;
  readonly reason?: UnpricedReason;
}

const rates: z.ZodType<TokenRatesJson> = z
  .object({
    uncachedInput: cost.describe("Prompt tokens neither read from nor written to the cache"),
    cacheWrite5m: cost.nullable().describe("Cache writes that live five minutes; null where there is no such price"),
    cacheWrite1h: cost.nullable().describe("Cache writes that live one hour; null where there is no such price"),
    cacheRead: cost.nullable().describe("Cache reads; null where there is no such price"),
    output: cost.describe("Generated tokens"),
  } satisfies Fields<TokenRatesJson>)
  .meta({ id: "rates", description: "US dollars per million tokens" });

const promptTier: z.ZodType<PromptTierJson> = z.object({
  promptTokensAbove: count.describe("A prompt longer than this many tokens, cached ones included, is in the tier"),
  rates: rates.describe("US dollars per million tokens of the whole request"),
} satisfies Fields<PromptTierJson>);

const promptTiers = z
  .array(promptTier)
  .describe("Rates for long prompts, ascending; empty where length does not matter");

const fast: z.ZodType<FastModeJson> = z.object({
  rates: rates.describe("US dollars per million tokens in fast mode"),
  promptTiers,
  from: time.describe("From when on fast mode was offered, inclusive"),
  until: time.nullable().describe("Until when it was offered, exclusive; null while it is"),
  afterwards: codes({
    unpriced: "A response marked fast after that has no price",
    standard: "A response marked fast after that costs standard rates",
  }).describe("What fast mode costs once it is no longer offered"),
} satisfies Fields<FastModeJson>);

const listedPrice: z.ZodType<ListedPrice> = z.object({
  model: z.string().describe("Canonical model id"),
  effectiveFrom: time.describe("From when on the rates are in force, inclusive"),
  knownFrom: time.describe("When Farthing, or the user, learnt of them"),
  rates: rates.nullable().describe("US dollars per million tokens; null where no price can be trusted"),
  promptTiers,
  fast: fast.nullable().describe("Rates of fast mode; null where it was never offered"),
  usGeography: z.boolean().describe("Whether US-only inference is offered and costs 1.1 times"),
  regionalPremium: z.boolean().describe("Whether a regional endpoint of a cloud costs 1.1 times"),
  source: z.string().describe("Where the figures come from"),
  checkedOn: day.describe("The day the source was last compared"),
  reason: z.exactOptional(unpricedReason).describe("Why there are no rates; absent where there are"),
} satisfies Fields<ListedPrice>);

/** The document of `farthing prices`. */
export const pricesSchema: z.ZodType<PricesDocument> = z.object({
  schemaVersion,
  at: time.describe("The time the prices are in force at"),
  priceBook,
  unit: z.literal("USD per million tokens").describe("The unit of every rate"),
  prices: z.array(listedPrice).describe("One rate card for each model asked for that has one at that time"),
  model: z.exactOptional(z.string()).describe("The model asked for; present only where it has no rate card"),
  reason: z.exactOptional(unpricedReason).describe("Why that model has no rate card"),
} satisfies Fields<PricesDocument>);
