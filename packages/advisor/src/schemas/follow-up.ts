import { z } from "zod";
import type { Followed } from "../follow-up/follow-up.ts";
import { codes, command, cost, count, time, usd, type Fields } from "./fields.ts";
import { usdRange, type UsdRange } from "./usd-range.ts";

/** What is the same of all advice that was decided on. */
interface DecidedAdvice {
  readonly id: string;
  readonly strategy: string;
  readonly workload: string;
  readonly subject: string | null;
  readonly title: string;
  readonly change: string;
  readonly at: string;
  readonly saving: UsdRange;
}

/** What requests that carry a change cost, beside what they would have cost without it. */
export interface RealisedResult {
  readonly requests: number;
  readonly days: number;
  readonly usd: string;
  readonly withoutUsd: string;
  readonly projected: UsdRange;
  readonly realised: UsdRange;
}

export interface FollowedAdvice extends DecidedAdvice {
  readonly state: Followed["state"];
  readonly appliedAt: string | null;
  readonly takenBackAt: string | null;
  readonly later: Followed["later"];
  readonly unseen: string | null;
  readonly result: RealisedResult | null;
  readonly open: Followed["open"];
}

export interface DismissedAdviceRow extends DecidedAdvice {
  readonly reason: string;
  readonly returned: boolean;
  readonly verdict: "verified" | "refuted" | null;
}

/** Realised beside projected savings of all advice with a verdict. */
export interface CalibrationRow {
  readonly verified: number;
  readonly refuted: number;
  readonly projected: string;
  readonly realised: string;
  readonly ratio: number | null;
}

/** What became of decisions on advice. */
export interface FollowUpRow {
  readonly accepted: readonly FollowedAdvice[];
  readonly dismissed: readonly DismissedAdviceRow[];
  readonly calibration: CalibrationRow | null;
}

/** Why dismissed advice is given again. */
export interface ReturnedRow {
  readonly dismissedAt: string;
  readonly reason: string;
  readonly because:
    | {
        readonly kind: "saves-more";
        readonly perDayThen: string;
        readonly perDayNow: string;
      }
    | { readonly kind: "other-change"; readonly titleThen: string };
}

const decided = {
  id: z.string().describe("As in the report"),
  strategy: z.string().describe("The strategy that proposed it"),
  workload: z.string().describe("The workload it changes"),
  subject: z.string().nullable().describe("What of the workload it changes; null for all of it"),
  title: z.string().describe("The change as it was advised"),
  change: z.string().describe("What to change, and where"),
  at: time.describe("When it was accepted, or dismissed"),
  saving: usdRange.describe("What it would have saved on its own, as it was projected then"),
} satisfies Fields<DecidedAdvice>;

const realisedResult: z.ZodType<RealisedResult> = z.object({
  requests: count.describe("Requests that the change is about, from when on it was made"),
  days: count.describe("Days on which some were complete"),
  usd: cost.describe("What they were billed, US dollars"),
  withoutUsd: cost.describe("What they would have cost without the change, US dollars"),
  projected: usdRange.describe("The projected saving, in proportion to that"),
  realised: usdRange.describe("What they cost less, net of what the change itself costs; negative: more"),
} satisfies Fields<RealisedResult>);

const followed = {
  ...decided,
  state: codes<Followed["state"]>({
    accepted: "Requests do not carry it, or none can show it",
    applied: "Requests carry it; what it saved is not decided",
    verified: "At least as much was saved as the low end of what was projected",
    refuted: "Less was saved, by more than chance explains",
  }).describe("How far it is"),
  appliedAt: time.nullable().describe("From when on requests carry it; null while they do not"),
  takenBackAt: time
    .nullable()
    .describe("From when on they no longer do, where it was taken back after a verdict; else null"),
  later: z
    .object({
      requests: count.describe("Requests since it was advised that it is about"),
      carrying: count.describe("How many of them carry it"),
    } satisfies Fields<Followed["later"]>)
    .describe("What was sent since"),
  unseen: z.string().nullable().describe("Why no request shows whether it was made; null where they do"),
  result: realisedResult.nullable().describe("What came of it; null while it is not made, or cannot be reckoned"),
  open: z
    .object({
      observed: z.string().describe("What there is"),
      needed: z.string().nullable().describe("What a verdict needs; null where nothing would help"),
    } satisfies Fields<NonNullable<Followed["open"]>>)
    .nullable()
    .describe("Why there is no verdict although it was made; null where there is one"),
} satisfies Fields<FollowedAdvice>;

const followedAdvice: z.ZodType<FollowedAdvice> = z.object(followed);

const dismissed = {
  ...decided,
  reason: z.string().describe("Why it was dismissed"),
  returned: z.boolean().describe("Whether its evidence has changed so much that it is given again"),
  verdict: codes<"verified" | "refuted">({
    verified: "At least as much was saved as the low end of what was projected",
    refuted: "Less was saved, by more than chance explains",
  })
    .nullable()
    .describe("What came of it where it was accepted first, and made; null where that is not decided"),
} satisfies Fields<DismissedAdviceRow>;

const dismissedAdviceRow: z.ZodType<DismissedAdviceRow> = z.object(dismissed);

/** As `farthing advice` lists it. */
export type Listed<Row> = Row & { readonly command: string };

const shownAlone = command.describe("Prints it by itself");

export const listedFollowed: z.ZodType<Listed<FollowedAdvice>> = z.object({ command: shownAlone, ...followed });

export const listedDismissed: z.ZodType<Listed<DismissedAdviceRow>> = z.object({ command: shownAlone, ...dismissed });

export const calibrationRow: z.ZodType<CalibrationRow> = z.object({
  verified: count.describe("Changes that were verified"),
  refuted: count.describe("Changes that were refuted"),
  projected: usd.describe("What all of them together were projected to save, US dollars"),
  realised: usd.describe("What they saved, US dollars"),
  ratio: z.number().nullable().describe("Realised by projected; null where nothing was projected"),
} satisfies Fields<CalibrationRow>);

export const followUpRow: z.ZodType<FollowUpRow> = z.object({
  accepted: z.array(followedAdvice).describe("Accepted advice, in the order in which it was accepted"),
  dismissed: z.array(dismissedAdviceRow).describe("Dismissed advice, in the order in which it was dismissed"),
  calibration: calibrationRow.nullable().describe("How projections did so far; null while none has a verdict"),
} satisfies Fields<FollowUpRow>);

export const returnedRow: z.ZodType<ReturnedRow> = z.object({
  dismissedAt: time.describe("When it was dismissed"),
  reason: z.string().describe("Why it was dismissed"),
  because: z
    .union([
      z.object({
        kind: z.literal("saves-more").describe("It saves so much more"),
        perDayThen: usd.describe("A day with use, when it was dismissed, US dollars"),
        perDayNow: usd.describe("A day with use, US dollars"),
      }),
      z.object({
        kind: z.literal("other-change").describe("It is another change to the same thing"),
        titleThen: z.string().describe("What it was"),
      }),
    ])
    .describe("What has changed since"),
} satisfies Fields<ReturnedRow>);
