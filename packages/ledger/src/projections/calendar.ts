import type { Instant } from "../instant.ts";

/** Days, hours and months as they are counted in one time zone. */
export interface Calendar {
  /** IANA name, such as `Europe/Berlin`. */
  readonly timeZone: string;
  /** The local day of an instant, `2026-11-22`. */
  day(instant: Instant): string;
  /** The local month, `2026-11`. */
  month(instant: Instant): string;
  /** The local hour, `2026-11-22T14`. Where clocks go back, the repeated hour is one group. */
  hour(instant: Instant): string;
  /** The first instant of a local day: 00:00, or later where clocks skip midnight. `day` is `YYYY-MM-DD`. */
  startOfDay(day: string): Instant;
}

/** Wider than the distance between UTC and any zone, whole skipped days included. */
const WIDEST_OFFSET_MS = 48 * 3_600_000;

/**
 * The calendar of a time zone.
 *
 * @throws RangeError when the platform does not know the zone.
 */
export function calendarOf(timeZone: string): Calendar {
  const hour = hourIn(timeZone);
  const day = (instant: Instant): string => hour(instant).slice(0, 10);
  return {
    timeZone,
    hour,
    day,
    month: (instant) => hour(instant).slice(0, 7),
    startOfDay: (wanted) => (timeZone === "UTC" ? Date.parse(`${wanted}T00:00:00Z`) : firstInstantOf(wanted, day)),
  };
}

function hourIn(timeZone: string): (instant: Instant) => string {
  if (timeZone === "UTC") return (instant) => new Date(instant).toISOString().slice(0, 13);
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    calendar: "iso8601",
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
  });
  return (instant) => {
    const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, value]));
    const field = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? "";
    return `${field("year").padStart(4, "0")}-${field("month")}-${field("day")}T${field("hour")}`;
  };
}

/** Searches for the change of day, because an offset cannot be asked for and changes on some days. */
function firstInstantOf(wanted: string, day: (instant: Instant) => string): Instant {
  const utcMidnight = Date.parse(`${wanted}T00:00:00Z`);
  let before = utcMidnight - WIDEST_OFFSET_MS;
  let within = utcMidnight + WIDEST_OFFSET_MS;
  while (within - before > 1) {
    const middle = Math.floor((before + within) / 2);
    if (day(middle) < wanted) before = middle;
    else within = middle;
  }
  return within;
}
