import type { Instant } from "@farthing/ledger";
import type { Random } from "./random.ts";

/** A stretch of time; `until` is exclusive. */
export interface Period {
  readonly from: Instant;
  readonly until: Instant;
}

/** Twenty-four weights, one for each hour of the day (UTC); only their proportions matter. */
export type HourProfile = readonly number[];

export interface ArrivalRate {
  /** Expected arrivals on a day from Monday to Friday. */
  readonly weekday: number;
  /** Expected arrivals on a Saturday or Sunday. */
  readonly weekend: number;
  readonly hours: HourProfile;
}

/** European and American office hours. */
export const OFFICE_HOURS: HourProfile = [0, 0, 0, 0, 0, 0, 1, 5, 10, 11, 10, 8, 8, 10, 12, 11, 9, 7, 5, 4, 2, 1, 0, 0];

/** A job that starts at 02:00 and is done by 04:00. */
export const TWO_TO_FOUR_AT_NIGHT: HourProfile = [
  0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
];

const HOUR_MS = 60 * 60 * 1000;

/** When something arrives during a period: a Poisson process whose rate is constant within each hour. Ascending. */
export function arrivals(random: Random, period: Period, rate: ArrivalRate): Instant[] {
  const weights = rate.hours.reduce((total, weight) => total + weight, 0);
  const times: Instant[] = [];
  for (let hour = period.from; hour < period.until; hour += HOUR_MS) {
    const date = new Date(hour);
    const perDay = isWeekend(date) ? rate.weekend : rate.weekday;
    const perHour = (perDay * (rate.hours[date.getUTCHours()] ?? 0)) / weights;
    if (perHour === 0) continue;
    const end = Math.min(hour + HOUR_MS, period.until);
    const meanGap = HOUR_MS / perHour;
    for (let at = hour + random.exponential(meanGap); at < end; at += random.exponential(meanGap)) {
      times.push(Math.floor(at));
    }
  }
  return times;
}

function isWeekend(date: Date): boolean {
  const day = date.getUTCDay();
  return day === 0 || day === 6;
}
