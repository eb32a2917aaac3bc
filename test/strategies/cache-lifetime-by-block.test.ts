import { describe, expect, it } from "vitest";
import { cachingAdviceOn, usd } from "../support/advice.ts";
import { assistantText, promptedCalls, systemText, userText, type PromptedCall } from "../support/prompted-calls.ts";

/** Opus 5.5: input 4, write 5m 5, write 1h 8, read 0.20 dollars per million tokens. */
const TIMES = Array.from({ length: 25 }, (_, number) => number);

function found(calls: readonly PromptedCall[]): readonly (readonly [string, bigint, string])[] {
  return cachingAdviceOn(promptedCalls(calls)).recommendations.map(({ plan, share }) => [
    plan.strategy,
    share.expected,
    plan.title,
  ]);
}

function questionsEvery(seconds: number, ttl: "5m" | "1h", written: "always" | "once"): readonly PromptedCall[] {
  return TIMES.map((number) => {
    const writes = written === "always" || number === 0 ? 10_000 : 0;
    return {
      at: number * seconds,
      blocks: [systemText("rules", 10_000, ttl), userText(`question ${String(number)}`, 500)],
      ...(ttl === "5m" ? { cacheWrite5m: writes } : { cacheWrite1h: writes }),
      cacheRead: 10_000 - writes,
    };
  });
}

describe("cache-ttl-1h where prompts are known", () => {
  it("needs no steps in time to know that a prompt is the same after a break", () => {
    const slow = questionsEvery(600, "5m", "always");
    // 25 x 10,000 at 5, or once at 8 and 24 times at 0.20.
    expect(found(slow)).toEqual([["cache-ttl-1h", usd("1.122"), "1h cache instead of 5m"]]);
    expect(cachingAdviceOn(promptedCalls(slow)).abstained).toEqual([]);
  });

  it("keeps for an hour only what conversations share, where each is over soon", () => {
    const calls = Array.from({ length: 13 }, (_, number): readonly PromptedCall[] => {
      const [rules, question] = [systemText("rules", 10_000, "5m"), userText(`first of ${String(number)}`, 1_000)];
      const second = [
        assistantText(`answer of ${String(number)}`, 1_000),
        userText(`second of ${String(number)}`, 1_000, "5m"),
      ];
      return [
        { at: number * 600, blocks: [rules, { ...question, ttl: "5m" }], cacheWrite5m: 11_000 },
        {
          at: number * 600 + 60,
          blocks: [rules, question, ...second],
          cacheRead: 11_000,
          cacheWrite5m: 2_000,
          continues: number * 2,
        },
      ];
    }).flat();
    // Twelve conversations begin with 10,000 at 0.20 instead of 5: 0.576; one with 10,000 at 8 instead of 5: -0.03.
    // An hour for all would cost 3 more on each of 13 x 3,000 other tokens.
    expect(found(calls)).toEqual([["cache-ttl-1h", usd("0.546"), "1h cache for tools and system, 5m for messages"]]);
  });

  it("is not proposed where the same comes in time, or never", () => {
    expect(found(questionsEvery(60, "5m", "once"))).toEqual([]);
    expect(found(questionsEvery(7_200, "5m", "always")).map(([strategy]) => strategy)).toEqual(["stop-caching"]);
  });
});

describe("cache-ttl-5m where prompts are known", () => {
  it("saves the dearer write of what is read in time", () => {
    // 10,000 tokens once at 5 instead of 8.
    expect(found(questionsEvery(60, "1h", "once"))).toEqual([["cache-ttl-5m", usd("0.03"), "5m cache instead of 1h"]]);
  });

  it("knows what would have to be written again", () => {
    // Ten minutes apart five minutes would write 10,000 tokens 25 times.
    const { recommendations, abstained } = cachingAdviceOn(promptedCalls(questionsEvery(600, "1h", "once")));
    expect(recommendations).toEqual([]);
    // 25 x 10,000 at 5 = 1.25 instead of 0.08 + 24 x 0.002.
    expect(abstained.map(({ strategy, observed }) => [strategy, observed])).toEqual([
      ["cache-ttl-5m", "5m cache instead of 1h: $1.12 more"],
    ]);
  });
});

describe("stop-caching where prompts are known", () => {
  it("takes the breakpoint from messages that nobody reads, and leaves it on the system prompt", () => {
    const calls = TIMES.map((number): PromptedCall => ({
      at: number * 60,
      blocks: [systemText("rules", 8_000, "5m"), userText(`question ${String(number)}`, 2_000, "5m")],
      cacheRead: number === 0 ? 0 : 8_000,
      cacheWrite5m: number === 0 ? 10_000 : 2_000,
    }));
    // 25 x 2,000 at 4 instead of 5.
    expect(found(calls)).toEqual([["stop-caching", usd("0.05"), "stop caching messages, 0.0 % re-read"]]);
    const [advice] = cachingAdviceOn(promptedCalls(calls, { callSite: "src/rag.ts:9" })).recommendations;
    expect(advice?.plan.change).toBe(
      "In src/rag.ts:9, remove cache_control from the messages, and at the top level of the request; keep it on the " +
        "tools and the system prompt.",
    );
    expect(advice?.breakEven).toBe("caching messages pays from 26 % re-read on");
  });

  it("leaves a healthy conversation alone, without a word", () => {
    const turns: PromptedCall["blocks"][number][] = [];
    const calls = TIMES.map((number): PromptedCall => {
      turns.push(userText(`question ${String(number)}`, 1_000));
      const newest = turns.length - 1;
      const blocks = turns.map((block, place) => (place === newest ? { ...block, ttl: "5m" as const } : block));
      const total = 5_000 + turns.length * 1_000;
      turns.push(assistantText(`answer ${String(number)}`, 1_000));
      const cacheRead = number === 0 ? 0 : total - 2_000;
      return {
        at: number * 60,
        blocks: [systemText("rules", 5_000, "5m"), ...blocks],
        cacheRead,
        cacheWrite5m: total - cacheRead,
        ...(number === 0 ? {} : { continues: number - 1 }),
      };
    });
    expect(cachingAdviceOn(promptedCalls(calls))).toMatchObject({ recommendations: [], abstained: [] });
  });
});
