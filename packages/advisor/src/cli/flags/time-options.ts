import { calendarOf, parseInstant, type Calendar, type Instant } from "@farthing/ledger";
import { UsageError } from "../command-errors.ts";
import { parsePeriod, type PeriodFlag } from "./period.ts";

const BARE_DATE = /^\d{4}-\d{2}-\d{2}$/;

/** Flags as they were typed. */
export interface TimeFlags {
  readonly since?: string;
  readonly until?: string;
  readonly tz?: string;
  /** Both ends at once. */
  readonly period?: string;
}

/** A time as a flag gives it: an instant, or a day whose first instant depends on the zone. */
type TimeFlag = { readonly at: Instant } | { readonly day: string };

/** Time flags, checked, but for the zone that the ledger's settings may still decide. */
export interface CheckedTimes {
  readonly since: TimeFlag | null;
  readonly until: TimeFlag | null;
  readonly period: PeriodFlag | null;
  /** Null: as the ledger's settings say. */
  readonly calendar: Calendar | null;
}

/** A stretch of time. */
export interface Period {
  readonly calendar: Calendar;
  /** Inclusive; null for no limit. */
  readonly since: Instant | null;
  /** Exclusive; null for no limit. */
  readonly until: Instant | null;
}

/** @throws UsageError naming the flag, for a time that is none or a zone nobody knows. */
export function checkTimes(flags: TimeFlags): CheckedTimes {
  if (flags.period !== undefined && (flags.since ?? flags.until) !== undefined)
    throw new UsageError("--period: it has both ends; leave out --since and --until");
  return {
    period: flags.period === undefined ? null : parsePeriod(flags.period),
    since: flags.since === undefined ? null : parseTimeFlag(flags.since, "--since"),
    until: flags.until === undefined ? null : parseTimeFlag(flags.until, "--until"),
    calendar: flags.tz === undefined ? null : calendarFor(flags.tz, "--tz"),
  };
}

/** @throws UsageError for a period that ends before it begins, or a zone of the settings nobody knows. */
export function toPeriod(times: CheckedTimes, settingsTimeZone: string): Period {
  const calendar = times.calendar ?? calendarFor(settingsTimeZone, "the ledger's time-zone setting");
  if (times.period !== null) return { calendar, ...times.period(calendar) };
  const since = times.since === null ? null : toInstant(times.since, calendar);
  const until = times.until === null ? null : toInstant(times.until, calendar);
  if (since !== null && until !== null && until <= since) {
    throw new UsageError("--until: it is exclusive and must be later than --since; for one day name the next day");
  }
  return { calendar, since, until };
}

/** An instant; a bare date is its first instant in UTC. */
export function parseInstantFlag(text: string, flag: string): Instant {
  try {
    return parseInstant(text);
  } catch (error) {
    throw new UsageError(`${flag}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** An instant; a bare date is its first instant in a zone. */
export function instantIn(text: string, flag: string, timeZone: string): Instant {
  return toInstant(parseTimeFlag(text, flag), calendarFor(timeZone, "the ledger's time-zone setting"));
}

function parseTimeFlag(text: string, flag: string): TimeFlag {
  const at = parseInstantFlag(text, flag);
  return BARE_DATE.test(text) ? { day: text } : { at };
}

function toInstant(time: TimeFlag, calendar: Calendar): Instant {
  return "at" in time ? time.at : calendar.startOfDay(time.day);
}

function calendarFor(timeZone: string, origin: string): Calendar {
  try {
    return calendarOf(timeZone);
  } catch (error) {
    throw new UsageError(`${origin}: "${timeZone}" is not a time zone; expected an IANA name such as Europe/Berlin`, {
      cause: error,
    });
  }
}
