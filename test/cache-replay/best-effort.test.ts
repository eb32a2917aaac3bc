import { BATCH_HIT_SHARE } from "@farthing/advisor";
import { describe, expect, it } from "vitest";
import { withMisses } from "../../packages/advisor/src/cache/best-effort.ts";

describe("a cache that serves as best it can", () => {
  const bill = { cacheRead: 10_000, cacheWrite5m: 300, cacheWrite1h: 0, uncachedInput: 50 };

  it("writes again what it does not find, for as long as was asked for", () => {
    // 30 % of 10,000 are read; the other 7,000 are written beside the 300.
    expect(withMisses(bill, BATCH_HIT_SHARE.pessimistic, "5m")).toEqual({
      cacheRead: 3000,
      cacheWrite5m: 7300,
      cacheWrite1h: 0,
      uncachedInput: 50,
    });
    // 98 % are read; 200 are written for an hour.
    expect(withMisses(bill, BATCH_HIT_SHARE.optimistic, "1h")).toEqual({
      cacheRead: 9800,
      cacheWrite5m: 300,
      cacheWrite1h: 200,
      uncachedInput: 50,
    });
  });

  it("misses nothing where hits are certain", () => {
    expect(withMisses(bill, 1, "5m")).toEqual(bill);
  });

  it("is expected in the middle of what is published", () => {
    const { pessimistic, expected, optimistic } = BATCH_HIT_SHARE;
    expect(expected).toBeCloseTo((pessimistic + optimistic) / 2);
  });
});
