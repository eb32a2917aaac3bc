import { z } from "zod";
import { codes, count, priceBook, schemaVersion, type Fields } from "./fields.ts";

type RollupOutcome = "rolled-up" | "unchanged" | "behind";

/** What a roll-up of spend did. */
export interface RollupDocument {
  readonly schemaVersion: 1;
  readonly ledger: string;
  readonly outcome: RollupOutcome;
  readonly changes: number;
  readonly priceBook: string;
  readonly asOf: string;
}

/** The document of `farthing rollup`. */
export const rollupSchema: z.ZodType<RollupDocument> = z.object({
  schemaVersion,
  ledger: z.string().describe("Where the database is, without user, password and parameters"),
  outcome: codes<RollupOutcome>({
    "rolled-up": "farthing.spend says what is recorded, at these prices",
    unchanged: "It did already",
    behind: "Somebody else rolled up more, meanwhile; nothing was changed",
  }).describe("Whether farthing.spend had to be brought up to date"),
  changes: count.describe("Days, models and workloads together of which farthing.spend said something else"),
  priceBook,
  asOf: z.string().describe("The newest row of farthing.event that was counted: its era, transaction and ordinal"),
} satisfies Fields<RollupDocument>);
