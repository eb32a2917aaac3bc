import { describe, expect, it } from "vitest";
import type { ResponseRecorded, UsagePart } from "@farthing/ledger";
import { adviceOn, usd } from "../support/advice.ts";
import { aUsage } from "../support/builders.ts";
import { aConversation, type Step } from "../support/conversation.ts";

const OPUS_5_5 = { model: "claude-opus-5-5" };
const MINUTE = 60;

function strategies(responses: readonly ResponseRecorded[]): readonly string[] {
  return adviceOn(responses).recommendations.map(({ plan }) => plan.strategy);
}

function reasons(responses: readonly ResponseRecorded[]): readonly string[] {
  return adviceOn(responses).abstained.map(({ reason }) => reason);
}

/** Traffic on which a change looks like a saving, and would have lost money. */
describe("advice that would lose money is not given", () => {
  it("on five minutes, where a shared one-hour prefix is read after half an hour", () => {
    // Every burst: a writes 50,000 for an hour, b reads them thirty minutes later and writes only five-minute tokens.
    const responses = Array.from({ length: 20 }, (_, burst) => {
      const startedAt = new Date(Date.UTC(2026, 9, 1 + burst, 9)).toISOString();
      const later = new Date(Date.UTC(2026, 9, 1 + burst, 9, 30)).toISOString();
      return [
        ...aConversation(
          [
            { at: 0, cacheWrite1h: 50_000, cacheWrite5m: 2_000 },
            { at: MINUTE, cacheRead: 52_000, cacheWrite5m: 500 },
          ],
          { ...OPUS_5_5, name: `a${String(burst)}`, startedAt },
        ),
        ...aConversation(
          [
            { at: 0, cacheRead: 50_000, cacheWrite5m: 2_000 },
            { at: MINUTE, cacheRead: 52_000, cacheWrite5m: 500 },
          ],
          { ...OPUS_5_5, name: `b${String(burst)}`, startedAt: later },
        ),
      ];
    }).flat();
    expect(strategies(responses)).toEqual([]);
  });

  it("on five minutes, where two tenants happen to have prompts of one length", () => {
    // They alternate every four minutes, so each returns to its own prefix only after eight.
    const responses = Array.from({ length: 40 }, (_, call) =>
      aConversation(
        [
          { at: 0, ...(call < 2 ? { cacheWrite1h: 30_000 } : { cacheRead: 30_000 }) },
          { at: 30, cacheRead: 30_000 },
        ],
        {
          ...OPUS_5_5,
          name: `tenant-${String(call % 2)}-${String(call)}`,
          startedAt: new Date(Date.UTC(2026, 9, 1, 9, call * 4)).toISOString(),
        },
      ),
    ).flat();
    expect(strategies(responses)).toEqual([]);
    expect(reasons(responses)).toContain("may-cost-more");
  });

  it("on a newer model, for what a compaction billed beside the answer", () => {
    const compaction: UsagePart = {
      kind: "compaction",
      iteration: 0,
      model: null,
      tokens: { uncachedInput: 150_000, cacheWrite5m: 0, cacheWrite1h: 0, cacheRead: 0, output: 4_000 },
    };
    const usage = aUsage({ uncachedInput: 1_000, output: 10 });
    const steps: Step[] = Array.from({ length: 25 }, (_, number) => ({
      at: number * 3_600,
      continues: -1,
      overrides: { usage: { ...usage, parts: [...usage.parts, compaction] } } as never,
    }));
    const responses = aConversation(steps, { model: "claude-opus-4-6" });
    // The answers alone: 25 x (1,000 x 5 + 10 x 25) become 25 x (1,300 x 4 + 13 x 20), which is dearer by 0.00525.
    expect(strategies(responses)).toEqual([]);
    expect(adviceOn(responses).abstained.map(({ observed }) => observed)).toContain("opus-4-6 -> opus-5-5: $0.01 more");
  });

  it("on a newer model, for a price cut that the old one has had since", () => {
    // In February fast Opus 4.6 cost six times as much; today it is served and billed at standard.
    const usage = { ...aUsage({ uncachedInput: 30_000, output: 100 }), speed: "fast" };
    const steps: Step[] = Array.from({ length: 25 }, (_, number) => ({
      at: number * 3_600,
      continues: -1,
      overrides: { usage } as never,
    }));
    const february = { model: "claude-opus-4-6", startedAt: "2026-02-20T10:00:00.000Z" };
    expect(strategies(aConversation(steps, february))).toEqual([]);
  });

  it("on a newer model that a cloud may not offer", () => {
    const steps: Step[] = Array.from({ length: 25 }, (_, number) => ({
      at: number * 3_600,
      uncachedInput: 50_000,
      continues: -1,
    }));
    const bedrock = aConversation(steps, { model: "us.anthropic.claude-sonnet-4-5-20250929-v1:0" });
    expect(strategies(bedrock)).toEqual(["premium-geo"]);
    expect(reasons(bedrock)).toContain("partner-models");
  });

  it("on one model for all, for reads that nothing shows", () => {
    // A conversation alternates between two models and never reads: whether the prompts share a prefix is unknown.
    const steps: Step[] = Array.from({ length: 30 }, (_, number) => ({
      at: number * MINUTE,
      cacheWrite5m: 20_000 + number * 200,
      overrides: number % 2 === 0 ? {} : { servedModel: "claude-opus-5-5" },
    }));
    const { recommendations } = adviceOn(aConversation(steps, { model: "claude-opus-5" }));
    const model = recommendations.find(({ plan }) => plan.strategy === "newer-model");
    // Half of the requests write at 5 instead of 6.25: 15 requests of 20,000 to 25,600 tokens save 0.4275 at most,
    // and their answers of 10 tokens next to nothing. Reads on one model for all would have claimed 3 dollars.
    expect((model?.alone.expected ?? 0n) <= usd("0.43")).toBe(true);
  });

  it("on anything that is paid by a flat plan", () => {
    const steps: Step[] = Array.from({ length: 25 }, (_, number) => ({
      at: number * 7_200,
      cacheWrite1h: 100_000,
      continues: -1,
    }));
    const responses = aConversation(steps, { source: "claude-code" });
    const advice = adviceOn(responses, { billing: { "claude-code": "subscription", test: "per-token" } });
    expect(advice.recommendations).toEqual([]);
    expect(advice.abstained.map(({ reason }) => reason)).toEqual(["flat-plan"]);
  });

  it("on the prepaid priority tier", () => {
    const usage = { ...aUsage({ cacheWrite1h: 100_000, output: 10 }), serviceTier: "priority" };
    const steps: Step[] = Array.from({ length: 25 }, (_, number) => ({
      at: number * 7_200,
      continues: -1,
      overrides: { usage } as never,
    }));
    expect(strategies(aConversation(steps))).toEqual([]);
  });

  it("on caches, where many steps did not read what had to be there", () => {
    const steps: Step[] = Array.from({ length: 40 }, (_, number) => {
      const missed = number % 3 === 0;
      const context = 40_000 + number * 500;
      return { at: number * MINUTE, cacheRead: missed ? 0 : context - 500, cacheWrite1h: missed ? context : 500 };
    });
    expect(strategies(aConversation(steps, OPUS_5_5))).not.toContain("cache-ttl-5m");
    expect(reasons(aConversation(steps, OPUS_5_5))).toContain("unexplained-misses");
  });
});
