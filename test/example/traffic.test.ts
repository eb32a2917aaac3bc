import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../packages/advisor/src/example/random.ts";
import { arrivals, OFFICE_HOURS, TWO_TO_FOUR_AT_NIGHT } from "../../packages/advisor/src/example/traffic.ts";

const DAY = 24 * 60 * 60 * 1000;
const MONDAY = Date.parse("2026-11-16T00:00:00Z");
const seed = fc.integer();

describe("seeded randomness", () => {
  it("repeats itself for the same seed and name, and for no other", () => {
    fc.assert(
      fc.property(seed, (value) => {
        const draws = (random = seededRandom(value, "a")): number[] => Array.from({ length: 4 }, () => random.next());
        expect(draws()).toEqual(draws());
        expect(draws(seededRandom(value, "b"))).not.toEqual(draws());
        expect(draws(seededRandom(value + 1, "a"))).not.toEqual(draws());
      }),
    );
  });

  it("draws whole numbers within both bounds and reaches each of them", () => {
    fc.assert(
      fc.property(seed, fc.integer({ min: -50, max: 50 }), fc.nat({ max: 5 }), (value, min, width) => {
        const random = seededRandom(value, "a");
        const drawn = new Set(Array.from({ length: 300 }, () => random.between(min, min + width)));
        expect([...drawn].sort((a, b) => a - b)).toEqual(Array.from({ length: width + 1 }, (_, step) => min + step));
      }),
    );
  });

  it("has the mean it is asked for", () => {
    const random = seededRandom(7, "a");
    expect(mean(() => random.next())).toBeCloseTo(0.5, 1);
    expect(mean(() => random.exponential(10))).toBeCloseTo(10, 0);
    expect(mean(() => (random.chance(0.2) ? 1 : 0))).toBeCloseTo(0.2, 1);
  });
});

describe("arrivals", () => {
  const week = { from: MONDAY, until: MONDAY + 7 * DAY };

  it("are ascending and come only in hours with a weight, within the period", () => {
    fc.assert(
      fc.property(seed, (value) => {
        const times = arrivals(seededRandom(value, "a"), week, {
          weekday: 40,
          weekend: 40,
          hours: TWO_TO_FOUR_AT_NIGHT,
        });
        expect(times.every((at, index) => at >= (times[index - 1] ?? week.from) && at < week.until)).toBe(true);
        expect(new Set(times.map((at) => new Date(at).getUTCHours()))).toEqual(new Set([2, 3]));
      }),
      { numRuns: 20 },
    );
  });

  it("are as many as expected on weekdays and at weekends", () => {
    const times = arrivals(seededRandom(1, "a"), week, { weekday: 2_000, weekend: 500, hours: OFFICE_HOURS });
    const weekend = times.filter((at) => at >= MONDAY + 5 * DAY).length;
    expect(weekend).toBeGreaterThan(900);
    expect(weekend).toBeLessThan(1_100);
    expect(times.length - weekend).toBeGreaterThan(9_700);
    expect(times.length - weekend).toBeLessThan(10_300);
  });
});

function mean(draw: () => number): number {
  const draws = 20_000;
  let total = 0;
  for (let count = 0; count < draws; count += 1) total += draw();
  return total / draws;
}
