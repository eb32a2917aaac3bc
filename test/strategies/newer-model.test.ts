import { STRATEGIES } from "@farthing/advisor";
import { describe, expect, it } from "vitest";
import { adviceOn, usd } from "../support/advice.ts";
import { aUsage } from "../support/builders.ts";
import { aConversation, type Step } from "../support/conversation.ts";
import { aRequestShape } from "../support/prompts.ts";

function calls(count: number, step: Omit<Step, "at">): readonly Step[] {
  return Array.from({ length: count }, (_, number) => ({ at: number * 3_600, continues: -1, ...step }));
}

describe("newer-model", () => {
  it("reprices the same tokens where both models share a tokenizer", () => {
    const { recommendations } = adviceOn(
      aConversation(calls(20, { uncachedInput: 100_000, output: 1_000 }), { model: "claude-opus-5" }),
    );
    // Opus 5: 0.5 + 0.025; Opus 5.5: 0.4 + 0.02. Saved 0.105 a call.
    // What was asked is not recorded, so that it may begin to think: answers 3 times as long cost 2,000 x 20 dollars per
    // million more a call, 0.8 in all; 0.8 times, 0.08 less.
    expect(recommendations.map(({ plan, share }) => [plan.title, share.expected, share.low, share.high])).toEqual([
      ["opus-5 -> opus-5-5", usd("2.1"), usd("1.3"), usd("2.18")],
    ]);
    expect(recommendations[0]?.plan.answersUnchanged).toBe(false);
    // 2.1 saved buys 105,000 output tokens at 20; 20,000 were written: 6.25x.
    expect(recommendations[0]?.breakEven).toContain("6.25x");
  });

  it.each([
    ["was known to think", { overrides: {}, thinkingTokens: 500 }, "2"],
    ["was asked to", { overrides: { request: aRequestShape({ thinking: "adaptive" }) }, thinkingTokens: null }, "2"],
    ["may not have", { overrides: {}, thinkingTokens: null }, "1.3"],
    ["is known not to have", { overrides: {}, thinkingTokens: 0 }, "1.3"],
  ])("counts at its low end that a model always thinks, unless the recorded one %s", (_, recorded, low) => {
    const { overrides, thinkingTokens } = recorded;
    const usage = aUsage({ uncachedInput: 100_000, output: 1_000 }, { thinkingTokens });
    const { recommendations } = adviceOn(
      aConversation(calls(20, { overrides: { ...overrides, usage } }), { model: "claude-opus-5" }),
      { strategies: STRATEGIES.filter(({ name }) => name === "newer-model") },
    );
    // Answers 1.25 times as long cost 250 x 20 dollars per million more a call: 0.1 of 2.1; 3 times, 0.8.
    expect(recommendations.map(({ share }) => [share.expected, share.low])).toEqual([[usd("2.1"), usd(low)]]);
  });

  it("judges how much longer answers may be by the answers of its own model", () => {
    const step = { uncachedInput: 100_000, output: 1_000 };
    const opus = aConversation(calls(20, step), { model: "claude-opus-5", name: "a" });
    const overrides = { request: aRequestShape({ thinking: "adaptive" }) };
    const sonnet = aConversation(calls(20, { uncachedInput: 10_000, output: 5_000, cacheRead: 500_000, overrides }), {
      model: "claude-sonnet-5",
      name: "b",
    });
    const alone = adviceOn(opus).recommendations[0]?.breakEven;
    const both = adviceOn([...opus, ...sonnet]).recommendations;
    expect(both).toHaveLength(2);
    expect(both.find(({ plan }) => plan.subject === "claude-opus-5")?.breakEven).toBe(alone);
  });

  it("counts up to 1.35 times the tokens where the newer tokenizer makes more of the same text", () => {
    const { recommendations } = adviceOn(
      aConversation(calls(20, { uncachedInput: 100_000, output: 1_000 }), { model: "claude-opus-4-6" }),
    );
    // Opus 4.6: 0.525 a call. Opus 5.5 at 1.3: 130,000 x 4 + 1,300 x 20 = 0.546: dearer, so nothing is proposed.
    expect(recommendations).toEqual([]);
  });

  it("is judged on reads where those are what costs", () => {
    const { recommendations } = adviceOn(
      aConversation(calls(20, { cacheRead: 1_000_000 / 2, output: 100 }), { model: "claude-opus-4-6" }),
    );
    // Opus 4.6: 500,000 x 0.5 = 0.25 + 100 x 25 = 0.0025. Opus 5.5 at 1.3: 650,000 x 0.2 = 0.13 + 130 x 20 = 0.0026.
    // At 1.35, and answers of 405 tokens, with thinking: 0.135 + 0.0081; at 1.0, and of 80: 0.1 + 0.0016.
    const [found] = recommendations;
    expect(found?.plan.title).toBe("opus-4-6 -> opus-5-5");
    expect(found?.share.expected).toBe(usd("2.398"));
    expect(found?.share.low).toBe(usd("2.188"));
    expect(found?.share.high).toBe(usd("3.018"));
  });

  it("leaves the charge for output alone where only a part of it was recorded", () => {
    const { recommendations } = adviceOn(
      aConversation(calls(20, { uncachedInput: 100_000, output: 1_000, overrides: { output: "lower-bound" } })),
    );
    // Only the prompt is repriced: 20 x 100,000 x (5 - 4) = 2.00; the output keeps its 0.025 a call.
    expect(recommendations[0]?.share.expected).toBe(usd("2"));
    expect(recommendations[0]?.breakEven).toContain("5,000 tokens longer, each");
  });

  it("respects a price tier that a longer prompt falls into", () => {
    const short = adviceOn(aConversation(calls(20, { uncachedInput: 70_000 }), { model: "claude-haiku-4-5" }));
    const long = adviceOn(aConversation(calls(20, { uncachedInput: 90_000 }), { model: "claude-haiku-4-5" }));
    // 0.07005 a call becomes 91,000 x 0.10 + 13 x 0.50 = 0.0091065.
    // 0.09005 a call becomes 117,000 x 0.50 + 13 x 2.50 = 0.0585325: past 100,000 tokens everything costs five times.
    expect(short.recommendations[0]?.alone.expected).toBe(usd("1.21887"));
    expect(long.recommendations[0]?.alone.expected).toBe(usd("0.63035"));
  });

  it("has nothing to compare with for a model that was retired", () => {
    const { recommendations, abstained } = adviceOn(
      aConversation(calls(20, { uncachedInput: 100_000 }), { model: "claude-sonnet-4-20250514" }),
    );
    expect(recommendations).toEqual([]);
    expect(abstained.map(({ reason }) => reason)).toContain("model-retired");
  });

  it("leaves requests where they are that the newer model would refuse", () => {
    const shape = { thinking: "disabled", maxTokens: null, thinkingBudgetTokens: null, effort: null } as const;
    const request = { ...shape, stream: null, toolCount: null, cacheBreakpoints: null, temperature: null };
    const { recommendations } = adviceOn(
      aConversation(calls(20, { uncachedInput: 100_000, overrides: { request } }), { model: "claude-opus-5" }),
    );
    expect(recommendations).toEqual([]);
  });

  it("does not advise models of another line or an older one", () => {
    const { recommendations } = adviceOn(
      aConversation(calls(20, { uncachedInput: 100_000 }), { model: "claude-opus-5-5" }),
    );
    expect(recommendations).toEqual([]);
  });
});
