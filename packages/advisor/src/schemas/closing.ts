import type { AdjustmentKind } from "@farthing/ledger";
import { z } from "zod";
import { codes, cost, count, priceBook, time, timeZone, usd, type Fields } from "./fields.ts";

/** What a period was closed with. */
export interface ClosingJson {
  readonly from: string;
  readonly until: string;
  readonly timeZone: string | null;
  readonly closedAt: string;
  readonly usd: string;
  readonly requests: number | null;
  readonly unpricedRequests: number | null;
  readonly position: string;
  readonly priceBook: string;
  readonly chainHead: string;
}

/** A part of what a period came to since it was closed. */
export interface AdjustmentRow {
  readonly kind: AdjustmentKind;
  readonly source: string | null;
  readonly reason: string | null;
  readonly requests: number | null;
  readonly usd: string;
}

/** What a period was closed with. */
export const closingJson: z.ZodType<ClosingJson> = z.object({
  from: time.describe("Where it begins, inclusive"),
  until: time.describe("Where it ends, exclusive"),
  timeZone: z.string().min(1).nullable().describe("IANA name of the zone of its days; null where that was not said"),
  closedAt: time.describe("When it was closed"),
  usd: cost.describe("What it was closed with: cost of the priced responses at list prices, US dollars"),
  requests: count.nullable().describe("Billed responses, unpriced ones included; null where that was not said"),
  unpricedRequests: count.nullable().describe("Of those, responses without a price; null where that was not said"),
  position: z.string().describe("What had been recorded: the figure is as of this position"),
  priceBook,
  chainHead: z.string().describe("One hash over the closing and all lines before its position, for verify --head"),
} satisfies Fields<ClosingJson>);

/** A part of what a period came to since it was closed. */
export const adjustmentRow: z.ZodType<AdjustmentRow> = z.object({
  kind: codes<AdjustmentKind>({
    "recorded-late": "Responses that nobody had recorded",
    "late-batch-result": "Results of batches that nobody had recorded; they count when their batch ended",
    "taken-back": "Responses that a correction took back",
    "given-back": "Responses that had been taken back, until the correction was",
    "seen-again":
      "Responses that were seen again with other usage, at another time or of another service, which now counts",
    "re-rated": "Prices that became known since, or were set",
    "detail-pruned": "What cannot be told apart any more: the detail that was there at the closing was pruned since",
    unexplained: "The closing, or a line it rests on, is not what it was; farthing verify --head tells",
  }).describe("Why"),
  source: z.string().nullable().describe("Through which sources it came, joined by +; null where that is no matter"),
  reason: z.string().nullable().describe("The reason of a correction; null otherwise"),
  requests: z.int().nullable().describe("Responses added, or below 0 taken away; null where the same cost otherwise"),
  usd: usd.describe("What it adds to the closed figure, US dollars; can be negative"),
} satisfies Fields<AdjustmentRow>);

/** A closed period as a report tells it. */
export interface ClosedFigureRow extends Pick<ClosingJson, "from" | "until" | "closedAt" | "usd"> {
  readonly timeZone: string;
  readonly sinceUsd: string | null;
}

export const closedFigureRow: z.ZodType<ClosedFigureRow> = z.object({
  from: time.describe("Start of the period, inclusive"),
  until: time.describe("Its end, exclusive"),
  timeZone,
  closedAt: time.describe("When it was closed"),
  usd: cost.describe("What it was closed with at list prices, US dollars; never changes"),
  sinceUsd: usd.nullable().describe("What it comes to now less that; null where the report is not of this very period"),
} satisfies Fields<ClosedFigureRow>);
