import { describe, expect, it } from "vitest";
import { adviceOn, usd } from "../support/advice.ts";
import { aConversation, type Step } from "../support/conversation.ts";

const CLAUDE_CODE = { model: "claude-opus-5-5", source: "claude-code" } as const;

/** Thirty steps a minute apart; before step 15 a break of `minutes`, after which everything is written again. */
function withBreak(minutes: number): readonly Step[] {
  return Array.from({ length: 30 }, (_, number) => {
    const at = number * 60 + (number >= 15 ? minutes * 60 : 0);
    const context = 100_000 + number * 1_000;
    if (number === 0 || number === 15) return { at, cacheWrite5m: context };
    return { at, cacheRead: context - 1_000, cacheWrite5m: 1_000 };
  });
}

describe("resent-context", () => {
  it("saves the context written again after a break that could have been shorter", () => {
    const { recommendations, abstained } = adviceOn(aConversation(withBreak(20), CLAUDE_CODE));
    // At step 15, 114,000 tokens are read at 0.20 instead of written at 5: 0.5472. One hour for all would save as
    // much there, and lose 3 dollars per million on the 129,000 tokens that are written at 8 instead of 5.
    expect(recommendations.map(({ plan, share }) => [plan.strategy, share.expected])).toEqual([
      ["resent-context", usd("0.5472")],
    ]);
    expect(abstained.map(({ strategy }) => strategy)).not.toContain("resent-context");
  });

  it("blames nobody for a night", () => {
    const { recommendations } = adviceOn(aConversation(withBreak(600), CLAUDE_CODE));
    expect(recommendations).toEqual([]);
  });

  it("gives no advice, and says why, where the cause is not recorded", () => {
    const { recommendations, abstained } = adviceOn(aConversation(withBreak(0), CLAUDE_CODE));
    expect(recommendations).toEqual([]);
    expect(abstained.map(({ strategy, reason }) => [strategy, reason])).toContainEqual([
      "resent-context",
      "resent-not-recorded",
    ]);
  });
});
