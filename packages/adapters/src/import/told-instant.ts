import type { Instant } from "@farthing/ledger";
import { instantOrNull } from "./instant-or-null.ts";

/** A date and a time of day without a zone, as databases print them. */
const WITHOUT_ZONE = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2}(?:\.\d+)?)$/;

/** A date and a time of day with a space between them, and a zone that may lack its minutes. */
const WITH_ZONE = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2}(?:\.\d+)?)(Z|[+-]\d{2})(?::?(\d{2}))?$/;

/** The year 9999; a number beyond it is in milliseconds, or no time. */
const SECONDS_MAX = 253_402_300_799;

/**
 * A time as a record tells it: RFC 3339, the same without a zone, which is UTC, or seconds since 1970 with a fraction.
 * Null for anything else.
 */
export function toldInstant(value: unknown): Instant | null {
  if (typeof value === "number") {
    return Number.isFinite(value) && value > 0 && value <= SECONDS_MAX ? Math.round(value * 1000) : null;
  }
  if (typeof value !== "string" || !/\d:\d/.test(value)) return null;
  const [, date, time] = WITHOUT_ZONE.exec(value) ?? [];
  if (date !== undefined && time !== undefined) return instantOrNull(`${date}T${time}Z`);
  const [, day, clock, zone, minutes] = WITH_ZONE.exec(value) ?? [];
  if (day === undefined || clock === undefined || zone === undefined) return instantOrNull(value);
  return instantOrNull(`${day}T${clock}${zone === "Z" ? zone : `${zone}:${minutes ?? "00"}`}`);
}
