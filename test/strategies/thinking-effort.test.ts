import { isPlan, type Scenario } from "@farthing/advisor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adviceOn, usd } from "../support/advice.ts";
import { onePlan, proposalsOf, repeated, rewritten, singleCalls, type Call } from "../support/proposals.ts";

const OPUS_5_5 = { model: "claude-opus-5-5" };
const OPUS_4_5 = { model: "claude-opus-4-5" };
const HARD: Call = {
  uncachedInput: 1_000,
  output: 10_000,
  thinkingTokens: 8_000,
  shape: { thinking: "adaptive", effort: "high" },
};
const BUDGETED: Call = {
  uncachedInput: 1_000,
  output: 10_000,
  thinkingTokens: 8_000,
  shape: { thinking: "enabled", thinkingBudgetTokens: 8_000 },
};

function effortOn(call: Call, options: Parameters<typeof singleCalls>[1] = OPUS_5_5): unknown[] {
  return proposalsOf("thinking-effort", singleCalls(repeated(20, call), options)).map((proposal) =>
    isPlan(proposal) ? [proposal.title, proposal.change] : [proposal.reason, proposal.observed, proposal.needed],
  );
}

describe("a lower effort", () => {
  it("saves thinking, and leaves the rest of an answer as it was", () => {
    const { recommendations } = adviceOn(singleCalls(repeated(20, HARD), OPUS_5_5));
    const [found] = recommendations.filter(({ plan }) => plan.strategy === "thinking-effort");
    // 8,000 tokens of thinking at 20: 0.16 a call. 0.7, 0.95 and 0.35 times as long: 0.048, 0.008 and 0.104 less.
    expect([found?.share.expected, found?.share.low, found?.share.high]).toEqual([
      usd("0.96"),
      usd("0.16"),
      usd("2.08"),
    ]);
    expect(found?.plan).toMatchObject({ title: "opus-5-5: effort medium", answersUnchanged: false });
    expect(found?.plan.change).toBe('In chat, set output_config.effort to "medium".');
    expect(found?.plan.uncertainty).toContain("0.35-0.95x");
    // 0.96 of 20 x (1,000 x 4 + 10,000 x 20 = 0.204).
    expect(found?.breakEven).toBe("saves until 23 % are redone at effort high");
  });

  it.each([
    ["max", "claude-opus-5-5", "xhigh"],
    ["max", "claude-opus-4-6", "high"],
    ["xhigh", "claude-opus-5-5", "high"],
    ["high", "claude-opus-5-5", "medium"],
  ])("is one step down from %s on %s: %s", (effort, model, lower) => {
    expect(effortOn({ ...HARD, shape: { thinking: "adaptive", effort } }, { model })).toEqual([
      [`${model.replace("claude-", "")}: effort ${lower}`, `In chat, set output_config.effort to "${lower}".`],
    ]);
  });

  it("is proposed where the model's default is high and nothing else was asked for", () => {
    const call: Call = { ...HARD, shape: { thinking: "adaptive" } };
    expect(effortOn(call, { model: "claude-opus-5" })).toHaveLength(1);
    // Opus 5.5 answers at medium unless told otherwise.
    expect(effortOn(call, OPUS_5_5)).toEqual([]);
  });

  it("is not proposed below high, without thinking, or for a model that has no effort", () => {
    expect(effortOn({ ...HARD, shape: { thinking: "adaptive", effort: "medium" } })).toEqual([]);
    expect(effortOn({ ...HARD, thinkingTokens: 0 })).toEqual([]);
    expect(effortOn({ ...HARD, shape: { thinking: "disabled", effort: "high" } }, { model: "claude-opus-5" })).toEqual(
      [],
    );
    expect(effortOn(HARD, { model: "claude-haiku-4-5" })).toEqual([]);
    expect(effortOn({ ...HARD, shape: null })).toEqual([]);
  });

  it("stays silent, and says why, where thinking is less than half of the output", () => {
    expect(effortOn({ ...HARD, thinkingTokens: 4_000 })).toEqual([
      ["thinks-little", "thinking is 40 % of the output", "50 %"],
    ]);
  });

  it("stays silent, and says why, where thinking was recorded of a part only", () => {
    const calls = repeated(20, (number) => ({ ...HARD, thinkingTokens: number < 10 ? 8_000 : null }));
    expect(proposalsOf("thinking-effort", singleCalls(calls, OPUS_5_5))).toMatchObject([
      { reason: "thinking-not-recorded", observed: "thinking is recorded of 50 %", needed: "95 %" },
    ]);
  });

  it("is set in Claude Code itself", () => {
    expect(effortOn(HARD, { ...OPUS_5_5, source: "claude-code" })).toEqual([
      [
        "opus-5-5: effort medium",
        'In Claude Code use /effort medium, or set "effortLevel": "medium" in settings.json.',
      ],
    ]);
  });
});

describe("a smaller thinking budget", () => {
  it("saves what was thought beyond it", () => {
    const { recommendations } = adviceOn(singleCalls(repeated(20, BUDGETED), OPUS_4_5));
    const [found] = recommendations.filter(({ plan }) => plan.strategy === "thinking-effort");
    // 4,000 tokens beyond a budget of 4,000, at 25: 0.1 a call. Of it 70, 20 and 100 %.
    expect([found?.share.expected, found?.share.low, found?.share.high]).toEqual([usd("1.4"), usd("0.4"), usd("2")]);
    expect(found?.plan).toMatchObject({ title: "opus-4-5: half the budget", answersUnchanged: false });
    expect(found?.plan.change).toBe("In chat, set thinking.budget_tokens to 4000.");
    expect(found?.breakEven).toContain("redone with 8,000 tokens");
  });

  it("saves nothing where the budget is not used up, which is said", () => {
    const call: Call = { ...BUDGETED, shape: { thinking: "enabled", thinkingBudgetTokens: 32_000 } };
    expect(effortOn(call, OPUS_4_5)).toEqual([
      ["budget-not-used-up", "0 % use up the thinking budget of 32,000, so a smaller one would save nothing", "25 %"],
    ]);
  });

  it("is not proposed below the smallest that is accepted", () => {
    const call: Call = { ...BUDGETED, thinkingTokens: 2_000, output: 2_100 };
    expect(effortOn({ ...call, shape: { thinking: "enabled", thinkingBudgetTokens: 2_000 } }, OPUS_4_5)).toEqual([]);
  });
});

describe("less thinking, whatever was recorded", () => {
  it("never touches the rest of an answer, and never adds to one", () => {
    const answers = fc.record({
      rest: fc.integer({ min: 0, max: 3_000 }),
      thinking: fc.integer({ min: 3_000, max: 9_000 }),
    });
    fc.assert(
      fc.property(answers, fc.boolean(), ({ rest, thinking }, budgeted) => {
        const base = budgeted ? { ...BUDGETED, shape: { ...BUDGETED.shape, thinkingBudgetTokens: 3_000 } } : HARD;
        const call = { ...base, output: rest + thinking, thinkingTokens: thinking };
        const responses = singleCalls(repeated(20, call), budgeted ? OPUS_4_5 : OPUS_5_5);
        const found = onePlan("thinking-effort", responses);
        const under = (scenario: Scenario): number => rewritten(found, 0, scenario).output;
        const [low, expected, high] = [under("pessimistic"), under("expected"), under("optimistic")];
        expect(rest <= high && high <= expected && expected <= low && low <= rest + thinking).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
});
