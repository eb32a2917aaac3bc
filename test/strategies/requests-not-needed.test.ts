import { duplicateRequests, maxTokens, retriedWork, type Advice, type Strategy } from "@farthing/advisor";
import { describe, expect, it } from "vitest";
import { adviceOn, usd } from "../support/advice.ts";
import { aConversation, type Step } from "../support/conversation.ts";
import { aPrompt, aRequestShape } from "../support/prompts.ts";

const MINUTE_S = 60;

/** A question of 1,000 tokens, answered by Opus 5 with 100 unless a step says otherwise: 0.005 + 0.0025 dollars. */
function asked(text: string, at: number, overrides: Step["overrides"] = {}): Step {
  return {
    at,
    continues: -1,
    uncachedInput: 1000,
    output: 100,
    overrides: { prompt: aPrompt([{ text, tokens: 1000 }]), request: aRequestShape({ temperature: 0 }), ...overrides },
  };
}

function advised(steps: readonly Step[], strategy: Strategy): Advice {
  return adviceOn(aConversation(steps), { strategies: [strategy] });
}

function savings({ recommendations }: Advice): unknown {
  return recommendations.map(({ plan, share }) => [plan.strategy, plan.answersUnchanged, share.low, share.expected]);
}

const different = (count: number): Step[] =>
  Array.from({ length: count }, (_, number) => asked(`other ${String(number)}`, number));

describe("duplicate-requests", () => {
  const again = (at: number, overrides: Step["overrides"] = {}): Step[] =>
    Array.from({ length: 12 }, (_, number) => [
      asked(`twice ${String(number)}`, 100, overrides),
      asked(`twice ${String(number)}`, 100 + at, overrides),
    ]).flat();

  it("saves what the very same request cost the second time", () => {
    // 12 x 0.0075 dollars.
    expect(savings(advised([...different(10), ...again(30 * MINUTE_S)], duplicateRequests))).toEqual([
      ["duplicate-requests", true, usd("0.09"), usd("0.09")],
    ]);
  });

  it("allows for answers that may not be kept for longer than an hour", () => {
    const { abstained } = advised([...different(10), ...again(3 * 60 * MINUTE_S)], duplicateRequests);
    expect(abstained.map(({ reason }) => reason)).toEqual(["may-cost-more"]);
  });

  it("keeps the newer answer once one has been kept for too long", () => {
    // Thirty requests 25 minutes apart. An answer is there a second after its request, and serves for an hour those that
    // come 25 and 50 minutes later; the next one is sent. So two of three are saved: 20 x 0.0075. Kept for a day the
    // first answer serves all others: 29 x 0.0075.
    const steps = Array.from({ length: 30 }, (_, number) => asked("often", number * 25 * MINUTE_S));
    expect(savings(advised(steps, duplicateRequests))).toEqual([
      ["duplicate-requests", true, usd("0.15"), usd("0.2175")],
    ]);
  });

  it("needs a quality test where the same request was meant to be answered differently", () => {
    const warm = { request: aRequestShape({ temperature: 1 }) };
    expect(savings(advised([...different(10), ...again(30 * MINUTE_S, warm)], duplicateRequests))).toEqual([
      ["duplicate-requests", false, usd("0.09"), usd("0.09")],
    ]);
  });

  it("leaves alone what is asked before the first answer is there", () => {
    expect(advised([...different(10), ...again(0)], duplicateRequests).recommendations).toEqual([]);
  });

  it("leaves alone what differs in a block, a model, the temperature or max_tokens", () => {
    const others: Step["overrides"][] = [
      {
        prompt: aPrompt([
          { text: "same", tokens: 999 },
          { text: "and more", tokens: 1 },
        ]),
      },
      { servedModel: "claude-opus-4-8" },
      { request: aRequestShape({ temperature: 0.5 }) },
      { request: aRequestShape({ temperature: 0, maxTokens: 2048 }) },
    ];
    for (const overrides of others) {
      const steps = Array.from({ length: 15 }, (_, number) => [
        asked("same", number * 100),
        asked("same", number * 100 + 50, overrides),
      ]).flat();
      const alike = advised(steps, duplicateRequests).recommendations[0]?.plan.title;
      // Of 15 and 15 requests, all but the first of each kind have an answer already.
      expect(alike).toBe("keep answers: 28 asked twice");
    }
  });

  it("says nothing of prompts under several keys, which cannot be compared", () => {
    const steps = Array.from({ length: 30 }, (_, number) =>
      asked("same", number * 60, { prompt: aPrompt([{ text: "same", tokens: 1000 }], `key-${String(number % 2)}`) }),
    );
    expect(advised(steps, duplicateRequests).recommendations).toEqual([]);
  });

  it("says nothing of prompts that were not fingerprinted", () => {
    const steps = Array.from({ length: 30 }, (_, number) => ({ at: number * 60, continues: -1, uncachedInput: 1000 }));
    expect(advised(steps, duplicateRequests)).toMatchObject({ recommendations: [], abstained: [] });
  });
});

