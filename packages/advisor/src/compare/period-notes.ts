import { dayWords, grouped } from "../report/words.ts";
import type { Side } from "./side.ts";

/** What the two periods leave out, or count twice, or how they differ, one sentence each. */
export function periodNotes(before: Side, after: Side): readonly string[] {
  return [
    ...emptyNotes(before, after),
    ...gapNotes("first", before),
    ...gapNotes("second", after),
    ...overlapNotes(before, after),
    ...lengthNotes(before, after),
  ];
}

function emptyNotes(before: Side, after: Side): string[] {
  return [
    ...(before.spend.total.requests === 0 ? ["nothing was recorded before"] : []),
    ...(after.spend.total.requests === 0 ? ["nothing was recorded after"] : []),
  ];
}

/** What lies outside of all that was recorded is not known to have cost nothing. */
function gapNotes(which: string, { period, gaps, timeZone, isOpen }: Side): string[] {
  if (period === null) return [];
  const day = (instant: number): string => dayWords(instant, timeZone, true);
  const unknown = "if anything, is in no amount";
  const notes: string[] = [];
  if (gaps.before !== null) {
    const begin = `the ${which} period begins on ${day(period.since)}, and recording on ${day(gaps.before)}`;
    notes.push(`${begin}: what was used in between, ${unknown}`);
  }
  if (gaps.after !== null) {
    // The last instant of a period belongs to its last day.
    const end = isOpen ? "is not over" : `ends on ${day(period.until - 1)}`;
    notes.push(
      `nothing is recorded after ${day(gaps.after)}, and the ${which} period ${end}: what was used since, ${unknown}`,
    );
  }
  return notes;
}

/** Of one ledger, what two periods share is in both amounts. */
function overlapNotes(before: Side, after: Side): string[] {
  if (before.period === null || after.period === null) return [];
  if (!before.ledgers.some((path) => after.ledgers.includes(path))) return [];
  const since = Math.max(before.period.since, after.period.since);
  const until = Math.min(before.period.until, after.period.until);
  if (since >= until) return [];
  const days = [dayWords(since, before.timeZone, true), dayWords(until - 1, before.timeZone, true)];
  return [`the periods overlap: responses of ${[...new Set(days)].join(" to ")} are in both amounts`];
}

/** Days are taken for equally long where clocks were changed on one of them. */
const CLOCK_CHANGE_DAYS = 1.5 / 24;

function lengthNotes(before: Side, after: Side): string[] {
  // A gap at the end of a period says so, too.
  const isToTell = ({ isOpen, gaps }: Side): boolean => isOpen && gaps.after === null;
  const notes = [
    ...(isToTell(before) ? ["the first period is not over yet"] : []),
    ...(isToTell(after) ? ["the second period is not over yet"] : []),
  ];
  if (before.days === null || after.days === null || Math.abs(before.days - after.days) <= CLOCK_CHANGE_DAYS) {
    return notes;
  }
  const perDay = ({ spend, days }: Side): string => {
    const requests = spend.total.requests / (days || 1);
    return requests < 10 ? requests.toFixed(1) : grouped(Math.round(requests));
  };
  return [
    ...notes,
    `the periods are not equally long, ${daysWords(before.days)} and ${daysWords(after.days)}: volume includes that; ` +
      `${perDay(before)} responses a day became ${perDay(after)}`,
  ];
}

/** A length in days, such as `31 days` or `1.5 days`. */
export function daysWords(days: number): string {
  const rounded = days >= 10 ? Math.round(days) : Math.round(days * 10) / 10;
  return `${String(rounded)} ${rounded === 1 ? "day" : "days"}`;
}
