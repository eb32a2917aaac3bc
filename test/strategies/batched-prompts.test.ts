import { STRATEGIES, type Advice } from "@farthing/advisor";
import { describe, expect, it } from "vitest";
import { adviceOn, usd } from "../support/advice.ts";
import { assistantText, promptedCalls, systemText, userText, type PromptedCall } from "../support/prompted-calls.ts";
import { onePlan, rewritten } from "../support/proposals.ts";

const DAY = 24 * 3_600;

function adviceOf(names: readonly string[], calls: readonly PromptedCall[]): Advice {
  const strategies = STRATEGIES.filter(({ name }) => names.includes(name));
  return adviceOn(promptedCalls(calls), { strategies });
}

/** When a call starts of 25 a minute apart, every night. */
function nightlyAt(number: number): number {
  return Math.floor(number / 25) * DAY + (number % 25) * 60;
}

describe("a batch of prompts that another change caches", () => {
  const asking = (question: number, ttl?: "5m" | "1h"): readonly PromptedCall[] =>
    calls75((number) => ({
      at: nightlyAt(number),
      blocks: [systemText("rules", 10_000, ttl), userText(`question ${String(number)}`, question)],
      shape: { stream: false },
    }));

  it("finds no more of them than a batch does", () => {
    const { joint, recommendations } = adviceOf(["cache-breakpoints", "batch"], asking(20_000));
    expect(recommendations.map(({ plan }) => plan.strategy).sort()).toEqual(["batch", "cache-breakpoints"]);
    // As recorded 75 x (30,000 x 4 + 10 x 20) = 9.015. Questions and answers at half: 75 x 0.0802 / 2 = 3.0075.
    // The rules at half: 3 x 10,000 x 8 / 2 = 0.12 and, read to 64 %, 72 x (3,600 x 8 + 6,400 x 0.20) / 2 = 1.08288.
    expect(joint.all.expected).toBe(usd("4.80462"));
    expect(recommendations.find(({ plan }) => plan.strategy === "batch")?.plan.uncertainty).toContain("30-98 %");
  });

  it("is not advised where what it misses of them costs more than it halves", () => {
    const { joint, recommendations } = adviceOf(["cache-breakpoints", "batch"], asking(500));
    expect(recommendations.map(({ plan }) => plan.strategy)).toEqual(["cache-breakpoints"]);
    // The rules: 75 x 10,000 at 4, or 3 x 10,000 at 5 and 72 x 10,000 at 0.20. In a batch they alone are 1.20288.
    expect(joint.all.expected).toBe(usd("2.706"));
  });

  it("is not advised with keeping caches for five minutes", () => {
    const kept = asking(20_000, "1h").map((call, number) => ({
      ...call,
      ...(number % 25 === 0 ? { cacheWrite1h: 10_000 } : { cacheRead: 10_000 }),
    }));
    const strategies = (names: readonly string[]): readonly string[] =>
      adviceOf(names, kept).recommendations.map(({ plan }) => plan.strategy);
    expect(strategies(["cache-ttl-5m"])).toEqual(["cache-ttl-5m"]);
    expect(strategies(["cache-ttl-5m", "batch"])).toEqual(["batch"]);
  });

  it("keeps for an hour what was written for five minutes and never read", () => {
    const written = asking(500, "5m").map((call) => ({ ...call, cacheWrite5m: 10_000 }));
    const found = onePlan("batch", promptedCalls(written));
    expect([found.plan.needsReplay, rewritten(found, 1, "expected").hitShare]).toEqual([true, 0.64]);
    expect(rewritten(found, 1, "expected").prompt).toMatchObject({ lifetime: "1h" });
  });

  it("does not start when another change would have it start", () => {
    const found = onePlan("batch", promptedCalls(asking(500)));
    const recorded = found.situation.trace.requests[1];
    const request = rewritten(found, 1, "expected");
    if (recorded === undefined) throw new Error("there is no second request");
    const moved = { ...request, startedAt: request.startedAt + 500, firstTokenAt: request.firstTokenAt + 500 };
    const [batched] = found.plan.rewrite(moved, { recorded, scenario: "expected" });
    expect([batched?.startedAt, batched?.firstTokenAt]).toEqual([recorded.startedAt, recorded.firstTokenAt]);
  });

  it("is not advised with sending one request before the others", () => {
    // Each night 25 requests at once, all of which write the rules.
    const atOnce = asking(500, "5m").map((call, number) => ({
      ...call,
      at: Math.floor(number / 25) * DAY,
      cacheWrite5m: 10_000,
    }));
    const strategies = (names: readonly string[]): readonly string[] =>
      adviceOf(names, atOnce).recommendations.map(({ plan }) => plan.strategy);
    expect(strategies(["warm-before-fan-out"])).toEqual(["warm-before-fan-out"]);
    expect(strategies(["warm-before-fan-out", "batch"])).toHaveLength(1);
  });
});

describe("agent loops of which no session is recorded", () => {
  /** Loops of so many steps, one after another, for three nights. */
  function loops(steps: number, shape: PromptedCall["shape"]): readonly PromptedCall[] {
    return calls75((number) => {
      const [loop, step] = [Math.floor(number / steps), number % steps];
      const turns = Array.from({ length: step }, (_, turn) => [
        assistantText(`call ${String(loop)} ${String(turn)}`, 100),
        userText(`result ${String(loop)} ${String(turn)}`, 900),
      ]).flat();
      const blocks = [systemText("rules", 2_000), userText(`task ${String(loop)}`, 1_000), ...turns];
      return { at: nightlyAt(number), blocks, shape: { stream: false, ...shape } };
    });
  }

  it("are never batched", () => {
    for (const shape of [{}, { toolChoice: "any" as const, toolCount: 1 }]) {
      const { recommendations, abstained } = adviceOf(["batch"], loops(10, shape));
      expect(recommendations).toEqual([]);
      expect(abstained.map(({ reason, observed }) => [reason, observed])).toEqual([
        ["steps-wait", "100 % are steps of a loop or a conversation"],
      ]);
    }
  });

  it("are told from single requests that begin alike", () => {
    const single = adviceOf(["batch"], loops(1, {}));
    expect(single.recommendations.map(({ plan }) => plan.strategy)).toEqual(["batch"]);
  });

  it("are told from prompts that were sent before the answers they show", () => {
    const examples = loops(10, {}).map((call, number) => ({ ...call, at: Math.floor(number / 25) * DAY }));
    const inOneNight = examples.map((call, number) => ({ ...call, blocks: [nightOf(number), ...call.blocks] }));
    expect(adviceOf(["batch"], inOneNight).recommendations.map(({ plan }) => plan.strategy)).toEqual(["batch"]);
  });
});

/** Prompts of one night begin as those of no other. */
function nightOf(number: number): PromptedCall["blocks"][number] {
  return systemText(`night ${String(Math.floor(number / 25))}`, 100);
}

function calls75(call: (number: number) => PromptedCall): readonly PromptedCall[] {
  return Array.from({ length: 75 }, (_, number) => call(number));
}
