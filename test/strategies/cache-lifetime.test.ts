import { describe, expect, it } from "vitest";
import { adviceOn, usd } from "../support/advice.ts";
import { aConversation, type Step } from "../support/conversation.ts";

/** Opus 5.5: input 4, write 5m 5, write 1h 8, read 0.20 dollars per million tokens; no newer Opus costs less. */
const OPUS_5_5 = { model: "claude-opus-5-5" };

describe("stop-caching", () => {
  it("saves the write premium of prefixes that are never read", () => {
    const steps: Step[] = Array.from({ length: 25 }, (_, number) => ({
      at: number * 7_200,
      cacheWrite1h: 10_000,
      continues: -1,
    }));
    const { recommendations } = adviceOn(aConversation(steps, OPUS_5_5));
    // Each write: 10,000 x (8 - 4) / 10^6 = 0.04; 25 of them: 1.00.
    expect(recommendations.map(({ plan, share }) => [plan.strategy, share.expected])).toEqual([
      ["stop-caching", usd("1")],
    ]);
    expect(recommendations[0]?.breakEven).toContain("105 %");
  });

  it("is not proposed where reads earn the writes back", () => {
    const steps: Step[] = [
      { at: 0, cacheWrite5m: 10_000 },
      ...Array.from({ length: 24 }, (_, number): Step => ({ at: (number + 1) * 60, cacheRead: 10_000 })),
    ];
    const { recommendations, abstained } = adviceOn(aConversation(steps, OPUS_5_5));
    expect(recommendations).toEqual([]);
    expect(abstained.map(({ strategy }) => strategy)).not.toContain("stop-caching");
  });

  it("names the call site where one was recorded", () => {
    const steps: Step[] = Array.from({ length: 25 }, (_, number) => ({
      at: number * 7_200,
      cacheWrite1h: 10_000,
      continues: -1,
      overrides: {
        context: { ...aConversation([{ at: 0 }])[0]?.context, callSite: "src/rag/answer.ts:48" } as never,
      },
    }));
    expect(adviceOn(aConversation(steps, OPUS_5_5)).recommendations[0]?.plan.change).toContain("src/rag/answer.ts:48");
  });
});

describe("cache-ttl-5m", () => {
  const agentLoop: Step[] = [
    { at: 0, cacheWrite1h: 20_000 },
    ...Array.from({ length: 29 }, (_, number): Step => ({
      at: (number + 1) * 30,
      cacheRead: 20_000 + number * 1_000,
      cacheWrite1h: 1_000,
    })),
  ];

  it("saves the dearer write where every prefix is reused within five minutes", () => {
    const { recommendations } = adviceOn(aConversation(agentLoop, OPUS_5_5));
    // Written: 20,000 + 29 x 1,000 = 49,000 tokens at 8 - 5 = 3 dollars per million: 0.147.
    expect(recommendations.map(({ plan, share }) => [plan.strategy, share.expected])).toEqual([
      ["cache-ttl-5m", usd("0.147")],
    ]);
  });

  it("counts the context that a break makes it write again", () => {
    const broken = agentLoop.map((step, number) => (number < 15 ? step : { ...step, at: step.at + 600 }));
    const { recommendations, abstained } = adviceOn(aConversation(broken, OPUS_5_5));
    // At step 15 the 34,000 tokens that were read at 0.20 are written at 5 instead: 0.1632 less saved than 0.147,
    // so that five minutes would have cost 0.0162 more.
    expect(recommendations).toEqual([]);
    expect(abstained.map(({ reason, observed }) => [reason, observed])).toContainEqual([
      "would-cost-more",
      "5m cache instead of 1h: $0.02 more",
    ]);
  });

  it("names Claude Code's settings for the main conversation, for sub-agents, or both", () => {
    const asked = (agents: readonly (string | null)[]): string | undefined => {
      const calls = agents.flatMap((agent, number) =>
        aConversation(agentLoop, { ...OPUS_5_5, source: "claude-code", name: `s${String(number)}` }).map((event) => ({
          ...event,
          context: { ...event.context, agent },
        })),
      );
      return adviceOn(calls).recommendations[0]?.plan.change;
    };
    const before = "(2.1.243 or later; before that FORCE_PROMPT_CACHING_5M=1).";
    const settings = "In Claude Code's settings.json set";
    expect(asked([null])).toBe(`${settings} "promptCacheTtl": "5m" ${before}`);
    expect(asked(["a1"])).toBe(`${settings} "subagentPromptCacheTtl": "5m" ${before}`);
    expect(asked([null, "a1"])).toBe(`${settings} "promptCacheTtl": "5m" and "subagentPromptCacheTtl": "5m" ${before}`);
  });

  it("is shown to nobody on a flat plan of Claude Code", () => {
    const claudeCode = aConversation(agentLoop, { ...OPUS_5_5, source: "claude-code" });
    expect(adviceOn(claudeCode, { billing: { "*": "subscription" } }).recommendations).toEqual([]);
    expect(adviceOn(claudeCode, { billing: {} }).recommendations[0]?.plan.change).toContain(
      "only if you pay per token",
    );
  });
});

