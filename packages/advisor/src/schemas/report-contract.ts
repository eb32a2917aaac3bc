import { z } from "zod";
import { cost, type Fields } from "./fields.ts";
import { usdRange, type UsdRange } from "./usd-range.ts";

/** What the report's list prices come to less the negotiated discount. */
export interface ReportContractRow {
  readonly discountPercent: string;
  readonly usd: string;
  readonly saving: UsdRange;
}

export const reportContractRow: z.ZodType<ReportContractRow> = z.object({
  discountPercent: z
    .string()
    .regex(/^\d+(?:\.\d+)?$/)
    .describe("Negotiated discount on list prices in percent"),
  usd: cost.describe("The total less the discount, US dollars"),
  saving: usdRange.describe("The joint saving of all recommendations less the discount"),
} satisfies Fields<ReportContractRow>);
