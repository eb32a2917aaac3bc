import { premiumGeo, premiumSpeed, serverTools, type Advice, type Strategy } from "@farthing/advisor";
import { describe, expect, it } from "vitest";
import { adviceOn, usd } from "../support/advice.ts";
import { aUsage } from "../support/builders.ts";
import { aConversation, type Step } from "../support/conversation.ts";

const TOKENS = { uncachedInput: 1000, output: 100 };

function advised(
  strategy: Strategy,
  overrides: (number: number) => NonNullable<Step["overrides"]>,
  model = "claude-opus-5",
): Advice {
  const steps = Array.from({ length: 40 }, (_, number) => ({
    at: number * 60,
    continues: -1,
    ...TOKENS,
    overrides: overrides(number),
  }));
  return adviceOn(aConversation(steps, { model }), { strategies: [strategy] });
}

const used = (terms: object): NonNullable<Step["overrides"]> => ({ usage: { ...aUsage(TOKENS), ...terms } });

function savings({ recommendations }: Advice): unknown {
  return recommendations.map(({ plan, share }) => [plan.lever, plan.answersUnchanged, share.expected]);
}

describe("premium-speed", () => {
  it("saves the half of what fast requests cost", () => {
    // Opus 5: 5 and 25 dollars a million, in fast mode 10 and 50. 20 x 0.0075 of 20 x 0.015 dollars.
    expect(savings(advised(premiumSpeed, (number) => used({ speed: number < 20 ? "fast" : "standard" })))).toEqual([
      ["code", true, usd("0.15")],
    ]);
  });

  it("does not speak where nothing was fast", () => {
    expect(advised(premiumSpeed, () => used({ speed: "standard" }))).toMatchObject({
      recommendations: [],
      abstained: [],
    });
  });
});

describe("premium-geo", () => {
  it("saves the tenth that US processing costs more, and leaves the decision to an administrator", () => {
    // 40 x 0.00075 dollars.
    expect(savings(advised(premiumGeo, () => used({ inferenceGeo: "us" })))).toEqual([
      ["administrator", true, usd("0.03")],
    ]);
  });

  it("saves the tenth of a regional endpoint of Bedrock", () => {
    const regional = advised(premiumGeo, () => ({}), "eu.anthropic.claude-opus-5-v1:0");
    expect(savings(regional)).toEqual([["administrator", true, usd("0.03")]]);
    expect(advised(premiumGeo, () => ({}), "global.anthropic.claude-opus-5-v1:0").recommendations).toEqual([]);
  });

  it("does not speak of what runs anywhere already", () => {
    for (const inferenceGeo of ["global", "not_available", null]) {
      expect(advised(premiumGeo, () => used({ inferenceGeo }))).toMatchObject({ recommendations: [], abstained: [] });
    }
  });
});

describe("server-tools", () => {
  it("saves the charge of searches past the median, and needs a quality test", () => {
    // 20 requests with 3 searches, 20 with 9: 20 x 6 x 0.01 dollars less; with twice the limit 20 x 3 x 0.01.
    const advice = advised(serverTools, (number) => used({ webSearchRequests: number < 20 ? 3 : 9 }));
    expect(savings(advice)).toEqual([["code", false, usd("1.2")]]);
    expect(advice.recommendations[0]?.share.low).toBe(usd("0.6"));
    expect(advice.recommendations[0]?.plan.change).toContain("max_uses of the web search tool to 3");
  });

  it("does not speak of a few searches, or where all requests make as many", () => {
    expect(advised(serverTools, () => used({ webSearchRequests: 1 })).recommendations).toEqual([]);
    expect(advised(serverTools, () => used({ webSearchRequests: 5 })).recommendations).toEqual([]);
  });
});
