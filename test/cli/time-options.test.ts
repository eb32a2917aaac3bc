import { formatInstant } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { UsageError } from "../../packages/advisor/src/cli/command-errors.ts";
import { checkTimes, toPeriod, type TimeFlags } from "../../packages/advisor/src/cli/flags/time-options.ts";

function period(
  flags: TimeFlags,
  settingsTimeZone = "UTC",
): { zone: string; since: string | null; until: string | null } {
  const { calendar, since, until } = toPeriod(checkTimes(flags), settingsTimeZone);
  return {
    zone: calendar.timeZone,
    since: since === null ? null : formatInstant(since),
    until: until === null ? null : formatInstant(until),
  };
}

describe("a period", () => {
  it("takes a bare date as 00:00 in the zone, on days when clocks change too", () => {
    expect(period({ since: "2026-10-25", until: "2026-10-26", tz: "Europe/Berlin" })).toEqual({
      zone: "Europe/Berlin",
      since: "2026-10-24T22:00:00.000Z",
      until: "2026-10-25T23:00:00.000Z",
    });
  });

  it("takes a full time as it is", () => {
    expect(period({ since: "2026-10-25T09:00:00+02:00", tz: "Asia/Tokyo" }).since).toBe("2026-10-25T07:00:00.000Z");
  });

  it("is cut by the ledger's zone unless --tz says otherwise", () => {
    expect(period({ since: "2026-07-01" }, "Europe/Berlin")).toMatchObject({
      zone: "Europe/Berlin",
      since: "2026-06-30T22:00:00.000Z",
    });
    expect(period({ since: "2026-07-01", tz: "UTC" }, "Europe/Berlin").since).toBe("2026-07-01T00:00:00.000Z");
  });

  it.each([
    [{ since: "2026-02-30" }, /--since: .*no such day/],
    [{ until: "2026-13-01" }, /--until/],
    [{ since: "last week" }, /--since: .*expected a date/],
    [{ tz: "Mars/Olympus" }, /--tz: .*Europe\/Berlin/],
    [{ since: "2026-10-02", until: "2026-10-01" }, /--until/],
    [{ since: "2026-10-01", until: "2026-10-01" }, /--until/],
  ])("refuses %j and names the flag", (flags, message) => {
    expect(() => period(flags)).toThrow(UsageError);
    expect(() => period(flags)).toThrow(message);
  });
});
