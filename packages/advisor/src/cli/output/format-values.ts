import { formatInstant, type Instant } from "@farthing/ledger";
import { dayWords, grouped } from "../../report/words.ts";

/** A count in full, thousands separated. */
export function displayCount(count: number): string {
  return grouped(count);
}

export { shortCount as displayShortCount } from "../../report/words.ts";

/** "1 response", "2 responses". */
export function displayQuantity(count: number, noun: string, plural = `${noun}s`): string {
  return `${displayCount(count)} ${count === 1 ? noun : plural}`;
}

/** A day for people, `22 Nov 2026`. */
export function displayDay(instant: Instant, timeZone: string): string {
  return dayWords(instant, timeZone, true);
}

/** The days from one instant to another, both included, such as `1 Oct - 31 Oct 2026`. */
export function displayDays(first: Instant, last: Instant, timeZone: string): string {
  const [from, to] = [displayDay(first, timeZone), displayDay(last, timeZone)];
  if (from === to) return to;
  const inOneYear = from.slice(-YEAR_LENGTH) === to.slice(-YEAR_LENGTH);
  return `${inOneYear ? from.slice(0, -YEAR_LENGTH).trimEnd() : from} - ${to}`;
}

const YEAR_LENGTH = "2026".length;

const BYTE_UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** A number of bytes in units of a thousand, such as `2.46 GB`. */
export function displayBytes(bytes: number): string {
  let scaled = bytes;
  let unit = 0;
  while (scaled >= 999.5 && unit < BYTE_UNITS.length - 1) {
    scaled /= 1000;
    unit += 1;
  }
  const digits = unit === 0 ? 0 : scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0;
  return `${scaled.toFixed(digits)} ${BYTE_UNITS[unit] ?? ""}`;
}

/** The day of an instant in UTC, `2026-11-22`. */
export function displayIsoDay(instant: Instant): string {
  return formatInstant(instant).slice(0, 10);
}

const SPANS: readonly (readonly [unit: string, ms: number])[] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
];

/** A length of time in its largest unit of which there are two, such as `9 days` or `36 hours`. */
export function displaySpan(spanMs: number): string {
  const [unit, ms] = SPANS.find(([, each]) => spanMs >= 2 * each) ?? ["second", 1000];
  return displayQuantity(Math.floor(spanMs / ms), unit);
}
