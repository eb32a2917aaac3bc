import type { BudgetPeriod, Calendar, Instant } from "@farthing/ledger";

/** Days are counted at midnights in UTC, which are so far apart. */
export const DAY_MS = 86_400_000;

/** The period of a budget that an instant lies in. */
export interface BudgetSpan {
  /** Inclusive. */
  readonly since: Instant;
  /** Exclusive. */
  readonly until: Instant;
}

/** Days, weeks from Monday on, and months, as the calendar counts them. */
export function budgetSpan(per: BudgetPeriod, at: Instant, calendar: Calendar): BudgetSpan {
  const today = Date.parse(`${calendar.day(at)}T00:00:00Z`);
  const [from, to] = daysOf(per, today);
  return { since: calendar.startOfDay(isoDay(from)), until: calendar.startOfDay(isoDay(to)) };
}

/** The first day of the period of a day, and the first one after it, as midnights in UTC. */
function daysOf(per: BudgetPeriod, day: number): readonly [from: number, to: number] {
  const date = new Date(day);
  switch (per) {
    case "day":
      return [day, day + DAY_MS];
    case "week": {
      const monday = day - ((date.getUTCDay() + 6) % 7) * DAY_MS;
      return [monday, monday + 7 * DAY_MS];
    }
    case "month":
      return [
        Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1),
        Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1),
      ];
  }
}

/** The local days of a stretch of time that begin in it, in order. */
export function daysIn(since: Instant, until: Instant, calendar: Calendar): readonly string[] {
  const days: string[] = [];
  for (let day = Date.parse(`${calendar.day(since)}T00:00:00Z`); ; day += DAY_MS) {
    const start = calendar.startOfDay(isoDay(day));
    if (start >= until) return days;
    if (start >= since) days.push(isoDay(day));
  }
}

function isoDay(day: number): string {
  return new Date(day).toISOString().slice(0, 10);
}
