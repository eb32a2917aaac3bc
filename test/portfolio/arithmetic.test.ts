import { describe, expect, it } from "vitest";
import { adviceOn, usd } from "../support/advice.ts";
import { aConversation } from "../support/conversation.ts";

/** Days apart, so that nothing written is ever read. */
const WRITTEN_FOR_NOTHING = Array.from({ length: 30 }, (_, day) => ({
  at: day * 86_400,
  uncachedInput: 0,
  cacheWrite1h: 10_000,
  cacheRead: 0,
  output: 100,
}));

describe("the arithmetic of a saving", () => {
  it("is, for a cache that nobody reads, its writes at twice the price of input and then as input", () => {
    const advice = adviceOn(aConversation(WRITTEN_FOR_NOTHING, { model: "claude-sonnet-4-5", service: "archive" }));
    const stop = advice.recommendations.find(({ plan }) => plan.strategy === "stop-caching");
    // 300,000 tokens: at $6 a million written for an hour, at $3 as input; 3,000 of output at $15 either way.
    const output = { item: "output", quantity: 3_000, usd: usd("0.045") };
    expect(stop?.arithmetic).toEqual({
      before: [{ item: "cacheWrite1h", quantity: 300_000, usd: usd("1.8") }, output],
      after: [{ item: "uncachedInput", quantity: 300_000, usd: usd("0.9") }, output],
      elsewhere: 0n,
    });
    expect(stop?.alone.expected).toBe(usd("0.9"));
  });
});
