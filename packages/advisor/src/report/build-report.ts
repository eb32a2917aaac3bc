import {
  billingBasisOf,
  calendarOf,
  divideHalfEven,
  matches,
  money,
  querySpend,
  type Account,
  type Calendar,
  type Condition,
  type Damage,
  type Instant,
  type LedgerSettings,
  type Money,
  type PriceBook,
  type ResponseRecorded,
  type SpendResult,
} from "@farthing/ledger";
import { answerBy } from "../portfolio/answer-by.ts";
import type { Advice } from "../portfolio/advice.ts";
import { advise, claimedOneByOne } from "../portfolio/advise.ts";
import type { SavingRange } from "../portfolio/saving-range.ts";
import { MONTHLY_FULL_DAYS_MIN, MONTHLY_WINDOW_DAYS } from "../thresholds.ts";
import { traceFromResponses } from "../trace/from-account.ts";
import type { Abstention } from "../strategies/strategy.ts";
import { dueDates } from "./due.ts";
import { findingsOf } from "./findings.ts";
import type { Coverage, Period, Report, Total } from "./report.ts";
import { whereItWent } from "./where.ts";
import { countWords } from "./words.ts";

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
  const trace = traceFromResponses(input.account.responses, input.book, matches(input, calendar));
  const basis = billingBasisOf(input.settings.billing, spend.sources);
  const advice = advise(trace, { ...input, calendar, billing: input.settings.billing, total: spend.total.usd });
  const where = whereItWent(trace);
  const period = periodOf(input, responses, spend, calendar);
  return {
    example: input.example,
    subset: input.only !== null,
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
      perMonth: perMonth(advice, period, calendar, input.now),
    },
    recommendations: advice.recommendations,
    abstained: [...monthlyAbstention(period, input.now), ...advice.abstained],
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
  return {
    since: input.since,
    until: input.until,
    first: span?.first ?? null,
    last: span?.last ?? null,
    timeZone: input.timeZone,
    daysWithUse: days.size,
    calendarDays: span === null ? 0 : daysBetween(calendar.day(span.first), calendar.day(span.last)) + 1,
    fullDaysOfLast30: [...days].filter((day) => isFullRecentDay(day, calendar, input.now)).length,
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
    recorded: input.account.responses.length,
    lowerBoundOutput: spend.lowerBoundRequests,
    estimatedStart: responses.filter((event) => event.timing.startedAtProvenance !== "reported").length,
    unpriced: spend.unpriced,
    failedAtUnknownCost: spend.total.failedAtUnknownCost,
    notBilled: spend.notBilled.requests,
    damagedLines: input.damage.length,
    notional: spend.notional.requests,
  };
}

/** Thirty times the mean full day of the last 30; the range is as wide, in proportion, as the whole period's. */
function perMonth(advice: Advice, period: Period, calendar: Calendar, now: Instant): SavingRange | null {
  const { expected, low, high } = advice.joint.all;
  if (period.fullDaysOfLast30 < MONTHLY_FULL_DAYS_MIN || expected <= 0n) return null;
  const recent = advice.byDay.filter(({ day }) => isFullRecentDay(day, calendar, now));
  const [firstDay] = recent;
  if (firstDay === undefined) return null;
  const days = BigInt(daysBetween(firstDay.day, calendar.day(now)));
  const saved = recent.reduce((sum, { saving }) => sum + saving, 0n) * BigInt(MONTHLY_WINDOW_DAYS);
  const share = (amount: bigint): Money => money(divideHalfEven(saved * amount, days * expected));
  return { low: share(low), expected: share(expected), high: share(high) };
}

/** Whether a day lies wholly in the 30 days before now. Today is not over. */
function isFullRecentDay(day: string, calendar: Calendar, now: Instant): boolean {
  const today = calendar.day(now);
  return day < today && daysBetween(day, today) <= MONTHLY_WINDOW_DAYS;
}

function monthlyAbstention(period: Period, now: Instant): readonly Abstention[] {
  const { first, last, daysWithUse, calendarDays, fullDaysOfLast30 } = period;
  if (fullDaysOfLast30 >= MONTHLY_FULL_DAYS_MIN || first === null || last === null) return [];
  const growth = { first: Math.max(first, now - MONTHLY_WINDOW_DAYS * DAY_MS), last, count: fullDaysOfLast30 };
  return [
    {
      strategy: "per-month",
      workload: "all",
      reason: "too-few-full-days",
      observed: `${countWords(daysWithUse, "day")} with use in ${String(calendarDays)}`,
      needed: `${String(MONTHLY_FULL_DAYS_MIN)} full days of the last ${String(MONTHLY_WINDOW_DAYS)}`,
      answerBy: answerBy(growth, MONTHLY_FULL_DAYS_MIN, now),
    },
  ];
}
