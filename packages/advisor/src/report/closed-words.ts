import { calendarOf, displayUsd } from "@farthing/ledger";
import type { ClosedFigure } from "./closed-periods.ts";
import { countWords, dayWords, signedUsdWords } from "./words.ts";

const SHOWN_MAX = 3;

/** Closed periods in sentences. */
export function closedSentences(figures: readonly ClosedFigure[]): readonly string[] {
  const [only] = figures;
  if (only === undefined) return [];
  if (only.sinceUsd !== null && figures.length === 1) {
    const closed = `Closed with ${displayUsd(only.usd)} on ${dayWords(only.closedAt, only.timeZone, true)}`;
    if (only.sinceUsd === 0n) return [`${closed}; nothing since.`];
    return [`${closed}; ${signedUsdWords(only.sinceUsd)} since: farthing spend --period ${nameOf(only)} says why.`];
  }
  const shown = figures.slice(-SHOWN_MAX).map((each) => `${nameOf(each)} with ${displayUsd(each.usd)}`);
  const rest = figures.length - shown.length;
  const earlier = rest > 0 ? `${countWords(rest, "earlier period")}, ` : "";
  const first = nameOf(figures.at(-1) ?? only);
  return [`Closed: ${earlier}${shown.join(", ")}; farthing spend --period ${first} tells what came since.`];
}

/** As `--period` takes it: a month, a day, or both ends. */
function nameOf({ from, until, timeZone }: ClosedFigure): string {
  const calendar = calendarOf(timeZone);
  const [first, last] = [calendar.day(from), calendar.day(until - 1)];
  if (first === last) return first;
  const month = first.slice(0, 7);
  const isMonth = first.endsWith("-01") && last.startsWith(month) && calendar.month(until) !== month;
  return isMonth ? month : `${first}..${last}`;
}
