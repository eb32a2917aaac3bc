import { ratioRange, wilsonInterval } from "@farthing/advisor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../packages/advisor/src/example/random.ts";

describe("the interval of a share", () => {
  it.each([
    // Newcombe, Statistics in Medicine 17 (1998), table I, method 3: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])("of %i in %i is Wilson's", (agreed, count, low, high) => {
    const interval = wilsonInterval(agreed / count, count);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });

  it("holds the share, and narrows with every sample", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: 10_000 }), (share, count) => {
        const [few, many] = [wilsonInterval(share, count), wilsonInterval(share, 2 * count)];
        expect(few.low).toBeLessThanOrEqual(share + 1e-12);
        expect(few.high).toBeGreaterThanOrEqual(share - 1e-12);
        expect(many.high - many.low).toBeLessThan(few.high - few.low);
      }),
    );
  });
});

describe("the range of a ratio", () => {
  it("is a single figure where every sample has it", () => {
    expect(ratioRange([1, 2, 30].map((before) => ({ before: 10 * before, after: 13 * before })))).toEqual({
      low: 1.3,
      expected: 1.3,
      high: 1.3,
    });
  });

  it("is worked by hand for two samples", () => {
    // 30 of 20: 1.5. Off it by 10 - 15 and 20 - 15: squares 50, times 2 for one degree, a root of 10, by 20: 0.5.
    // Of Student's distribution with one degree nine of ten values lie below tan(0.4 pi) = 3.0777, and no ratio below 0.
    expect(
      ratioRange([
        { before: 10, after: 10 },
        { before: 10, after: 20 },
      ]),
    ).toEqual({
      low: 0,
      expected: 1.5,
      high: 3.0389,
    });
  });

  it("is not known of one sample, or of nothing before", () => {
    expect(ratioRange([{ before: 10, after: 10 }])).toBeNull();
    expect(
      ratioRange([
        { before: 0, after: 10 },
        { before: 0, after: 5 },
      ]),
    ).toBeNull();
  });

  it("holds the true ratio of skewed answers in about 80 % of trials", () => {
    const random = seededRandom(7, "answers");
    let held = 0;
    for (let trial = 0; trial < 1_000; trial += 1) {
      const range = ratioRange(
        Array.from({ length: 40 }, () => ({
          before: random.exponential(100) + 20,
          after: random.exponential(90) + 18,
        })),
      );
      // 90 + 18 of 100 + 20.
      if (range !== null && range.low <= 0.9 && 0.9 <= range.high) held += 1;
    }
    expect(held).toBeGreaterThan(740);
    expect(held).toBeLessThan(860);
  });
});
