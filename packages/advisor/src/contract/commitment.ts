import {
  calendarOf,
  divideHalfEven,
  money,
  sum,
  ZERO,
  type Calendar,
  type Instant,
  type Money,
} from "@farthing/ledger";

const DAY_MS = 86_400_000;

/** Time, as asked for or as used. */
interface Time {
  readonly since: Instant | null;
  readonly until: Instant | null;
  readonly span: { readonly first: Instant; readonly last: Instant } | null;
  readonly now: Instant;
  readonly timeZone: string;
}

/** What is owed for some time, and of how many months that is a part or all. */
interface OwedCommitment {
  readonly usd: Money;
  readonly months: number;
}

/**
 * How much of a monthly amount is owed for some time: all of it for each month that is whole, and of the others the share
 * of their time. Days that are not over count whole; days to come do not.
 */
export function commitmentOver(perMonth: Money, { since, until, span, now, timeZone }: Time): OwedCommitment {
  const calendar = calendarOf(timeZone);
  const from = since ?? (span === null ? null : calendar.startOfDay(calendar.day(span.first)));
  const asked = until ?? (span === null ? null : dayAfter(span.last, calendar));
  if (from === null || asked === null) return { usd: ZERO, months: 0 };
  const end = Math.min(asked, dayAfter(now, calendar));
  const shares: Money[] = [];
  for (let month = monthAt(from, calendar); month.from < end; month = monthAt(month.until, calendar)) {
    const owed = Math.max(0, Math.min(end, month.until) - Math.max(from, month.from));
    shares.push(money(divideHalfEven(perMonth * BigInt(owed), BigInt(month.until - month.from))));
  }
  return { usd: sum(shares), months: shares.length };
}

function dayAfter(instant: Instant, calendar: Calendar): Instant {
  const next = Date.parse(`${calendar.day(instant)}T00:00:00Z`) + DAY_MS;
  return calendar.startOfDay(new Date(next).toISOString().slice(0, 10));
}

function monthAt(instant: Instant, calendar: Calendar): { readonly from: Instant; readonly until: Instant } {
  const month = calendar.month(instant);
  const [year = 0, number = 0] = month.split("-").map(Number);
  const next = new Date(Date.UTC(year, number, 1)).toISOString().slice(0, 10);
  return { from: calendar.startOfDay(`${month}-01`), until: calendar.startOfDay(next) };
}
