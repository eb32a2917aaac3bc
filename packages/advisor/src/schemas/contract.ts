import { z } from "zod";
import { cost, usd, type Fields } from "./fields.ts";
import { usdRange, type UsdRange } from "./usd-range.ts";

/** What list prices come to under the contract. */
export interface ContractRow {
  readonly discountPercent: string | null;
  readonly usd: string;
  readonly commitment: { readonly perMonthUsd: string; readonly usd: string | null } | null;
  readonly currency: { readonly code: string; readonly perUsd: string; readonly amount: string } | null;
}

/** The same of a report, with the joint saving. */
export interface ReportContractRow extends ContractRow {
  readonly saving: UsdRange;
  readonly realisable: UsdRange | null;
  readonly notRealisable: UsdRange | null;
}

const decimal = z.string().regex(/^\d+(?:\.\d+)?$/);

const terms = {
  discountPercent: decimal.nullable().describe("Negotiated discount on list prices in percent; null for none"),
  usd: cost.describe("The total less the discount, US dollars"),
  commitment: z
    .object({
      perMonthUsd: cost.describe("Owed per month whatever is used, US dollars"),
      usd: cost
        .nullable()
        .describe("Of that, what is owed for the time asked about; null where only some requests were asked about"),
    } satisfies Fields<NonNullable<ContractRow["commitment"]>>)
    .nullable()
    .describe("Null where nothing was committed"),
  currency: z
    .object({
      code: z
        .string()
        .regex(/^[A-Z]{3}$/)
        .describe("ISO 4217"),
      perUsd: decimal.describe("The rate that is set, in units per US dollar"),
      amount: usd.describe("usd at that rate, in units of the currency"),
    } satisfies Fields<NonNullable<ContractRow["currency"]>>)
    .nullable()
    .describe("What the contract is paid in; null for US dollars"),
} satisfies Fields<ContractRow>;

export const contractRow: z.ZodType<ContractRow> = z.object(terms);

export const reportContractRow: z.ZodType<ReportContractRow> = z.object({
  ...terms,
  saving: usdRange.describe("The joint saving of all recommendations less the discount"),
  realisable: usdRange
    .nullable()
    .describe(
      "Of that, what lowers the invoice: the rest is owed all the same. Null without a commitment, where the time is not of one month, and where the cost of some use is not known",
    ),
  notRealisable: usdRange.nullable().describe("Of that, what lies below the commitment; null where the other is"),
} satisfies Fields<ReportContractRow>);