describe("retried-work", () => {
  const leftAt = (number: number): Step =>
    asked(`left ${String(number)}`, number * 100, {
      type: "RequestInterrupted",
      finality: "interrupted",
      output: "lower-bound",
    });

  it("saves what answers cost that were left and asked again within minutes", () => {
    const steps = Array.from({ length: 12 }, (_, number) => [
      leftAt(number),
      asked(`left ${String(number)}`, number * 100 + 30),
    ]).flat();
    expect(savings(advised(steps, retriedWork))).toEqual([["retried-work", true, usd("0.09"), usd("0.09")]]);
  });

  it("names answers that were left and not asked again, and counts no saving", () => {
    const { recommendations, abstained } = advised(
      [...different(10), ...Array.from({ length: 12 }, (_, number) => leftAt(number))],
      retriedWork,
    );
    expect(recommendations).toEqual([]);
    expect(abstained.map(({ reason, observed }) => [reason, observed])).toEqual([
      ["abandoned", "12 streams were left before their end, at least $0.09"],
    ]);
  });
});

describe("max-tokens", () => {
  const limited = (limit: number, stopReason: string): Step["overrides"] => ({
    stopReason,
    request: aRequestShape({ maxTokens: limit }),
  });
  const cut = (number: number): Step => asked(`cut ${String(number)}`, number * 100, limited(100, "max_tokens"));

  it("saves what answers cost that were cut off and asked again with more room", () => {
    const steps = Array.from({ length: 12 }, (_, number) => [
      cut(number),
      { ...asked(`cut ${String(number)}`, number * 100 + 30, limited(4000, "end_turn")), output: 900 },
    ]).flat();
    const advice = advised(steps, maxTokens);
    expect(savings(advice)).toEqual([["max-tokens", true, usd("0.09"), usd("0.09")]]);
    expect(advice.recommendations[0]?.plan.change).toContain("set max_tokens to 4000 or more");
  });

  it("allows for cut answers that nobody asked again, which become longer too", () => {
    const again = Array.from({ length: 12 }, (_, number) => [
      cut(number),
      { ...asked(`cut ${String(number)}`, number * 100 + 30, limited(4000, "end_turn")), output: 900 },
    ]).flat();
    const left = Array.from({ length: 4 }, (_, number) => cut(100 + number));
    // 4 more of 900 tokens instead of 100 cost 4 x 800 x 25 dollars a million: 0.08 of the 0.09.
    const [advice] = advised([...again, ...left], maxTokens).recommendations;
    expect(advice?.plan.answersUnchanged).toBe(false);
    expect([advice?.share.low, advice?.share.expected, advice?.share.high]).toEqual([
      usd("0.01"),
      usd("0.01"),
      usd("0.09"),
    ]);
    const more = Array.from({ length: 5 }, (_, number) => cut(100 + number));
    expect(advised([...again, ...more], maxTokens).recommendations).toEqual([]);
  });

  it("says that many answers are cut off where nobody asked again", () => {
    const { recommendations, abstained } = advised(
      [...different(10), ...Array.from({ length: 12 }, (_, number) => cut(number))],
      maxTokens,
    );
    expect(recommendations).toEqual([]);
    expect(abstained.map(({ reason, observed }) => [reason, observed])).toEqual([
      ["truncated", "55 % of its answers are cut off at max_tokens"],
    ]);
  });

  it("never advises to lower a limit that no answer reaches", () => {
    const steps = Array.from({ length: 30 }, (_, number) =>
      asked(`short ${String(number)}`, number, limited(64_000, "end_turn")),
    );
    expect(advised(steps, maxTokens)).toMatchObject({ recommendations: [], abstained: [] });
  });

  it("takes no warming of a cache for a cut answer", () => {
    const steps = Array.from({ length: 30 }, (_, number) => asked("warm", number * 400, limited(0, "max_tokens")));
    expect(advised(steps, maxTokens)).toMatchObject({ recommendations: [], abstained: [] });
  });
});
