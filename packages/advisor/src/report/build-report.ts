import {
  billingBasisOf,
  calendarOf,
  matches,
  money,
  querySpend,
  type Account,
  type Calendar,
  type Condition,
  type Damage,
  type Instant,
  type LedgerSettings,
  type PriceBook,
  type ResponseRecorded,
  type SpendResult,
} from "@farthing/ledger";
import { advise, claimedOneByOne, type Advice } from "../portfolio/advise.ts";
import type { SavingRange } from "../portfolio/saving-range.ts";
import { MONTHLY_FULL_DAYS_MIN, MONTHLY_WINDOW_DAYS } from "../thresholds.ts";
import { traceFromResponses } from "../trace/from-account.ts";
import type { Abstention } from "../strategies/strategy.ts";
import { dueDates } from "./due.ts";
import { findingsOf } from "./findings.ts";
import type { Coverage, Period, Report, Total } from "./report.ts";
import { whereItWent } from "./where.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** What a report is about. */
export interface ReportInput {
  readonly account: Account;
  readonly damage: readonly Damage[];
  readonly book: PriceBook;
  readonly settings: LedgerSettings;
  readonly now: Instant;
  /** IANA zone that cuts days. */
  readonly timeZone: string;
  /** Inclusive; null for no limit. */
  readonly since: Instant | null;
  /** Exclusive; null for no limit. */
  readonly until: Instant | null;
  readonly where: readonly Condition[];
  /** Whether the data is the bundled example. */
  readonly example: boolean;
  /** Ids of the recommendations to replay together; null for all. */
  readonly only: readonly string[] | null;
}

/** Reads an account as a report: what it cost, where that went, and what would have cost less. */
export function buildReport(input: ReportInput): Report {
  const calendar = calendarOf(input.timeZone);
  const responses = input.account.responses.filter(matches(input, calendar));
  const spend = querySpend(input.account, { ...input, by: [] });
  const trace = traceFromResponses(responses, input.book);
  const basis = billingBasisOf(input.settings.billing, spend.sources);
  const advice = advise(trace, { ...input, calendar, billing: basis, total: spend.total.usd });
  const where = whereItWent(trace);
  const period = periodOf(input, responses, spend, calendar);
  return {
    example: input.example,
    now: input.now,
    period,
    total: totalOf(responses, spend),
    billing: { basis, discountPercent: input.settings.discountPercent },
    coverage: coverageOf(input, responses, spend),
    where,
    gaps: advice.gaps,
    joint: {
      ...advice.joint,
      claimedOneByOne: claimedOneByOne(advice.recommendations),
      perMonth: perMonth(advice, period),
    },
    recommendations: advice.recommendations,
    abstained: [...monthlyAbstention(period), ...advice.abstained],
    due: dueDates(trace, input.now),
    findings: findingsOf({ account: input.account, damage: input.damage, trace, spend, where }),
    priceBookHash: input.book.hash,
  };
}

function periodOf(
  input: ReportInput,
  responses: readonly ResponseRecorded[],
  spend: SpendResult,
  calendar: Calendar,
): Period {
  const days = new Set(responses.map((event) => calendar.day(Date.parse(event.occurredAt))));
  const { span } = spend;
  const today = calendar.startOfDay(calendar.day(input.now));
  const windowStart = calendar.day(today - MONTHLY_WINDOW_DAYS * DAY_MS);
  return {
    since: input.since,
    until: input.until,
    first: span?.first ?? null,
    last: span?.last ?? null,
    timeZone: input.timeZone,
    daysWithUse: days.size,
    calendarDays: span === null ? 0 : daysBetween(calendar.day(span.first), calendar.day(span.last)) + 1,
    fullDaysOfLast30: [...days].filter((day) => day >= windowStart && day < calendar.day(input.now)).length,
  };
}

function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS);
}

function totalOf(responses: readonly ResponseRecorded[], spend: SpendResult): Total {
  const distinct = (pick: (event: ResponseRecorded) => string | null): number =>
    new Set(responses.map(pick).filter((value) => value !== null)).size;
  return {
    usd: spend.total.usd,
    responses: spend.total.requests,
    sessions: distinct((event) => event.context.session),
    projects: distinct((event) => event.context.project),
    services: distinct((event) => event.context.service),
    tokens: spend.total.tokens,
    claudeCodeOnly: responses.length > 0 && responses.every((event) => event.sources.includes("claude-code")),
  };
}

function coverageOf(input: ReportInput, responses: readonly ResponseRecorded[], spend: SpendResult): Coverage {
  return {
    lowerBoundOutput: spend.lowerBoundRequests,
    estimatedStart: responses.filter((event) => event.timing.startedAtProvenance !== "reported").length,
    unpriced: spend.unpriced,
    failedAtUnknownCost: spend.total.failedAtUnknownCost,
    notBilled: spend.notBilled.requests,
    damagedLines: input.damage.length,
  };
}

function perMonth(advice: Advice, period: Period): SavingRange | null {
  if (period.fullDaysOfLast30 < MONTHLY_FULL_DAYS_MIN || period.calendarDays === 0) return null;
  const scale = (amount: bigint): ReturnType<typeof money> =>
    money((amount * BigInt(MONTHLY_WINDOW_DAYS)) / BigInt(period.calendarDays));
  const { low, expected, high } = advice.joint.all;
  return { low: scale(low), expected: scale(expected), high: scale(high) };
}

function monthlyAbstention(period: Period): readonly Abstention[] {
  if (period.fullDaysOfLast30 >= MONTHLY_FULL_DAYS_MIN || period.daysWithUse === 0) return [];
  return [
    {
      strategy: "per-month",
      workload: "all",
      reason: "too-few-full-days",
      observed: `${String(period.daysWithUse)} days with use in ${String(period.calendarDays)}`,
      needed: `${String(MONTHLY_FULL_DAYS_MIN)} full days of the last ${String(MONTHLY_WINDOW_DAYS)}`,
      answerBy: null,
    },
  ];
}
