import type { Report } from "../report/report.ts";
import { RESAMPLING_DAYS_MIN } from "../thresholds.ts";

/** What a range covers: with few days, how much these differ is not in it. */
export function rangeName({ advice }: Report): string {
  return advice.days < RESAMPLING_DAYS_MIN ? "range, days apart" : "80 % range";
}
