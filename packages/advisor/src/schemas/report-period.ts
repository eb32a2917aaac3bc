import type { BillingBasis, SpendTokens, UnpricedRow } from "@farthing/ledger";
import { z } from "zod";
import { billingBasis } from "./codes.ts";
import { asOf, cost, count, time, timeZone, usd, type Fields } from "./fields.ts";
import { unpricedRow } from "./spend.ts";
import { tokens } from "./tokens.ts";

/** The time asked for, and the days there is usage of. */
export interface ReportPeriod {
  readonly since: string | null;
  readonly until: string | null;
  readonly first: string | null;
  readonly last: string | null;
  readonly timeZone: string;
  readonly asOf: string | null;
  readonly daysWithUse: number;
  readonly calendarDays: number;
  readonly fullDaysOfLast30: number;
}

/** What everything in the report comes to. */
export interface ReportTotal {
  readonly usd: string;
  readonly requests: number;
  readonly sessions: number;
  readonly projects: number;
  readonly services: number;
  readonly tokens: SpendTokens;
  readonly claudeCodeOnly: boolean;
}

/** How the usage is paid for. */
export interface ReportBilling {
  readonly basis: BillingBasis;
  readonly discountPercent: string | null;
}

/** What the total leaves out, or knows only in part. */
export interface ReportCoverage {
  readonly lowerBoundOutput: number;
  readonly estimatedStart: number;
  readonly unpriced: readonly UnpricedRow[];
  readonly failedAtUnknownCost: number;
  readonly notBilled: number;
  readonly damagedLines: number;
  readonly notional: number;
  readonly recorded: number;
  readonly services: readonly ReportService[];
  readonly bill?: ReportBill;
}

/** How much of the bill is recorded. */
interface ReportBill {
  readonly since: string;
  readonly until: string;
  readonly listUsd: string;
  readonly listFrom: "bill" | "discount-setting" | "billed-amount";
  readonly ledgerUsd: string;
  readonly residualUsd: string;
}

/** Of which part of the report's time the calls of a service were recorded. */
export interface ReportService {
  readonly service: string | null;
  readonly since: string;
  readonly until: string;
  readonly recordedMs: number;
  readonly on: boolean;
  readonly spans: readonly { readonly since: string; readonly until: string }[];
}

export const reportPeriod: z.ZodType<ReportPeriod> = z.object({
  since: time.nullable().describe("From when on, inclusive, as asked for; null for no limit"),
  until: time.nullable().describe("Until when, exclusive, as asked for; null for no limit"),
  first: time.nullable().describe("When the first of the responses was complete; null where there is none"),
  last: time.nullable().describe("When the last of the responses was complete; null where there is none"),
  timeZone,
  asOf,
  daysWithUse: count.describe("Days with at least one response"),
  calendarDays: count.describe("Days from the first with use to the last, both counted"),
  fullDaysOfLast30: count.describe("Days with use among the last 30 before now, today left out"),
} satisfies Fields<ReportPeriod>);

export const reportTotal: z.ZodType<ReportTotal> = z.object({
  usd: cost.describe("Cost of the priced responses at list prices, US dollars"),
  requests: count.describe("Billed responses, unpriced ones included"),
  sessions: count.describe("Distinct sessions"),
  projects: count.describe("Distinct projects"),
  services: count.describe("Distinct services"),
  tokens: tokens.describe("Tokens of the billed responses"),
  claudeCodeOnly: z.boolean().describe("Whether every response is from Claude Code"),
} satisfies Fields<ReportTotal>);

export const reportBilling: z.ZodType<ReportBilling> = z.object({
  basis: billingBasis.describe("How it is paid for; only per-token makes list prices money spent"),
  discountPercent: z
    .string()
    .regex(/^\d+(?:\.\d+)?$/)
    .nullable()
    .describe("Negotiated discount on list prices in percent, decimal; null where none is set"),
} satisfies Fields<ReportBilling>);

const reportService: z.ZodType<ReportService> = z.object({
  service: z.string().nullable().describe("The service; null where it has no name"),
  since: time.describe("From when on it could have been recorded: the report's begin, or when it first said so"),
  until: time.describe("The report's end, or now"),
  recordedMs: count.describe("How long it was, on any host, in milliseconds"),
  on: z.boolean().describe("Whether a host has not said that it stopped"),
  spans: z
    .array(
      z.object({
        since: time.describe("From when on"),
        until: time.describe("Until when; of a host that did not say so, its last request"),
      } satisfies Fields<ReportService["spans"][number]>),
    )
    .describe("When it was recorded, in order"),
} satisfies Fields<ReportService>);

const reportBill: z.ZodType<ReportBill> = z.object({
  since: time.describe("Start of the time that is compared"),
  until: time.describe("Its end"),
  listUsd: usd.describe("The bill's amount before discounts, US dollars"),
  listFrom: z
    .enum(["bill", "discount-setting", "billed-amount"])
    .describe("Whose list amounts they are: the bill's, reckoned back from the discount set, or the billed ones"),
  ledgerUsd: cost.describe("The ledger's at that time, US dollars"),
  residualUsd: usd.describe("The first less the second"),
} satisfies Fields<ReportBill>);

export const reportCoverage: z.ZodType<ReportCoverage> = z.object({
  lowerBoundOutput: count.describe("Responses whose output is a lower bound: with any, the total means at least"),
  estimatedStart: count.describe("Responses whose start time is not reported by the source"),
  unpriced: z.array(unpricedRow).describe("Responses without a price, by model and reason; not in the total's usd"),
  failedAtUnknownCost: count.describe("Attempts without an answer that may have been billed"),
  notBilled: count.describe("Responses somebody else pays for, or nobody; outside the total"),
  damagedLines: count.describe("Damaged lines of the ledger that were left out"),
  services: z.array(reportService).describe("Services that say when they record, by service"),
  bill: reportBill.exactOptional().describe("How much of the bill is recorded; absent where nothing is known of it"),
  recorded: count.describe("Responses of the whole ledger, whatever the period and the filters"),
  notional: count.describe("Responses on the prepaid priority tier, whose list price is notional"),
} satisfies Fields<ReportCoverage>);
