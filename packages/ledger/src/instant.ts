import { InvalidInstantError } from "./errors.ts";

/** A point in time as milliseconds since 1970-01-01T00:00Z. */
export type Instant = number;

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt](?:[01]\d|2[0-3]):\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/;

/**
 * Reads an RFC 3339 timestamp, or a bare date as midnight UTC.
 *
 * @throws InvalidInstantError for any other text and for days that do not exist, such as 2026-02-30.
 */
export function parseInstant(text: string): Instant {
  const match = DATE.exec(text) ?? RFC3339.exec(text);
  if (match === null) {
    throw new InvalidInstantError(text, "expected a date such as 2026-11-22 or a time such as 2026-11-22T09:30:00Z");
  }
  const [, year, month, day] = match.map(Number);
  // Not `Date.UTC`, for which the years before 100 are in the 20th century.
  const real = new Date(0);
  real.setUTCFullYear(year ?? 0, (month ?? 0) - 1, day);
  if (real.getUTCMonth() + 1 !== month || real.getUTCDate() !== day) {
    throw new InvalidInstantError(text, "there is no such day");
  }
  const instant = Date.parse(text);
  if (Number.isNaN(instant)) throw new InvalidInstantError(text, "there is no such time of day");
  return instant;
}

/** The second that was formatted last, and its text up to the milliseconds: most instants lie close together. */
let newest = { second: NaN, text: "" };

/** An instant as ISO 8601 in UTC with milliseconds. */
export function formatInstant(instant: Instant): string {
  if (!Number.isSafeInteger(instant)) return new Date(instant).toISOString();
  const second = Math.floor(instant / 1000);
  const milliseconds = instant - second * 1000;
  if (second !== newest.second) {
    newest = { second, text: new Date(second * 1000).toISOString().slice(0, -"000Z".length) };
  }
  return `${newest.text}${String(milliseconds).padStart(3, "0")}Z`;
}
