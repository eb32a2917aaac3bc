import { budgetSpan, forecastSpend, type Forecast, type NoForecast } from "@farthing/advisor";
import { calendarOf, money, ZERO, type BudgetPeriod, type Money } from "@farthing/ledger";
import { describe, expect, it } from "vitest";

const UTC = calendarOf("UTC");
const DAY_MS = 86_400_000;

/** Mulberry32. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Daily amounts from a day on, by day. */
function amounts(from: string, usdOf: (day: number, weekend: boolean) => number, count: number): Map<string, Money> {
  const start = Date.parse(from);
  return new Map(
    Array.from({ length: count }, (_, index) => {
      const date = new Date(start + index * DAY_MS);
      const usd = usdOf(index, date.getUTCDay() % 6 === 0);
      return [date.toISOString().slice(0, 10), money(BigInt(Math.round(usd * 1e12)))];
    }),
  );
}

/** @param recordedUntil Default: all the time. */
function forecastAt(
  byDay: ReadonlyMap<string, Money>,
  now: string,
  matchedSince: string,
  recordedUntil = now,
): Forecast | NoForecast {
  const at = Date.parse(now);
  const span = budgetSpan("month", at, UTC);
  const spent = [...byDay]
    .filter(([day]) => Date.parse(day) >= span.since && Date.parse(day) < at)
    .reduce((sum, [, usd]) => sum + usd, 0n);
  const spend = {
    spent: money(spent),
    byDay: new Map([...byDay].map(([day, usd]) => [day, { usd, unpricedRequests: 0 }])),
    matchedSince: Date.parse(matchedSince),
    recordedUntil: Date.parse(recordedUntil),
  };
  return forecastSpend(spend, span, at, UTC);
}

describe("a forecast", () => {
  it("is what is spent and so many days more where all days are alike", () => {
    // $10 a day, at noon of 15 November: 14 days and what was used of today are spent, 15.5 days are left.
    const byDay = amounts("2026-10-15", () => 10, 32);
    const forecast = forecastAt(byDay, "2026-11-15T12:00:00Z", "2026-10-14T10:00:00Z");
    expect(forecast).toEqual({
      low: 305_000_000_000_000n,
      expected: 305_000_000_000_000n,
      high: 305_000_000_000_000n,
      fullDays: 28,
    });
  });

  it("takes weekends for weekends", () => {
    // $10 from Monday to Friday, nothing at weekends. After Sunday 15 November come ten working days.
    const byDay = amounts("2026-10-01", (_, weekend) => (weekend ? 0 : 10), 45);
    const forecast = forecastAt(byDay, "2026-11-16T00:00:00Z", "2026-09-30T00:00:00Z");
    // 2 to 13 November are ten working days, and 16 to 30 November eleven.
    expect(forecast).toMatchObject({ expected: 210_000_000_000_000n, low: 210_000_000_000_000n });
  });

  it.each([
    ["2026-11-03T09:00:00Z", "2026-11-08T00:00:00Z", 2],
    ["2026-11-07T09:00:00Z", "2026-11-08T00:00:00Z", 6],
  ])("at %s needs more full days, until %s", (now, from, fullDays) => {
    const byDay = amounts("2026-10-31", () => 10, 10);
    expect(forecastAt(byDay, now, "2026-10-31T12:00:00Z")).toEqual({
      reason: "too-few-days",
      fullDays,
      needed: 7,
      from: Date.parse(from),
    });
    expect(forecastAt(byDay, "2026-11-08T09:00:00Z", "2026-10-31T12:00:00Z")).toMatchObject({ fullDays: 7 });
  });

  it("counts days on which nothing was used", () => {
    const byDay = new Map([["2026-11-01", money(70_000_000_000_000n)]]);
    const forecast = forecastAt(byDay, "2026-11-08T00:00:00Z", "2026-10-31T12:00:00Z");
    // $70 in seven days are $10 a day for 23 more.
    expect(forecast).toMatchObject({ expected: 300_000_000_000_000n });
  });

  it("takes days after the last response for unknown, and not for days without cost", () => {
    // $10 a day until 10 November; on the 21st, ten days of the period are left.
    const byDay = amounts("2026-10-20", () => 10, 22);
    const at = "2026-11-21T00:00:00Z";
    expect(forecastAt(byDay, at, "2026-10-19T12:00:00Z", "2026-11-10T08:00:00Z")).toMatchObject({
      expected: 200_000_000_000_000n,
      fullDays: 21,
    });
    // Of yesterday more may have been recorded than that, but nothing says so.
    expect(forecastAt(byDay, "2026-11-11T00:00:00Z", "2026-10-19T12:00:00Z", "2026-11-10T08:00:00Z")).toMatchObject({
      fullDays: 22,
    });
  });

  it("waits for seven days after the day on which use began, where that is today", () => {
    const byDay = amounts("2026-11-01", () => 10, 20);
    const first = "2026-11-01T08:00:00Z";
    expect(forecastAt(byDay, "2026-11-01T09:00:00Z", first)).toMatchObject({ from: Date.parse("2026-11-09") });
    expect(forecastAt(byDay, "2026-11-08T23:59:59Z", first)).toMatchObject({ fullDays: 6 });
    expect(forecastAt(byDay, "2026-11-09T00:00:00Z", first)).toMatchObject({
      fullDays: 7,
      expected: 300_000_000_000_000n,
    });
  });

  it("has a range that holds the truth four times in five, about", () => {
    const random = seeded(20);
    const runs = 200;
    let held = 0;
    for (let run = 0; run < runs; run += 1) {
      // Days of very different amounts: the square of an even draw, weekends a third.
      const byDay = amounts("2026-10-04", (_, weekend) => 100 * random() ** 2 * (weekend ? 0.33 : 1), 58);
      const forecast = forecastAt(byDay, "2026-11-12T00:00:00Z", "2026-10-03T12:00:00Z");
      const truth = [...byDay]
        .filter(([day]) => day.startsWith("2026-11"))
        .reduce((sum, [, usd]) => sum + usd, ZERO as bigint);
      if (!("expected" in forecast)) throw new Error("28 full days are enough");
      if (forecast.low <= truth && truth <= forecast.high) held += 1;
    }
    expect(held / runs).toBeGreaterThan(0.72);
    expect(held / runs).toBeLessThan(0.88);
  });
});

describe("the period of a budget", () => {
  it.each<[BudgetPeriod, string, string, string, string]>([
    ["day", "UTC", "2026-11-24T12:00:00Z", "2026-11-24T00:00:00.000Z", "2026-11-25T00:00:00.000Z"],
    ["week", "UTC", "2026-11-24T12:00:00Z", "2026-11-23T00:00:00.000Z", "2026-11-30T00:00:00.000Z"],
    ["week", "UTC", "2026-11-29T23:59:59Z", "2026-11-23T00:00:00.000Z", "2026-11-30T00:00:00.000Z"],
    ["month", "UTC", "2026-12-31T23:00:00Z", "2026-12-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z"],
    // Midnight in Berlin is 22:00 UTC in summer and 23:00 in winter; clocks go back on 25 October.
    ["month", "Europe/Berlin", "2026-10-10T00:00:00Z", "2026-09-30T22:00:00.000Z", "2026-10-31T23:00:00.000Z"],
    ["day", "Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-24T22:00:00.000Z", "2026-10-25T23:00:00.000Z"],
  ])("of a %s in %s at %s", (per, timeZone, at, since, until) => {
    const span = budgetSpan(per, Date.parse(at), calendarOf(timeZone));
    expect([span.since, span.until].map((instant) => new Date(instant).toISOString())).toEqual([since, until]);
  });
});
