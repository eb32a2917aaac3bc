import type { Instant } from "@farthing/ledger";
import {
  BURST_PAUSE_MS,
  BURST_REQUESTS_MIN,
  BURSTS_MIN,
  BURSTS_TIME_SHARE_MAX,
  NEARLY_ALL_SHARE,
  REGULAR_DAYS_MIN,
  REGULAR_PAUSE_TOLERANCE,
} from "../thresholds.ts";
import { percent, shareOf, type Criterion } from "./criteria.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** Whether requests come as a machine sends them: in bursts with long silences, or at regular pauses for days. */
export function arrivesByMachine(starts: readonly Instant[]): Criterion {
  const inOrder = [...starts].sort((a, b) => a - b);
  const bursts = burstsOf(inOrder).filter(({ length }) => length >= BURST_REQUESTS_MIN);
  const within = bursts.reduce((sum, { length }) => sum + length, 0) / Math.max(1, inOrder.length);
  const timeShare = bursts.reduce((sum, burst) => sum + spanOf(burst), 0) / Math.max(DAY_MS, spanOf(inOrder));
  const inBursts = within >= NEARLY_ALL_SHARE && timeShare <= BURSTS_TIME_SHARE_MAX && bursts.length >= BURSTS_MIN;
  return {
    reason: "arrives-any-time",
    met: inBursts || isRegular(inOrder),
    observed: `${percent(within)} of requests come in ${String(bursts.length)} bursts, ${percent(timeShare)} of the time`,
    needed:
      `${percent(NEARLY_ALL_SHARE)} in ${String(BURSTS_MIN)} or more, at most ` +
      `${percent(BURSTS_TIME_SHARE_MAX)} of the time; or regular pauses for ${String(REGULAR_DAYS_MIN)} days`,
  };
}

/** The hours of the day, UTC, in which nearly all of some instants lie, such as `02-04h UTC`; null where they are many. */
export function hoursOfDay(instants: readonly Instant[]): string | null {
  const counts = Array.from({ length: 24 }, () => 0);
  for (const at of instants) {
    const hour = new Date(at).getUTCHours();
    counts[hour] = (counts[hour] ?? 0) + 1;
  }
  const wanted = NEARLY_ALL_SHARE * instants.length;
  for (let hours = 1; hours <= FEW_HOURS; hours += 1) {
    for (let from = 0; from < 24; from += 1) {
      const held = Array.from({ length: hours }, (_, next) => counts[(from + next) % 24] ?? 0);
      if (held.reduce((a, b) => a + b) < wanted) continue;
      return `${twoDigits(from)}-${twoDigits((from + hours) % 24)}h UTC`;
    }
  }
  return null;
}

/** What one would call the time of a job. */
const FEW_HOURS = 6;

function burstsOf(inOrder: readonly Instant[]): readonly (readonly Instant[])[] {
  const bursts: Instant[][] = [];
  for (const at of inOrder) {
    const burst = bursts.at(-1);
    const before = burst?.at(-1);
    if (burst === undefined || before === undefined || at - before > BURST_PAUSE_MS) bursts.push([at]);
    else burst.push(at);
  }
  return bursts;
}

function isRegular(inOrder: readonly Instant[]): boolean {
  const pauses = inOrder.slice(1).map((at, place) => at - (inOrder[place] ?? at));
  const median = [...pauses].sort((a, b) => a - b)[Math.floor(pauses.length / 2)] ?? 0;
  const near = (pause: number): boolean => Math.abs(pause - median) <= REGULAR_PAUSE_TOLERANCE * median;
  const forDays = spanOf(inOrder) >= REGULAR_DAYS_MIN * DAY_MS;
  return forDays && median > 0 && shareOf(pauses, near) >= NEARLY_ALL_SHARE;
}

function spanOf(inOrder: readonly Instant[]): number {
  return (inOrder.at(-1) ?? 0) - (inOrder[0] ?? 0);
}

function twoDigits(hour: number): string {
  return String(hour).padStart(2, "0");
}
