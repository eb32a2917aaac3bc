import { z } from "zod";
import { usd, type Fields } from "./fields.ts";

/** An estimated amount: low and high enclose it at 80 %. */
export interface UsdRange {
  readonly low: string;
  readonly expected: string;
  readonly high: string;
}

export const usdRange: z.ZodType<UsdRange> = z
  .object({
    low: usd.describe("Lower end of the range, US dollars"),
    expected: usd.describe("The replay's own figure, US dollars"),
    high: usd.describe("Upper end of the range, US dollars"),
  } satisfies Fields<UsdRange>)
  .meta({ id: "usdRange", description: "An estimated amount; low and high enclose it at 80 %" });
