/** A date or an instant, such as 2026-11-22 or 2026-11-22T08:00:00.000Z, as PostgreSQL takes it: the year 0 is the first one before Christ. */
export function shownTime(time: string): string {
  return time.startsWith("0000-") ? `0001${time.slice("0000".length)} BC` : time;
}
