import type { LineItemName, UnpricedReason, UsageNote } from "@farthing/ledger";
import { z } from "zod";
import { lineItem, unpricedReason, usageNote } from "./codes.ts";
import { cost, count, schemaVersion, time, type Fields } from "./fields.ts";

/** A quantity at a price. */
export interface PriceLine {
  readonly item: LineItemName;
  readonly model: string;
  readonly iteration: number | null;
  readonly quantity: number;
  readonly usdPerUnit: string | null;
  readonly usd: string | null;
}

/** What one usage object costs. */
export interface PriceDocument {
  readonly schemaVersion: 1;
  readonly model: string;
  readonly at: string;
  readonly usd: string | null;
  readonly lines: readonly PriceLine[];
  readonly reason?: UnpricedReason;
  readonly notional?: true;
  readonly regionUnknown?: true;
  readonly notes?: readonly UsageNote[];
}

/** A line of stdin that cannot be priced. */
export interface PriceErrorDocument {
  readonly schemaVersion: 1;
  readonly line: number;
  readonly error: { readonly code: string; readonly message: string };
}

const priceLine: z.ZodType<PriceLine> = z.object({
  item: lineItem.describe("What is billed"),
  model: z.string().describe("The model billed, as the response or the iteration names it"),
  iteration: count.nullable().describe("Index of the iteration of the usage object; null for its top level"),
  quantity: count.describe("Tokens, or searches"),
  usdPerUnit: cost.nullable().describe("US dollars per token or search; null where unpriced"),
  usd: cost.nullable().describe("US dollars; null where unpriced"),
} satisfies Fields<PriceLine>);

const priced: z.ZodType<PriceDocument> = z
  .object({
    schemaVersion,
    model: z.string().describe("The model id as given"),
    at: time.describe("When it was used: prices are those of this time"),
    usd: cost.nullable().describe("Sum of all lines in US dollars; null as soon as one of them is unpriced"),
    lines: z.array(priceLine).describe("Everything billed, each quantity above zero"),
    reason: z.exactOptional(unpricedReason).describe("Why there is no sum; absent where there is one"),
    notional: z
      .exactOptional(z.literal(true))
      .describe("Present where the priority tier has prepaid it: a list price, not a charge"),
    regionUnknown: z
      .exactOptional(z.literal(true))
      .describe("Present where the model id is a cloud's that does not say the region: priced at list price"),
    notes: z
      .exactOptional(z.array(usageNote))
      .describe("What had to be assumed while reading the usage; absent where nothing"),
  } satisfies Fields<PriceDocument>)
  .describe("A usage object and what it costs");

const failed: z.ZodType<PriceErrorDocument> = z
  .object({
    schemaVersion,
    line: count.describe("Number of the line of stdin, from 1"),
    error: z
      .object({
        code: z.string().describe("Stable code of the error"),
        message: z.string().describe("What is wrong, for people"),
      } satisfies Fields<PriceErrorDocument["error"]>)
      .describe("Why the line cannot be priced"),
  } satisfies Fields<PriceErrorDocument>)
  .describe("A line of stdin that cannot be priced");

/** Each line that `farthing price` prints. */
export const priceSchema: z.ZodType<PriceDocument | PriceErrorDocument> = z.union([priced, failed]);
