import { calendarOf, displayUsd, type Money } from "@farthing/ledger";
import type { ClosedFigure } from "./closed-periods.ts";
import { countWords, dayWords, signedUsdWords } from "./words.ts";

const SHOWN_MAX = 3;

/** Closed periods in sentences. */
export function closedSentences(figures: readonly ClosedFigure[]): readonly string[] {
  const [only] = figures;
  if (only === undefined) return [];
  if (only.sinceUsd !== null && figures.length === 1) {
    const closed = `Closed with ${displayUsd(only.usd)} on ${dayWords(only.closedAt, only.timeZone, true)}`;
    const since = sinceWords(only, only.sinceUsd);
    if (since === null) return [`${closed}; nothing since.`];
    return [`${closed}; ${since[0]}: farthing spend --period ${nameOf(only)} ${since[1]}.`];
  }
  const shown = figures.slice(-SHOWN_MAX).map((each) => `${nameOf(each)} with ${displayUsd(each.usd)}`);
  const rest = figures.length - shown.length;
  const earlier = rest > 0 ? `${countWords(rest, "earlier period")}, ` : "";
  const first = nameOf(figures.at(-1) ?? only);
  return [`Closed: ${earlier}${shown.join(", ")}; farthing spend --period ${first} tells what came since.`];
}

/** What came since, and what the command says of it; null where nothing did. What came and has no price is not nothing. */
function sinceWords({ sinceRequests, sinceUnpriced }: ClosedFigure, usd: Money): readonly [string, string] | null {
  if (usd !== 0n) return [`${signedUsdWords(usd)} since`, "says why"];
  if (sinceRequests === null || sinceUnpriced === null) return ["it comes to the same now", "tells what came since"];
  const grown = [grownWords(sinceRequests, "response"), grownWords(sinceUnpriced, "unpriced response")];
  const told = grown.filter((words) => words !== null);
  return told.length === 0 ? null : [`it comes to the same now, with ${told.join(" and ")}`, "says why"];
}

function grownWords(by: number, noun: string): string | null {
  if (by === 0) return null;
  return countWords(Math.abs(by), `${by > 0 ? "more" : "fewer"} ${noun}`);
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
