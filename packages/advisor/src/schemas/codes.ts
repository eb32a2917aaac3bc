import type { BillingBasis, LineItemName, Provenance, UnpricedReason, UsageNote } from "@farthing/ledger";
import type { z } from "zod";
import { codes } from "./fields.ts";

/** Why something has no price. */
export const unpricedReason: z.ZodType<UnpricedReason> = codes<UnpricedReason>({
  "unknown-model": "The model id is not one of the price book's, exactly",
  "no-published-price": "The model is known, but no price that can be trusted was published",
  "before-first-price": "The usage is older than the model's first price",
  "no-price-for-bucket": "The model has a price, but none for this kind of token",
  "unknown-service-tier": "The service tier is not one this release knows",
  "unknown-speed": "The speed is not one this release knows",
  "unknown-geography": "The inference geography is not one this release knows",
  "no-fast-price": "Fast mode has no published price for this model, date or tier",
  "no-us-price": "US-only inference is not offered for this model",
  "unknown-iteration": "The usage has an iteration of a kind this release does not know",
}).meta({ id: "unpricedReason" });

/** What a line of a cost is for. */
export const lineItem: z.ZodType<LineItemName> = codes<LineItemName>({
  uncachedInput: "Prompt tokens neither read from nor written to the cache",
  cacheWrite5m: "Prompt tokens written to the cache to live five minutes",
  cacheWrite1h: "Prompt tokens written to the cache to live one hour",
  cacheRead: "Prompt tokens read from the cache",
  output: "Generated tokens, thinking included",
  webSearch: "Web searches on the server",
}).meta({ id: "lineItem" });

/** What had to be decided while reading a usage object. */
export const usageNote: z.ZodType<UsageNote> = codes<UsageNote>({
  "cache-write-lifetime-assumed-5m": "Cache writes came without their lifetime and count as five-minute writes",
  "cache-write-remainder-assumed-5m": "Cache writes beyond their split by lifetime count as five-minute writes",
  "cache-write-split-exceeds-total": "The split of cache writes exceeds their total; the split counts",
  "iterations-differ-from-total": "The iterations and the top level of the usage disagree",
  "unknown-iteration-type": "An iteration is of a kind this release does not know, and is not billed here",
  "details-not-reported": "Speed, geography and server tools are not reported; they count as standard, global and none",
}).meta({ id: "usageNote" });

/** How a time came to be known. */
export const provenance: z.ZodType<Provenance> = codes<Provenance>({
  reported: "Stated by the source",
  derived: "Computed from what the source states",
  estimated: "An estimate",
  missing: "Not known",
}).meta({ id: "provenance" });

/** How usage is paid for. */
export const billingBasis: z.ZodType<BillingBasis> = codes<BillingBasis>({
  "per-token": "Paid per token: list prices less the discount are what it costs",
  subscription: "Covered by a subscription: list prices are only a measure",
  mixed: "Some of it per token, some by subscription",
  unknown: "The user has not said",
}).meta({ id: "billingBasis" });
