import { z } from "zod";
import {
  RESIDUAL_CLASSES,
  type Reconciliation,
  type ResidualCause,
  type ResidualClass,
} from "../reconcile/reconciliation.ts";
import type { LimitedResidual } from "../reconcile/residual-limit.ts";
import { codes, cost, count, priceBook, schemaVersion, time, usd, type Fields } from "./fields.ts";

/** A part of what the bill has over the ledger. */
export interface ResidualPartDocument {
  readonly class: ResidualClass;
  readonly cause: ResidualCause;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly item: string | null;
  readonly usd: string;
  readonly quantity: string | null;
  readonly reason: string | null;
  readonly from: string;
  readonly until: string;
  readonly slices: number;
  readonly next: string | null;
}

/** One row of bill and ledger side by side. */
export interface ReconciledRowDocument {
  readonly dimensions: Readonly<Record<string, string>>;
  readonly item: string;
  readonly billedUsd: string;
  readonly recordedUsd: string;
  readonly billedQuantity: string | null;
  readonly recordedQuantity: string;
}

/** The bill held against the ledger. */
export interface ReconcileDocument {
  readonly schemaVersion: 1;
  readonly ledgers: readonly string[];
  readonly since: string;
  readonly until: string;
  readonly by: Reconciliation["by"];
  readonly coveredHours: number;
  readonly priceBook: string;
  readonly bill: {
    readonly listUsd: string;
    readonly billedUsd: string | null;
    readonly listFrom: Reconciliation["bill"]["listFrom"];
    readonly discountUsd: string | null;
    readonly source: Reconciliation["bill"]["source"];
    readonly statedUsd: string | null;
    readonly refreshedAt: string | null;
    readonly hasUsage: boolean;
    readonly incomplete: boolean;
    readonly linesLeftOut: number;
  };
  readonly ledger: {
    readonly usd: string;
    readonly requests: number;
    readonly notionalUsd: string;
    readonly notComparedUsd: string;
  };
  readonly residualUsd: string;
  readonly coverage: number | null;
  readonly classes: readonly { readonly class: ResidualClass; readonly usd: string }[];
  readonly parts: readonly ResidualPartDocument[];
  readonly limits: readonly {
    readonly of: LimitedResidual;
    readonly allowedUsd: string;
    readonly foundUsd: string;
    readonly holds: boolean;
  }[];
  readonly comparedBy: readonly string[];
  readonly unknownHere: readonly string[];
  readonly rows: readonly ReconciledRowDocument[];
  readonly notes: readonly string[];
}

const residualClass: z.ZodType<ResidualClass> = codes<ResidualClass>({
  "not-captured": "Billed usage that is not in the ledger",
  unpriced: "Recorded usage that has no price here",
  mispriced: "The same usage at another price",
  late: "Usage that one side counts at another time, or not yet",
  "double-counted": "Usage that is in the ledger twice",
  rounding: "What rows of the bill are rounded by",
  unexplained: "What no evidence explains",
}).meta({ id: "residualClass" });

const residualCause: z.ZodType<ResidualCause> = codes<ResidualCause>({
  "key-never-seen": "The API key is on no recorded call",
  "workspace-never-seen": "The workspace is on no recorded call",
  "capture-off": "A service says that it was not recording",
  "hours-without-record": "Nothing at all was recorded then",
  "events-dropped": "A full queue dropped events",
  "streams-left-early": "Streams ended before their output was known",
  "not-in-responses": "Charged for what no response tells",
  "batch-ended-later": "Items of batches that are recorded later, when their batch had ended",
  "batch-billed-earlier": "Items of batches that were billed earlier",
  "batch-results-unread": "Results of batches that were not read",
  "report-not-final": "The report was made before this usage was in it",
  "no-price": "No rate card covers it",
  "another-price": "The bill has another price",
  "recorded-twice": "Responses recorded under two ids",
  "amounts-rounded": "Amounts of the bill are rounded",
  "usage-not-reported": "The bill tells amounts alone",
  credited: "Rows of the bill are negative: credits or corrections",
  unknown: "No evidence says why",
}).meta({ id: "residualCause" });

const texts = z.record(z.string(), z.string());
const quantity = z.string().regex(/^-?\d+$/);

