import type { Damage, SpendTokens, UnpricedRow } from "@farthing/ledger";
import { z } from "zod";
import { adjustmentRow, closingJson, type AdjustmentRow, type ClosingJson } from "./closing.ts";
import { unpricedReason } from "./codes.ts";
import { contractRow, type ContractRow } from "./contract.ts";
import { command, asOf, cost, count, priceBook, schemaVersion, time, timeZone, usd, type Fields } from "./fields.ts";
import { tokens } from "./tokens.ts";

/** The totals of some responses. */
export interface SpendTotals {
  readonly usd: string;
  readonly requests: number;
  readonly unpricedRequests: number;
  readonly tokens: SpendTokens;
}

/** All responses, and the attempts that failed. */
export interface SpendTotal extends SpendTotals {
  readonly pricedRequests: number;
  readonly failed: number;
  readonly failedAtUnknownCost: number;
  readonly lowerBoundRequests: number;
}

/** One group's totals. */
export interface SpendGroup extends SpendTotals {
  readonly by: Readonly<Record<string, string | null>>;
}

/** The time asked for, and the time there is usage of. */
export interface SpendPeriod {
  readonly since: string | null;
  readonly until: string | null;
  readonly timeZone: string;
  readonly asOf: string | null;
  readonly first: string | null;
  readonly last: string | null;
}

/** What prices that became known later changed of a model's cost. */
export interface ReratedCost {
  readonly model: string;
  readonly requests: number;
  readonly usd: string;
  readonly usdThen: string;
  readonly difference: string;
}

/** What recorded responses cost. */
export interface SpendDocument {
  readonly schemaVersion: 1;
  readonly command: string;
  readonly period: SpendPeriod;
  readonly priceBook: string;
  readonly total: SpendTotal;
  readonly rows: readonly SpendGroup[];
  readonly unpriced: readonly UnpricedRow[];
  readonly notBilled: { readonly requests: number; readonly tokens: SpendTokens };
  readonly notional: { readonly requests: number; readonly usd: string };
  readonly rerated: readonly ReratedCost[];
  readonly contract?: ContractRow;
  readonly closed: ClosingJson | null;
  readonly adjustments: readonly AdjustmentRow[];
  readonly damage: readonly Damage[];
}

const totals = {
  usd: cost.describe("Cost of the priced responses at list prices, US dollars"),
  requests: count.describe("Billed responses after merging, unpriced ones included"),
  unpricedRequests: count.describe("Of those, responses without a price: not in usd"),
  tokens: tokens.describe("Tokens of the billed responses, unpriced ones included"),
} satisfies Fields<SpendTotals>;

const period: z.ZodType<SpendPeriod> = z.object({
  since: time.nullable().describe("From when on, inclusive, as asked for; null for no limit"),
  until: time.nullable().describe("Until when, exclusive, as asked for; null for no limit"),
  timeZone,
  asOf,
  first: time.nullable().describe("When the first of the responses was complete; null where there is none"),
  last: time.nullable().describe("When the last of the responses was complete; null where there is none"),
} satisfies Fields<SpendPeriod>);

const total: z.ZodType<SpendTotal> = z.object({
  ...totals,
  pricedRequests: count.describe("Responses that have a price: usd is what these cost"),
  failed: count.describe(
    "Attempts that ended in an error or without an answer, and requests of batches without one; not in requests",
  ),
  failedAtUnknownCost: count.describe("Of those, attempts that may have been billed without an answer"),
  lowerBoundRequests: count.describe("Billed responses whose output is a lower bound: with any, usd means at least"),
} satisfies Fields<SpendTotal>);

const group: z.ZodType<SpendGroup> = z.object({
  by: z
    .record(z.string(), z.string().nullable())
    .describe("The group's value in each dimension asked for; null where its responses have none"),
  ...totals,
} satisfies Fields<SpendGroup>);

/** Unpriced usage of one model, for one reason. */
export const unpricedRow: z.ZodType<UnpricedRow> = z
  .object({
    model: z.string().describe("The model, as the responses name it"),
    reason: unpricedReason.describe("Why there is no price"),
    requests: count.describe("Billed responses"),
    tokens: tokens.describe("Their tokens"),
  } satisfies Fields<UnpricedRow>)
  .meta({ id: "unpricedRow", description: "Unpriced usage of one model, for one reason" });

export const reratedCost: z.ZodType<ReratedCost> = z
  .object({
    model: z.string().describe("The model, as the responses name it"),
    requests: count.describe("Its responses of which a price that counts now was not known when they were made"),
    usd: cost.describe("What they cost at the prices used here, US dollars; part of the total"),
    usdThen: cost.describe("What they cost at the prices known when they were made, US dollars"),
    difference: usd.describe("usd less usdThen, US dollars"),
  } satisfies Fields<ReratedCost>)
  .meta({ id: "reratedCost", description: "What prices that became known later changed of a model's cost" });

/** A damaged place of a ledger. */
export const damage: z.ZodType<Damage> = z.object({
  file: z.string().describe("The file of the ledger"),
  line: count.describe("Number of the line, from 1"),
  byte: count.describe("Offset of the line's first byte"),
  why: z.string().describe("What is wrong, for people"),
} satisfies Fields<Damage>);

/** The document of `farthing spend`. */
export const spendSchema: z.ZodType<SpendDocument> = z.object({
  schemaVersion,
  command,
  period: period.describe("The time asked for, and the time there is usage of"),
  priceBook,
  total: total.describe("All responses that match the filters"),
  rows: z.array(group).describe("Totals by group, by usd descending, then by the groups' values; empty without --by"),
  unpriced: z.array(unpricedRow).describe("Responses without a price, by model and reason; in requests, not in usd"),
  notBilled: z
    .object({
      requests: count.describe("Responses somebody else pays for, or nobody"),
      tokens: tokens.describe("Their tokens"),
    } satisfies Fields<SpendDocument["notBilled"]>)
    .describe("Recorded responses outside every total"),
  notional: z
    .object({
      requests: count.describe("Responses on the prepaid priority tier"),
      usd: cost.describe("Their list price in US dollars, part of the total"),
    } satisfies Fields<SpendDocument["notional"]>)
    .describe("The part of the total that is a list price and not a charge"),
  rerated: z
    .array(reratedCost)
    .describe("What prices that became known later changed, by model; usage that had no price then is left out"),
  contract: contractRow
    .exactOptional()
    .describe("The total under the contract; absent where none is set, or not all is paid per token"),
  closed: closingJson
    .nullable()
    .describe("What the period of --period was closed with, for ever; null where it is open, or none was named"),
  adjustments: z.array(adjustmentRow).describe("What came since, by reason; they sum to total.usd less closed.usd"),
  damage: z.array(damage).describe("Places where the ledger is not what was written"),
} satisfies Fields<SpendDocument>);
