import { z } from "zod";
import type { Applied } from "../backtest/backtest.ts";
import {
  command,
  asOf,
  codes,
  cost,
  count,
  priceBook,
  schemaVersion,
  time,
  timeZone,
  usd,
  type Fields,
} from "./fields.ts";
import { reportBilling, type ReportBilling } from "./report-period.ts";
import { usdRange, type UsdRange } from "./usd-range.ts";

/** A projected saving beside the realised one. */
interface ComparedSaving {
  readonly projected: UsdRange | null;
  readonly realised: string | null;
  readonly inRange: boolean | null;
}

/** The requests on one side of the split. */
export interface BacktestPart {
  readonly requests: number;
  readonly usd: string;
  readonly days: number;
  readonly first: string | null;
  readonly last: string | null;
}

/** A workload that has requests on one side only. */
export interface BacktestWorkload {
  readonly workload: string;
  readonly requests: number;
  readonly usd: string;
}

/** What there is too little of. */
export interface BacktestShortfall {
  readonly reason: string;
  readonly observed: string;
  readonly needed: string | null;
}

export interface BacktestStrategy extends ComparedSaving {
  readonly strategy: string;
  readonly compared: number;
  readonly left: number;
}

export interface BacktestChange extends ComparedSaving {
  readonly id: string;
  readonly strategy: string;
  readonly workload: string;
  readonly subject: string | null;
  readonly title: string;
  readonly answersUnchanged: boolean;
  readonly share: UsdRange;
  readonly rate: number;
  readonly billed: { readonly before: string; readonly after: string };
  readonly applied: Applied | null;
  readonly wordsAfter: string | null;
  readonly shortfall: BacktestShortfall | null;
}

/** Advice on the first part of the requests, held against the rest. */
export interface BacktestDocument {
  readonly schemaVersion: 1;
  readonly command: string;
  readonly example: boolean;
  readonly now: string;
  readonly period: {
    readonly since: string | null;
    readonly until: string | null;
    readonly timeZone: string;
    readonly asOf: string | null;
  };
  readonly billing: ReportBilling;
  readonly split: { readonly at: string; readonly trainShare: number | null; readonly from: string | null };
  readonly before: BacktestPart;
  readonly after: BacktestPart;
  readonly realisedBy: "replay";
  readonly overall: ComparedSaving;
  readonly strategies: readonly BacktestStrategy[];
  readonly changes: readonly BacktestChange[];
  readonly arrived: readonly BacktestWorkload[];
  readonly gone: readonly BacktestWorkload[];
  readonly abstained: readonly BacktestShortfall[];
  readonly priceBook: string;
}

const comparedSaving = {
  projected: usdRange
    .nullable()
    .describe("The saving before the split, in proportion to what was billed from it on; null where there is none"),
  realised: usd
    .nullable()
    .describe("What the replay of the requests from the split on would have saved, US dollars; null where unknown"),
  inRange: z
    .boolean()
    .nullable()
    .describe("Whether the realised saving lies in the projected range; null where there are too few days to say"),
} satisfies Fields<ComparedSaving>;

const part: z.ZodType<BacktestPart> = z.object({
  requests: count.describe("Billed responses, unpriced ones included"),
  usd: cost.describe("What those with a price came to, US dollars"),
  days: count.describe("Days on which some were complete"),
  first: time.nullable().describe("When the first of them started; null where there is none"),
  last: time.nullable().describe("When the last of them started; null where there is none"),
} satisfies Fields<BacktestPart>);

const workload: z.ZodType<BacktestWorkload> = z.object({
  workload: z.string().describe("The workload"),
  requests: count.describe("Its billed responses"),
  usd: cost.describe("What those with a price came to, US dollars"),
} satisfies Fields<BacktestWorkload>);

const shortfall: z.ZodType<BacktestShortfall> = z.object({
  reason: z.string().describe("Short code of the reason"),
  observed: z.string().describe("What there is"),
  needed: z.string().nullable().describe("What would be needed; null where nothing would help"),
} satisfies Fields<BacktestShortfall>);

const strategy: z.ZodType<BacktestStrategy> = z.object({
  strategy: z.string().describe("The strategy"),
  compared: count.describe("Its changes that both sides are known of; the figures are theirs"),
  left: count.describe("Its changes that could not be compared"),
  ...comparedSaving,
} satisfies Fields<BacktestStrategy>);

const change: z.ZodType<BacktestChange> = z.object({
  id: z.string().describe("As in the report"),
  strategy: z.string().describe("The strategy that proposes it"),
  workload: z.string().describe("The workload it changes"),
  subject: z.string().nullable().describe("What of the workload it changes; null for all of it"),
  title: z.string().describe("The change as it was advised"),
  answersUnchanged: z.boolean().describe("False where it can alter answers"),
  share: usdRange.describe("Its part of the joint saving before the split"),
  rate: z.number().describe("That part by what was billed before the split"),
  billed: z
    .object({
      before: cost.describe("Before the split, US dollars"),
      after: cost.describe("From the split on, US dollars"),
    } satisfies Fields<BacktestChange["billed"]>)
    .describe("What its workload, and those that share prefixes with it, were billed"),
  ...comparedSaving,
  applied: codes<Applied>({
    "as-advised": "The very change, with every number it was given before the split",
    "prepared-again": "The same change, found anew because it names single requests",
    "not-proposed": "Nothing: it would not be proposed on the requests from the split on, and counts as nothing saved",
  })
    .nullable()
    .describe("What was replayed from the split on; null where it could not be compared"),
  wordsAfter: z
    .string()
    .nullable()
    .describe("How it reads prepared again, where that differs, or why it would not be proposed; else null"),
  shortfall: shortfall.nullable().describe("Why it could not be compared; null where it was"),
} satisfies Fields<BacktestChange>);

/** The document of `farthing backtest`. */
export const backtestSchema: z.ZodType<BacktestDocument> = z.object({
  schemaVersion,
  command,
  example: z.boolean().describe("Whether it is over the bundled EXAMPLE DATA"),
  now: time.describe("The time it was asked at"),
  period: z
    .object({
      since: time.nullable().describe("From when on, inclusive, as asked for; null for no limit"),
      until: time.nullable().describe("Until when, exclusive, as asked for; null for no limit"),
      timeZone,
      asOf,
    } satisfies Fields<BacktestDocument["period"]>)
    .describe("The requests asked for"),
  billing: reportBilling.describe("How they are paid for"),
  split: z
    .object({
      at: time.describe("Advice is given on requests that started before"),
      trainShare: z
        .number()
        .nullable()
        .describe("The share of responses it was chosen by; null where a time was given"),
      from: time
        .nullable()
        .describe("Where only the newest were looked at, because there are too many: when the first of them started"),
    } satisfies Fields<BacktestDocument["split"]>)
    .describe("Where the requests are split"),
  before: part.describe("The requests that the advice is given on"),
  after: part.describe("The requests it is held against"),
  realisedBy: z
    .literal("replay")
    .describe("Realised savings are replays of requests that the advice never saw; no bill has measured them"),
  overall: z.object(comparedSaving).describe("All changes that could be compared, together"),
  strategies: z.array(strategy).describe("By strategy, by projected saving descending"),
  changes: z.array(change).describe("Every recommendation before the split, in the order of the report"),
  arrived: z.array(workload).describe("Workloads with requests only from the split on: no advice was given on them"),
  gone: z.array(workload).describe("Workloads with requests only before the split"),
  abstained: z.array(shortfall).describe("What there is too little of for a verdict"),
  priceBook,
} satisfies Fields<BacktestDocument>);
