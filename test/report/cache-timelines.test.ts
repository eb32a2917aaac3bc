import { describe, expect, it } from "vitest";
import { aReport } from "../support/a-report.ts";
import { aConversation, type Step } from "../support/conversation.ts";

const HOUR_S = 3_600;

/** A five-minute cache that has always expired: every step writes again what the one before it wrote. */
function expiring(count: number, pauseS: number): Step[] {
  return Array.from({ length: count }, (_, number) => ({
    at: number * pauseS,
    cacheWrite5m: 100_000,
    uncachedInput: 7,
  }));
}

/** The cache is used often enough within its lifetime to say what an hour would have kept. */
function readSoon(count: number): Step[] {
  return Array.from({ length: count }, (_, number) => ({
    at: number * 60,
    ...(number === 0 ? { cacheWrite5m: 100_000 } : { cacheRead: 100_000 }),
  }));
}

describe("the timeline of a cache", () => {
  it("says by hour what was read, written, written again and not cached, where there are few days", () => {
    const report = aReport([
      ...aConversation(expiring(30, 1_800), { name: "slow" }),
      ...aConversation(readSoon(10), { name: "fast", startedAt: "2026-10-10T23:30:00.000Z" }),
    ]);
    expect(report.recommendations.map(({ plan }) => plan.strategy)).toContain("cache-ttl-1h");
    const [timeline] = report.cacheTimelines;
    expect(timeline).toMatchObject({ workload: "chat", step: "hour" });
    const { points = [] } = timeline ?? {};
    // Two steps in each hour from 10:00 on; the very first writes for the first time.
    expect(points[0]).toEqual({
      at: "2026-10-10T10",
      read: 0,
      written: 200_000,
      writtenAgain: 100_000,
      uncached: 14,
      expiries: 1,
    });
    expect(points[1]).toMatchObject({ at: "2026-10-10T11", written: 200_000, writtenAgain: 200_000, expiries: 2 });
    // The two of the slow conversation, and ten of the fast one, of which nine read.
    expect(points.find(({ at }) => at === "2026-10-10T23")).toEqual({
      at: "2026-10-10T23",
      read: 900_000,
      written: 300_000,
      writtenAgain: 200_000,
      uncached: 14,
      expiries: 2,
    });
  });

  it("goes by the report's own days where there are more", () => {
    const events = [0, 1, 2, 3].flatMap((day) =>
      aConversation([...expiring(20, 1_500), ...readSoon(8).map((step) => ({ ...step, at: step.at + 20 * HOUR_S }))], {
        name: `day-${String(day)}`,
        startedAt: `2026-10-1${String(day)}T02:30:00.000Z`,
      }),
    );
    const report = aReport(events, { timeZone: "America/New_York" });
    const [timeline] = report.cacheTimelines;
    expect(timeline?.step).toBe("day");
    // 02:30 in UTC is the evening before.
    expect(timeline?.points.map(({ at }) => at)[0]).toBe("2026-10-09");
    const written = timeline?.points.reduce((sum, point) => sum + point.written, 0);
    expect(written).toBe(report.total.tokens.cacheWrite5m);
  });

  it("is made for no workload without caching advice", () => {
    const report = aReport(aConversation(readSoon(30)));
    expect(report.recommendations.filter(({ plan }) => plan.strategy.startsWith("cache"))).toEqual([]);
    expect(report.cacheTimelines).toEqual([]);
  });
});
