import { z } from "zod";
import type { Decision } from "../follow-up/decision.ts";
import { command, codes, priceBook, schemaVersion, time, timeZone, type Fields } from "./fields.ts";
import {
  calibrationRow,
  listedDismissed,
  listedFollowed,
  type CalibrationRow,
  type DismissedAdviceRow,
  type FollowedAdvice,
  type Listed,
} from "./follow-up.ts";
import { numberedRecommendation, type NumberedRecommendation } from "./report-savings.ts";

/** What is advised, what was decided, and what came of it. */
export interface AdviceDocument {
  readonly schemaVersion: 1;
  readonly command: string;
  readonly now: string;
  readonly timeZone: string;
  readonly asOf: string | null;
  readonly recommendations: readonly NumberedRecommendation[];
  readonly accepted: readonly Listed<FollowedAdvice>[];
  readonly dismissed: readonly Listed<DismissedAdviceRow>[];
  readonly calibration: CalibrationRow | null;
  readonly priceBook: string;
}

/** A decision that was asked for. */
export interface DecisionRow {
  readonly id: string;
  readonly kind: Decision["kind"];
  readonly recorded: boolean;
  readonly at: string;
  readonly reason: string | null;
  readonly workload: string;
  readonly title: string;
  readonly change: string;
  readonly followed: boolean;
}

export interface DecisionsDocument {
  readonly schemaVersion: 1;
  readonly ledger: string;
  readonly decisions: readonly DecisionRow[];
}

/** The document of `farthing advice list`, and of `farthing advice show`, which leaves out all other advice. */
export const adviceSchema: z.ZodType<AdviceDocument> = z.object({
  schemaVersion,
  command,
  now: time.describe("When it was asked for"),
  timeZone,
  asOf: time.nullable().describe("Of when the recommendations are, where more has come since; else null"),
  recommendations: z.array(numberedRecommendation).describe("What is advised, as in the report over the whole ledger"),
  accepted: z.array(listedFollowed).describe("Accepted advice, in the order in which it was accepted"),
  dismissed: z.array(listedDismissed).describe("Dismissed advice, in the order in which it was dismissed"),
  calibration: calibrationRow.nullable().describe("How projections did so far; null while none has a verdict"),
  priceBook,
} satisfies Fields<AdviceDocument>);

const decisionRow: z.ZodType<DecisionRow> = z.object({
  id: z.string().describe("The advice, as in the report"),
  kind: codes<Decision["kind"]>({
    accepted: "It is followed from then on",
    dismissed: "It is left out of reports until its evidence has changed much",
  }).describe("What was decided"),
  recorded: z.boolean().describe("False where it had been decided so before: then nothing was recorded"),
  at: time.describe("When it was decided"),
  reason: z.string().nullable().describe("Why it was dismissed; null where it was accepted"),
  workload: z.string().describe("The workload it changes"),
  title: z.string().describe("The change"),
  change: z.string().describe("What to change, and where"),
  followed: z.boolean().describe("Whether requests can show that it was made"),
} satisfies Fields<DecisionRow>);

/** The document of `farthing advice accept` and `farthing advice dismiss`. */
export const decisionsSchema: z.ZodType<DecisionsDocument> = z.object({
  schemaVersion,
  ledger: z.string().describe("The ledger it is recorded in"),
  decisions: z.array(decisionRow).describe("One for each piece of advice, in the order in which they were named"),
} satisfies Fields<DecisionsDocument>);