const part: z.ZodType<ResidualPartDocument> = z
  .object({
    class: residualClass.describe("What kind of difference it is"),
    cause: residualCause.describe("What is known of why"),
    dimensions: texts.describe("What it is about; empty for everything"),
    item: z.string().nullable().describe("What is charged for; null where several are together"),
    usd: usd.describe("At list prices, US dollars; negative where the ledger holds more than was billed"),
    quantity: quantity
      .nullable()
      .describe("Tokens, or web searches, as a whole number; null where only amounts are told"),
    reason: z.string().nullable().describe("Why there is no price, where that is the class"),
    from: time.describe("Start of the first hour or day it is in"),
    until: time.describe("End of the last one"),
    slices: count.describe("Hours or days it is in"),
    next: z.string().nullable().describe("What to do about it"),
  } satisfies Fields<ResidualPartDocument>)
  .meta({ id: "residualPart", description: "A part of what the bill has over the ledger" });

const row: z.ZodType<ReconciledRowDocument> = z
  .object({
    dimensions: texts.describe("Dimensions that both sides tell"),
    item: z.string().describe("What is charged for"),
    billedUsd: usd.describe("By the bill, at list prices, US dollars"),
    recordedUsd: cost.describe("By the ledger, at list prices, US dollars"),
    billedQuantity: quantity
      .nullable()
      .describe("Tokens or web searches by the bill; null where it tells amounts alone"),
    recordedQuantity: quantity.describe("The same by the ledger"),
  } satisfies Fields<ReconciledRowDocument>)
  .meta({ id: "reconciledRow", description: "Bill and ledger of what is alike" });

/** The document of `farthing reconcile`. */
export const reconcileSchema: z.ZodType<ReconcileDocument> = z.object({
  schemaVersion,
  ledgers: z.array(z.string()).describe("Paths of the ledgers that were read as one"),
  since: time.describe("From when on, inclusive"),
  until: time.describe("Until when, exclusive"),
  by: z
    .enum(["hour", "day", "whole"])
    .describe("Whether both sides are compared by UTC hour, UTC day, or as one amount"),
  coveredHours: z.number().nonnegative().describe("How much of the period the bill tells"),
  priceBook,
  bill: z
    .object({
      listUsd: usd.describe("Before discounts, US dollars"),
      billedUsd: usd.nullable().describe("After discounts and before credits; null where the two are not told apart"),
      listFrom: z
        .enum(["bill", "discount-setting", "billed-amount"])
        .describe("Whose list amounts they are: the bill's, reckoned back from the discount set, or the billed ones"),
      discountUsd: usd.nullable().describe("What the discount came to; null where it is not known"),
      source: z.enum(["analytics", "admin", "stated"]).describe("Which API the bill is from, or that it was stated"),
      statedUsd: usd.nullable().describe("What was stated of this period with `bill set`; null where nothing was"),
      refreshedAt: time.nullable().describe("When the report was made; null where it does not say"),
      hasUsage: z.boolean().describe("Whether usage was reported beside amounts"),
      incomplete: z.boolean().describe("Whether rows may be missing"),
      linesLeftOut: count.describe("Rows of other reports that tell the same times in another way"),
    } satisfies Fields<ReconcileDocument["bill"]>)
    .describe("The bill's side"),
  ledger: z
    .object({
      usd: cost.describe("Priced usage at the times the bill tells, at list prices, US dollars"),
      requests: count.describe("Billed responses at these times"),
      notionalUsd: cost.describe("Usage at the prepaid priority tier, left out"),
      notComparedUsd: cost.describe("Usage at times that the bill does not tell, left out"),
    } satisfies Fields<ReconcileDocument["ledger"]>)
    .describe("The ledger's side"),
  residualUsd: usd.describe("List amount of the bill less the ledger's"),
  coverage: z
    .number()
    .nonnegative()
    .nullable()
    .describe("The ledger's amount as a share of the bill's; null where the bill is 0"),
  classes: z
    .array(
      z.object({
        class: residualClass.describe("The class"),
        usd: usd.describe("What of the residual is in it, US dollars"),
      }),
    )
    .max(RESIDUAL_CLASSES.length)
    .describe("The residual by class; they sum to it exactly"),
  parts: z.array(part).describe("The same by cause; they sum to it exactly"),
  limits: z
    .array(
      z.object({
        of: z.enum(["residual", "unexplained"]).describe("What is limited"),
        allowedUsd: cost.describe("The most that may differ, US dollars"),
        foundUsd: cost.describe("What differs: the sizes of the parts added up, so that nothing cancels"),
        holds: z.boolean().describe("Whether it is within the limit; where one is not, the command exits with 1"),
      } satisfies Fields<ReconcileDocument["limits"][number]>),
    )
    .describe("The limits that were given"),
  comparedBy: z.array(z.string()).describe("Dimensions that both sides tell"),
  unknownHere: z.array(z.string()).describe("Dimensions that the bill tells, and not every recorded call"),
  rows: z.array(row).describe("Both sides, largest bill first"),
  notes: z.array(z.string()).describe("What to know before believing it"),
} satisfies Fields<ReconcileDocument>);
