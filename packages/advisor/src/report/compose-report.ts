import {
  billingBasisOf,
  calendarOf,
  divideHalfEven,
  money,
  type Calendar,
  type Instant,
  type Money,
  type Position,
} from "@farthing/ledger";
import { contractTerms } from "../contract/contract.ts";
import { answerBy } from "../portfolio/answer-by.ts";
import { claimedOneByOne } from "../portfolio/claimed-one-by-one.ts";
import type { SavingRange } from "../portfolio/saving-range.ts";
import type { Abstention } from "../strategies/strategy.ts";
import { MONTHLY_FULL_DAYS_MIN, MONTHLY_WINDOW_DAYS } from "../thresholds.ts";
import type { Analysis } from "./analysis.ts";
import type { ReportQuestion } from "./question.ts";
import { closedFigures } from "./closed-periods.ts";
import { dueDates } from "./due.ts";
import { findingsOf } from "./findings.ts";
import { recordedServices } from "./recorded-hours.ts";
import type { Coverage, Period, Report, Total } from "./report.ts";
import { spendOverTime } from "./spend-over-time.ts";
import { modelSlices, workloadSlices, type ReportTotals } from "./totals.ts";
import { countWords } from "./words.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** An analysis, and how far it lies behind the totals it is shown with. */
export interface DatedAnalysis {
  readonly analysis: Analysis;
  /** When it was made, where it is of an earlier state of the ledger; null where it is of this one. */
  readonly savedAt: Instant | null;
  /** Up to where the ledger was read then; null where it is of this one. */
  readonly position: Position | null;
  /** Responses that have come since. */
  readonly newer: number;
}

/** Of an analysis that is of the very responses it is shown with. */
export const OF_THIS_LEDGER: Omit<DatedAnalysis, "analysis"> = { savedAt: null, position: null, newer: 0 };

/** Puts together what is summed and what was replayed. Reads no response and depends on nothing else. */
export function composeReport(totals: ReportTotals, dated: DatedAnalysis, question: ReportQuestion): Report {
  const { analysis, savedAt, position, newer } = dated;
  const { settings, now } = question;
  const calendar = calendarOf(question.timeZone);
  const { limits = null } = question;
  const period = periodOf(totals, question, calendar);
  const where = {
    byItem: totals.byItem,
    byWorkload: workloadSlices(totals.byWorkload),
    byModel: modelSlices(totals.byModel),
    bySession: totals.bySession,
    longContext: totals.longPrompts,
    resent: analysis.resent,
  };
  return {
    example: question.example,
    subset: question.only !== null || limits !== null,
    limits,
    now,
    period,
    total: totalOf(totals),
    billing: {
      basis: billingBasisOf(settings.billing, totals.spend.sources),
      discountPercent: settings.discountPercent,
    },
    contract: contractTerms(settings, {
      sources: totals.spend.sources,
      notional: totals.spend.notional.requests,
      isWholeAccount: question.where.length === 0,
      since: question.since,
      until: question.until,
      span: totals.spend.span,
      now,
      timeZone: question.timeZone,
    }),
    coverage: coverageOf(totals, question),
    closed: question.where.length > 0 ? [] : closedFigures(totals.closings ?? [], question, totals.spend.total),
    where,
    spendOverTime: totals.daily === null ? null : spendOverTime(totals.daily, totals.byWorkload),
    outcomes: totals.outcomes,
    advice: {
      responses: analysis.responses,
      usd: analysis.usd,
      days: analysis.byDay.length,
      from: analysis.from,
      savedAt,
      position,
      newer,
      trialCalls: analysis.trialCalls,
    },
    gaps: analysis.gaps,
    joint: {
      ...analysis.joint,
      claimedOneByOne: claimedOneByOne(analysis.recommendations),
      perMonth: perMonth(analysis, calendar, now, period),
    },
    recommendations: analysis.recommendations,
    followUp: analysis.followUp,
    cacheTimelines: analysis.cacheTimelines,
    abstained: [...monthlyAbstention(period, now), ...analysis.abstained].map(({ growth, ...abstention }) => ({
      ...abstention,
      // Of a time that is over no more can come.
      answerBy: growth === null || (question.until ?? Infinity) <= now ? null : answerBy(growth, now),
    })),
    due: dueDates(totals.models, totals.unreadBatches, now),
    findings: findingsOf(totals, question, where.resent),
    rerated: totals.spend.rerated,
    priceBookHash: question.book.hash,
  };
}

function periodOf(
  { spend: { span }, recorded: { days } }: ReportTotals,
  question: ReportQuestion,
  calendar: Calendar,
): Period {
  return {
    since: question.since,
    until: question.until,
    first: span?.first ?? null,
    last: span?.last ?? null,
    timeZone: question.timeZone,
    asOf: question.asOf ?? null,
    daysWithUse: days.length,
    calendarDays: span === null ? 0 : daysBetween(calendar.day(span.first), calendar.day(span.last)) + 1,
    fullDaysOfLast30: days.filter((day) => isFullRecentDay(day, calendar, question.now)).length,
  };
}

function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS);
}

function totalOf({ spend, recorded }: ReportTotals): Total {
  const { sessions, projects, services, responses, fromClaudeCode } = recorded;
  const claudeCodeOnly = responses > 0 && fromClaudeCode === responses;
  const { usd, requests, tokens } = spend.total;
  return { usd, responses: requests, sessions, projects, services, tokens, claudeCodeOnly };
}

function coverageOf(totals: ReportTotals, question: ReportQuestion): Coverage {
  const { spend, bill = null } = totals;
  return {
    ...(bill === null ? {} : { bill }),
    recorded: totals.ledgerResponses,
    lowerBoundOutput: spend.lowerBoundRequests,
    estimatedStart: totals.recorded.startsEstimated,
    unpriced: spend.unpriced,
    failedAtUnknownCost: spend.total.failedAtUnknownCost,
    notBilled: spend.notBilled.requests,
    damagedLines: question.damage.length,
    notional: spend.notional.requests,
    services: recordedServices(totals.captures, question),
  };
}

/**
 * Thirty times the mean full day of the last 30; the range is as wide, in proportion, as the whole period's. Null with
 * too few full days, or where too few of them were looked at.
 */
function perMonth(analysis: Analysis, calendar: Calendar, now: Instant, period: Period): SavingRange | null {
  const { expected, low, high } = analysis.joint.all;
  if (period.fullDaysOfLast30 < MONTHLY_FULL_DAYS_MIN || expected <= 0n) return null;
  const edge = analysis.from === null ? "" : calendar.day(analysis.from);
  const recent = analysis.byDay.filter(({ day }) => day > edge && isFullRecentDay(day, calendar, now));
  const [firstDay] = recent;
  if (firstDay === undefined || (edge !== "" && recent.length < MONTHLY_FULL_DAYS_MIN)) return null;
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
  const { first, last, fullDaysOfLast30: count } = period;
  if (count >= MONTHLY_FULL_DAYS_MIN || first === null || last === null) return [];
  return [
    {
      strategy: "per-month",
      workload: "all",
      reason: "too-few-full-days",
      observed: `${countWords(count, "full day")} of the last ${String(MONTHLY_WINDOW_DAYS)} with use`,
      needed: String(MONTHLY_FULL_DAYS_MIN),
      // Used every day from here on, one more with each.
      growth: { first: now - count * DAY_MS, last, count, needed: MONTHLY_FULL_DAYS_MIN },
    },
  ];
}
