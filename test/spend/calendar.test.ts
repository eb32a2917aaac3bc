import { calendarOf, formatInstant, parseInstant } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const ZONES = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "Asia/Kolkata",
  "Pacific/Apia",
  "Africa/Cairo",
  "Australia/Lord_Howe",
];

describe("the calendar of a time zone", () => {
  // Oracles: published clock changes. Berlin leaves summer time on 2026-10-25 at 01:00Z, enters it on 2026-03-29.
  it.each([
    ["UTC", "2026-10-25", "2026-10-25T00:00:00.000Z"],
    ["Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00.000Z"],
    ["Europe/Berlin", "2026-10-26", "2026-10-25T23:00:00.000Z"],
    ["Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00.000Z"],
    ["Europe/Berlin", "2026-03-30", "2026-03-29T22:00:00.000Z"],
    ["America/New_York", "2026-11-01", "2026-11-01T04:00:00.000Z"],
    ["America/New_York", "2026-11-02", "2026-11-02T05:00:00.000Z"],
    ["Asia/Kolkata", "2026-11-22", "2026-11-21T18:30:00.000Z"],
  ])("in %s begins %s at %s", (timeZone, day, start) => {
    expect(formatInstant(calendarOf(timeZone).startOfDay(day))).toBe(start);
  });

  it("begins a day whose midnight is skipped at its first instant", () => {
    // Cairo moved its clocks from 00:00 to 01:00 on 2024-04-26.
    expect(formatInstant(calendarOf("Africa/Cairo").startOfDay("2024-04-26"))).toBe("2024-04-25T22:00:00.000Z");
  });

  it("begins a day that a zone never had where the next one begins", () => {
    // Samoa went from 2011-12-29 to 2011-12-31, at 10:00Z on the 30th.
    const apia = calendarOf("Pacific/Apia");
    expect(formatInstant(apia.startOfDay("2011-12-30"))).toBe("2011-12-30T10:00:00.000Z");
    expect(apia.startOfDay("2011-12-30")).toBe(apia.startOfDay("2011-12-31"));
  });

  it("puts both passes of a repeated hour in one group", () => {
    const berlin = calendarOf("Europe/Berlin");
    expect(berlin.hour(parseInstant("2026-10-25T00:30:00Z"))).toBe("2026-10-25T02");
    expect(berlin.hour(parseInstant("2026-10-25T01:30:00Z"))).toBe("2026-10-25T02");
  });

  it("holds every instant in the day that begins last before it", () => {
    const instants = fc.integer({ min: Date.UTC(2023, 0, 1), max: Date.UTC(2028, 0, 1) });
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), instants, (timeZone, instant) => {
        const calendar = calendarOf(timeZone);
        const day = calendar.day(instant);
        const start = calendar.startOfDay(day);
        expect(start).toBeLessThanOrEqual(instant);
        expect(calendar.day(start)).toBe(day);
        expect(calendar.day(start - 1) < day).toBe(true);
        expect(calendar.month(instant)).toBe(day.slice(0, 7));
        expect(calendar.hour(instant).slice(0, 10)).toBe(day);
      }),
    );
  });

  it("refuses a zone nobody knows", () => {
    expect(() => calendarOf("Mars/Olympus")).toThrow(RangeError);
  });
});
