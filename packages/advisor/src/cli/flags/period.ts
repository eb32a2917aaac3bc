import { parseInstant, type Calendar, type Instant } from "@farthing/ledger";
import { UsageError } from "../command-errors.ts";

/** A stretch of time with both ends. */
export interface BoundedPeriod {
  /** Inclusive. */
  readonly since: Instant;
  /** Exclusive. */
  readonly until: Instant;
}

/** A period as it was typed, checked; its instants depend on the zone that cuts days. */
export type PeriodFlag = (calendar: Calendar) => BoundedPeriod;

const DAY_MS = 86_400_000;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MONTH = /^(\d{4})-(\d{2})$/;
const WEEK = /^(\d{4})-W(\d{2})$/;
const EXPECTED =
  "expected a day (2026-10-05), a month (2026-10), an ISO week (2026-W41), or two of these or times as FIRST..LAST";

/**
 * Reads a PERIOD: a day, a month, an ISO week, or a range `FIRST..LAST` of these, the last one included; a time as the end
 * of a range is its end.
 *
 * @throws UsageError for anything else.
 */
export function parsePeriod(text: string): PeriodFlag {
  const [from = "", to, ...more] = text.split("..");
  const first = unitOf(from, to !== undefined);
  const last = to === undefined ? first : unitOf(to, true);
  if (first === null || last === null || more.length > 0) throw new UsageError(`"${text}": ${EXPECTED}`);
  return (calendar) => {
    const [{ since }, { until }] = [first(calendar), last(calendar)];
    if (until <= since) throw new UsageError(`"${text}": it ends before it begins`);
    return { since, until };
  };
}

/** The days of a unit; null for a text that is none. */
function unitOf(text: string, mayBeTime: boolean): PeriodFlag | null {
  const days = daysOf(text);
  if (days !== null) {
    const [day, dayAfter] = days;
    return (calendar) => ({ since: calendar.startOfDay(day), until: calendar.startOfDay(dayAfter) });
  }
  const at = mayBeTime && text.includes("T") ? instantOf(text) : null;
  return at === null ? null : () => ({ since: at, until: at });
}

/** The first day of a unit, and the first one after it. */
function daysOf(text: string): readonly [day: string, dayAfter: string] | null {
  const [, year = "", month = ""] = MONTH.exec(text) ?? [];
  if (month !== "") {
    if (Number(month) < 1 || Number(month) > 12) return null;
    return [`${year}-${month}-01`, dayText(Date.UTC(Number(year), Number(month), 1))];
  }
  const [, weekYear = "", week = ""] = WEEK.exec(text) ?? [];
  if (week !== "") {
    const monday = mondayOfWeek(Number(weekYear), Number(week));
    const isIn = Number(week) >= 1 && monday < mondayOfWeek(Number(weekYear) + 1, 1);
    return isIn ? [dayText(monday), dayText(monday + 7 * DAY_MS)] : null;
  }
  const at = DAY.test(text) ? instantOf(text) : null;
  return at === null ? null : [text, dayText(at + DAY_MS)];
}

/** The first week of an ISO year is the one with 4 January in it. */
function mondayOfWeek(year: number, week: number): number {
  const fourth = Date.UTC(year, 0, 4);
  const daysSinceMonday = (new Date(fourth).getUTCDay() + 6) % 7;
  return fourth + ((week - 1) * 7 - daysSinceMonday) * DAY_MS;
}

function dayText(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function instantOf(text: string): Instant | null {
  try {
    return parseInstant(text);
  } catch {
    return null;
  }
}