describe("cache-ttl-1h", () => {
  /** Seven steps a minute apart, each of which reads all that was cached and adds 1,000 tokens to 50,000. */
  const quickSteps: Step[] = Array.from({ length: 7 }, (_, number) => ({
    at: number * 60,
    cacheRead: number === 0 ? 0 : 49_000 + number * 1_000,
    cacheWrite5m: number === 0 ? 50_000 : 1_000,
  }));

  /** Twenty steps ten minutes apart, each of which writes its whole context again. */
  function slowSteps(from: number): Step[] {
    return Array.from({ length: 20 }, (_, number) => ({
      at: from * 60 + (number + 1) * 600,
      cacheWrite5m: 50_000 + (from + number) * 1_000,
    }));
  }

  it("saves the second write of contexts that are continued after a break", () => {
    const { recommendations } = adviceOn(aConversation([...quickSteps, ...slowSteps(7)], OPUS_5_5));
    // Slow steps as recorded: sum of (50,000 + 1,000 n), n = 7..26, = 1,330,000 tokens at 5 = 6.65.
    // With 1h: they write 20 x 1,000 tokens at 8 and read 1,310,000 at 0.20: 0.16 + 0.262 = 0.422.
    // The quick steps write 56,000 tokens at 8 instead of 5: 0.168 more. Saved: 6.65 - 0.422 - 0.168.
    expect(recommendations.map(({ plan, share }) => [plan.strategy, share.expected])).toEqual([
      ["cache-ttl-1h", usd("6.06")],
    ]);
  });

  it("is not proposed where no step in time shows that anything is reused", () => {
    const { recommendations, abstained } = adviceOn(aConversation(slowSteps(0), OPUS_5_5));
    // The record fits prompts that share nothing as well; not caching is safe, and saves the write premium.
    expect(recommendations.map(({ plan }) => plan.strategy)).toEqual(["stop-caching"]);
    expect(abstained.map(({ reason }) => reason)).toContain("reuse-unknown");
  });

  it("is not proposed where steps in time read nothing back", () => {
    const never = [...quickSteps, ...slowSteps(7)].map(({ at, cacheRead = 0, cacheWrite5m = 0 }) => ({
      at,
      cacheWrite5m: cacheRead + cacheWrite5m,
    }));
    expect(adviceOn(aConversation(never, OPUS_5_5)).recommendations.map(({ plan }) => plan.strategy)).toEqual([
      "stop-caching",
    ]);
  });

  it("is not proposed where no prefix expired", () => {
    const steps: Step[] = Array.from({ length: 25 }, (_, number) => ({
      at: number * 60,
      cacheRead: number === 0 ? 0 : 50_000,
      cacheWrite5m: number === 0 ? 50_000 : 0,
    }));
    expect(adviceOn(aConversation(steps, OPUS_5_5)).recommendations).toEqual([]);
  });
});

describe("a workload that the replay does not reproduce", () => {
  it("gets no advice that rests on predicted reads, and is told by how much it is off", () => {
    // Every step writes 4,000 tokens that the rules say it must have read.
    const steps: Step[] = Array.from({ length: 40 }, (_, number) => ({
      at: number * 60,
      cacheRead: number === 0 ? 0 : 60_000 - 4_000,
      cacheWrite1h: number === 0 ? 60_000 : 4_000,
    }));
    const { abstained, gaps } = adviceOn(aConversation(steps, OPUS_5_5));
    expect(gaps[0]?.gap).toBeLessThan(-0.05);
    expect(abstained.map(({ strategy, reason }) => [strategy, reason])).toContainEqual(["cache-ttl-5m", "replay-gap"]);
  });

  it("is told what is missing where no response says which one it continues", () => {
    const steps: Step[] = Array.from({ length: 25 }, (_, number) => ({
      at: number * 60,
      cacheRead: 60_000,
      cacheWrite1h: 5_000,
      continues: -1,
      overrides: { context: { ...aConversation([{ at: 0 }])[0]?.context, session: null } as never },
    }));
    expect(adviceOn(aConversation(steps, OPUS_5_5)).abstained.map(({ reason }) => reason)).toContain(
      "no-conversations",
    );
  });
});
