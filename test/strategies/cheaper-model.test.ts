import { isPlan } from "@farthing/advisor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adviceOn, usd } from "../support/advice.ts";
import { aUsage, NO_SHAPE } from "../support/builders.ts";
import { aConversation } from "../support/conversation.ts";
import { proposalsOf, repeated, singleCalls, type Call } from "../support/proposals.ts";

const SONNET_5 = { model: "claude-sonnet-5" };
const OPUS_5_5 = { model: "claude-opus-5-5" };
const SHORT: Call = { uncachedInput: 10_000, output: 100 };
const MODERATE: Call = {
  uncachedInput: 100_000,
  output: 1_000,
  thinkingTokens: 200,
  shape: { thinking: "adaptive", effort: "medium" },
};

function reasonsOn(calls: readonly Call[], options: Parameters<typeof singleCalls>[1] = SONNET_5): unknown[] {
  return proposalsOf("cheaper-model", singleCalls(calls, options)).map((proposal) =>
    isPlan(proposal) ? proposal.title : [proposal.reason, proposal.observed, proposal.needed],
  );
}

describe("cheaper-model", () => {
  it("sends simple work to Haiku", () => {
    const { recommendations } = adviceOn(singleCalls(repeated(20, SHORT), SONNET_5));
    // Sonnet 5: 10,000 x 2 + 100 x 10 = 0.021. Haiku 5.5: 10,000 x 0.10 + 100 x 0.50 = 0.00105. 20 x 0.01995.
    // Answers 1.25 times as long cost 20 x 25 x 0.50 more; 0.8 times, 20 x 20 x 0.50 less.
    expect(recommendations.map(({ plan, share }) => [plan.title, share.expected, share.low, share.high])).toEqual([
      ["sonnet-5 -> haiku-5-5", usd("0.399"), usd("0.39875"), usd("0.3992")],
    ]);
    expect(recommendations[0]?.plan.answersUnchanged).toBe(false);
    // 0.399 saved buys 399 times the 0.001 that answers cost; it is 95 % of the 0.42 that they cost on Sonnet.
    expect(recommendations[0]?.breakEven).toBe(
      "saves until answers are 400.00x as long, or 95 % are redone on sonnet-5",
    );
    expect(recommendations[0]?.plan.change).toBe(
      'In chat, set model to "claude-haiku-5-5". Keep it from thinking: set thinking to {"type": "disabled"}.' +
        " It may refuse a temperature or a forced tool_choice that the old one took.",
    );
  });

  it("sends moderate work of Opus to Sonnet", () => {
    const { recommendations } = adviceOn(singleCalls(repeated(20, MODERATE), OPUS_5_5));
    // Opus 5.5: 100,000 x 4 + 1,000 x 20 = 0.42. Sonnet 5.5: 100,000 x 2 + 1,000 x 10 = 0.21.
    expect(recommendations.map(({ plan, share }) => [plan.title, share.expected])).toEqual([
      ["opus-5-5 -> sonnet-5-5", usd("4.2")],
    ]);
    expect(recommendations[0]?.breakEven).toContain("50 % are redone on opus-5-5");
  });

  it("is chosen, or a newer model is, never both for the same requests", () => {
    const responses = singleCalls(repeated(20, MODERATE), { model: "claude-opus-5" });
    const groups = ["newer-model", "cheaper-model"].flatMap((name) =>
      proposalsOf(name, responses).map((proposal) => isPlan(proposal) && proposal.conflictGroup),
    );
    expect(groups).toEqual(["model:chat:claude-opus-5", "model:chat:claude-opus-5"]);
    expect(adviceOn(responses).recommendations.map(({ plan }) => plan.title)).toEqual(["opus-5 -> sonnet-5-5"]);
  });

  it("counts the longer tokens and the dearer tier of Haiku 5.5 past 100,000", () => {
    const { recommendations } = adviceOn(
      singleCalls(repeated(20, { uncachedInput: 90_000 }), { model: "claude-sonnet-4-6" }),
    );
    // Sonnet 4.6: 90,000 x 3 + 10 x 15 = 0.27015. Haiku 5.5 at 1.3: 117,000 x 0.50 + 13 x 2.50 = 0.0585325.
    expect(recommendations.map(({ plan, alone }) => [plan.title, alone.expected])).toEqual([
      ["sonnet-4-6 -> haiku-5-5", usd("4.23235")],
    ]);
    expect(recommendations[0]?.plan.uncertainty).toContain("taken as 1.30x the tokens, 1.0-1.35x");
  });

  it("claims no price cut that its own model has had since", () => {
    const responses = singleCalls(
      repeated(20, (number) => ({ ...SHORT, cacheRead: 100_000, at: number * 60 })),
      {
        model: "claude-sonnet-5-5",
        startedAt: "2026-10-01T00:00:00.000Z",
      },
    );
    const { recommendations } = adviceOn(responses);
    // Reads cost 0.20 then and 0.10 today. Today: 0.021 + 0.01 = 0.031; Haiku 5.5 past 100,000 tokens:
    // 10,000 x 0.50 + 100,000 x 0.05 + 100 x 2.50 = 0.01025. 20 x 0.02075, not 20 x 0.03075.
    expect(recommendations.find(({ plan }) => plan.strategy === "cheaper-model")?.alone.expected).toBe(usd("0.415"));
  });

  it.each<[string, Call, readonly [string, string, string]]>([
    [
      "whether tools were offered is unknown",
      { ...SHORT, shape: null },
      ["settings-not-recorded", "whether tools were offered is recorded of 0 %", "95 %"],
    ],
    [
      "tools were offered",
      { ...SHORT, shape: { toolCount: 3 } },
      ["uses-tools", "tools offered or used in 100 %", "at most 2 %"],
    ],
    [
      "tools were used",
      { ...SHORT, stopReason: "tool_use" },
      ["uses-tools", "tools offered or used in 100 %", "at most 2 %"],
    ],
    [
      "answers are long",
      { ...SHORT, output: 1_001 },
      ["long-answers", "0 % of answers are known to stay within 1,000 tokens", "95 %"],
    ],
    ["it thinks", { ...SHORT, thinkingTokens: 6 }, ["thinks", "thinking is 6 % of the output", "at most 5 %"]],
    [
      "how much it thinks is unknown",
      { ...SHORT, thinkingTokens: null, shape: { thinking: "adaptive" } },
      ["thinking-not-recorded", "how much was thought is not recorded of 100 %", "at most 2 %"],
    ],
    [
      "high effort is asked for",
      { ...SHORT, shape: { effort: "high" } },
      ["high-effort", "high effort asked for in 100 %", "at most 2 %"],
    ],
    [
      "answers are cut off",
      { ...SHORT, stopReason: "max_tokens" },
      ["truncated", "100 % of answers were cut off by max_tokens", "at most 2 %"],
    ],
  ])("stays silent, and says why, where %s", (_, call, [reason, observed, needed]) => {
    expect(reasonsOn(repeated(20, call))).toEqual([[reason, `sonnet-5 -> haiku-5-5: ${observed}`, needed]]);
  });

  it("stays silent where requests are asked in different ways", () => {
    const calls = repeated(20, (number) => ({ ...SHORT, shape: { maxTokens: number % 2 === 0 ? 500 : 800 } }));
    expect(reasonsOn(calls)).toEqual([
      ["asked-differently", "sonnet-5 -> haiku-5-5: 50 % are asked with the same settings", "95 %"],
    ]);
  });

  it("stays silent where requests continue a conversation", () => {
    const steps = Array.from({ length: 20 }, (_, number) => ({
      at: number * 60,
      uncachedInput: 10_000 + number * 200,
      output: 100,
      overrides: {
        request: { ...NO_SHAPE, toolCount: 0 },
        usage: aUsage({ uncachedInput: 10_000 + number * 200, output: 100 }, { thinkingTokens: 0 }),
      },
    }));
    const [proposal] = proposalsOf("cheaper-model", aConversation(steps, SONNET_5));
    // All but the first of twenty.
    expect(proposal).toMatchObject({ reason: "conversations", needed: "at most 2 %" });
    expect(proposal).toHaveProperty("observed", "sonnet-5 -> haiku-5-5: 95 % continue a conversation");
  });

  it("says what the smaller step needs where neither is proposed", () => {
    expect(reasonsOn(repeated(20, { ...MODERATE, output: 5_000 }), OPUS_5_5)).toEqual([
      ["long-answers", "opus-5-5 -> sonnet-5-5: 0 % of answers are known to stay within 4,000 tokens", "95 %"],
    ]);
  });

  it("has nothing to say of Haiku, of a retired model, of a cloud, or of Opus's own line", () => {
    expect(reasonsOn(repeated(20, SHORT), { model: "claude-haiku-5-5" })).toEqual([]);
    expect(reasonsOn(repeated(20, SHORT), { model: "claude-sonnet-4-20250514" })).toEqual([]);
    expect(reasonsOn(repeated(20, SHORT), { model: "us.anthropic.claude-sonnet-4-5-20250929-v1:0" })).toEqual([]);
  });

  it("takes an older Sonnet where the newest refuses what is asked", () => {
    // Sonnet 5.5 cannot be kept from thinking.
    const call: Call = { ...MODERATE, thinkingTokens: 0, output: 2_000, shape: { thinking: "disabled" } };
    expect(reasonsOn(repeated(20, call), { model: "claude-opus-5" })).toEqual(["opus-5 -> sonnet-5"]);
  });

  it("leaves fast requests where they are: Haiku has no fast price", () => {
    const responses = singleCalls(repeated(20, { ...SHORT, speed: "fast" }), OPUS_5_5);
    expect(adviceOn(responses).recommendations.filter(({ plan }) => plan.strategy === "cheaper-model")).toEqual([]);
  });

  it("names Claude Code's own setting", () => {
    const call: Call = { ...MODERATE, shape: null };
    const responses = singleCalls(repeated(20, call), { ...OPUS_5_5, source: "claude-code" });
    const [plan] = proposalsOf("cheaper-model", responses);
    expect(plan).toMatchObject({ lever: "claude-code-setting" });
    expect(plan).toHaveProperty(
      "change",
      'In Claude Code choose it with /model claude-sonnet-5-5, or set "model" in settings.json.',
    );
  });

  it("is proposed for nothing of which more than a twentieth is long, whatever the rest is", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1_001, max: 9_000 }), (long, output) => {
        const calls = repeated(40, (number) => (number < long ? { ...SHORT, output } : SHORT));
        const [proposal] = proposalsOf("cheaper-model", singleCalls(calls, SONNET_5));
        expect(proposal !== undefined && isPlan(proposal)).toBe(long <= 2);
      }),
      { numRuns: 40 },
    );
  });
});
