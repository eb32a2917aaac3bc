import { money, type Calendar, type Instant, type Money } from "@farthing/ledger";
import { quantile, seededRandom } from "../resampling.ts";
import { FORECAST_DAYS_MAX, FORECAST_WEEKENDS_DAYS_MIN, RANGE_COVERAGE, RESAMPLING_DAYS_MIN } from "../thresholds.ts";
import { DAY_MS, daysIn, type BudgetSpan } from "./budget-span.ts";

/** What a period will come to when it ends, and its range at 80 %. */
export interface Forecast {
  readonly low: Money;
  readonly expected: Money;
  readonly high: Money;
  /** How many full days it rests on. */
  readonly fullDays: number;
}

/** Why there is no forecast. */
export type NoForecast = TooFewDays | UnpricedDays | NeverMatched;

/** Too little is recorded. */
interface TooFewDays {
  readonly reason: "too-few-days";
  readonly fullDays: number;
  readonly needed: number;
  /** When there will be enough, if every day is recorded from here on. */
  readonly from: Instant;
}

/** Of its days some responses have no price: what they cost is not known. */
interface UnpricedDays {
  readonly reason: "unpriced";
  readonly fullDays: number;
  readonly unpricedRequests: number;
  /** What the priced ones alone are expected to come to. */
  readonly atLeast: Money;
}

/** Nothing the budget counts was ever recorded: its conditions may be misspelt. */
interface NeverMatched {
  readonly reason: "never-matched";
  readonly fullDays: 0;
}

/** What one day came to. */
interface DaySpend {
  readonly usd: Money;
  /** Responses whose cost is not in it. */
  readonly unpricedRequests: number;
}

/** What is known of the requests of a budget. */
export interface SpendByDay {
  /** In the period so far. */
  readonly spent: Money;
  /** By local day, today and days outside the period included; a day that is absent and was recorded cost nothing. */
  readonly byDay: ReadonlyMap<string, DaySpend>;
  /** When the first response of the budget was complete; null where there is none. */
  readonly matchedSince: Instant | null;
  /** When the ledger's last response was complete, of whatever kind; null where there is none. */
  readonly recordedUntil: Instant | null;
}

const RESAMPLES = 1000;
const SEED = 0xb0d6e7;

/**
 * What a budget's period will come to.
 *
 * What is left of it is drawn day by day from the newest full days. Each time these are drawn anew first, so that the
 * range holds how little is known of an average day as well as how much days differ. Days on which nothing was used
 * count, from the budget's first response to the ledger's last. From two weeks on, weekends are drawn from weekends.
 */
export function forecastSpend(
  spend: SpendByDay,
  span: BudgetSpan,
  now: Instant,
  calendar: Calendar,
): Forecast | NoForecast {
  if (spend.matchedSince === null) return { reason: "never-matched", fullDays: 0 };
  const days = fullDays(spend, now, calendar);
  if (days.length < RESAMPLING_DAYS_MIN) return tooFewDays(days.length, spend.matchedSince, now, calendar);
  const left = daysLeft(span, now, calendar);
  const separate = days.length >= FORECAST_WEEKENDS_DAYS_MIN;
  const pools = [false, true].map((weekend) => days.filter(({ day }) => !separate || isWeekend(day) === weekend));
  const poolOf = (day: string): readonly Day[] => pools[Number(separate && isWeekend(day))] ?? [];
  const mean = left.reduce((sum, { day, share }) => sum + share * meanOf(poolOf(day)), 0);
  const plus = (amount: number): Money => money(spend.spent + BigInt(Math.round(amount)));
  const unpricedRequests = days.reduce((sum, day) => sum + day.unpricedRequests, 0);
  if (unpricedRequests > 0) return { reason: "unpriced", fullDays: days.length, unpricedRequests, atLeast: plus(mean) };
  const random = seededRandom(SEED);
  const draw = (pool: readonly Day[]): readonly Day[] =>
    pool.flatMap(() => pool[Math.floor(random() * pool.length)] ?? []);
  const sums = Array.from({ length: RESAMPLES }, () => {
    const drawn = pools.map(draw);
    return left.reduce((sum, { day, share }) => {
      const pool = drawn[Number(separate && isWeekend(day))] ?? [];
      return sum + share * (pool[Math.floor(random() * pool.length)]?.usd ?? 0);
    }, 0);
  }).sort((a, b) => a - b);
  const tail = (1 - RANGE_COVERAGE) / 2;
  const [low, high] = [quantile(sums, tail), quantile(sums, 1 - tail)];
  return {
    low: plus(Math.min(low, mean)),
    expected: plus(mean),
    high: plus(Math.max(high, mean)),
    fullDays: days.length,
  };
}

interface Day {
  readonly day: string;
  /** Picodollars. */
  readonly usd: number;
  readonly unpricedRequests: number;
}

/** The newest days that were recorded from their beginning to their end. */
function fullDays(
  { byDay, matchedSince, recordedUntil }: SpendByDay,
  now: Instant,
  calendar: Calendar,
): readonly Day[] {
  if (matchedSince === null || recordedUntil === null || matchedSince >= now) return [];
  const today = calendar.day(now);
  const lastDay = calendar.day(recordedUntil);
  // The day on which use or recording began is a part of a day.
  const days = daysIn(matchedSince + 1, now, calendar).filter((day) => day < today);
  const yesterday = days.at(-1);
  return (
    days
      // Of the day of the last response it cannot be told whether recording stopped in it, unless it was yesterday.
      .filter((day) => day < lastDay || (day === lastDay && day === yesterday))
      .slice(-FORECAST_DAYS_MAX)
      .map((day) => {
        const spend = byDay.get(day);
        return { day, usd: Number(spend?.usd ?? 0n), unpricedRequests: spend?.unpricedRequests ?? 0 };
      })
  );
}

/** What is left of the period, today in part. */
function daysLeft(
  { until }: BudgetSpan,
  now: Instant,
  calendar: Calendar,
): readonly { readonly day: string; readonly share: number }[] {
  const today = calendar.day(now);
  const [tomorrow, ...later] = daysIn(now + 1, until, calendar);
  const start = calendar.startOfDay(today);
  const end = tomorrow === undefined ? until : calendar.startOfDay(tomorrow);
  const rest = { day: today, share: (end - now) / (end - start) };
  return [rest, ...[tomorrow, ...later].filter((day) => day !== undefined).map((day) => ({ day, share: 1 }))];
}

function tooFewDays(count: number, matchedSince: Instant, now: Instant, calendar: Calendar): TooFewDays {
  // Today counts once it is over, unless use began in it.
  const isPart = calendar.day(matchedSince) === calendar.day(now);
  const missing = RESAMPLING_DAYS_MIN - count + (isPart ? 1 : 0);
  const from = Date.parse(`${calendar.day(now)}T00:00:00Z`) + missing * DAY_MS;
  return {
    reason: "too-few-days",
    fullDays: count,
    needed: RESAMPLING_DAYS_MIN,
    from: calendar.startOfDay(new Date(from).toISOString().slice(0, 10)),
  };
}

function meanOf(days: readonly Day[]): number {
  return days.length === 0 ? 0 : days.reduce((sum, { usd }) => sum + usd, 0) / days.length;
}

function isWeekend(day: string): boolean {
  return new Date(`${day}T00:00:00Z`).getUTCDay() % 6 === 0;
}
