import { describe, expect, it } from "vitest";
import { cachingAdviceOn, usd } from "../support/advice.ts";
import { aConversation } from "../support/conversation.ts";
import {
  assistantText,
  aTool,
  promptedCalls,
  systemText,
  userText,
  type PromptedCall,
} from "../support/prompted-calls.ts";

/** Opus 5.5: input 4, write 5m 5, write 1h 8, read 0.20 dollars per million tokens, cached from 512 tokens on. */
const TIMES = Array.from({ length: 25 }, (_, number) => number);

function found(calls: readonly PromptedCall[]): readonly (readonly [string, bigint, string])[] {
  return cachingAdviceOn(promptedCalls(calls)).recommendations.map(({ plan, share }) => [
    plan.strategy,
    share.expected,
    plan.title,
  ]);
}

describe("cache-breakpoints", () => {
  const questions = TIMES.map((number): PromptedCall => ({
    at: number * 60,
    blocks: [aTool("search", 2_000), systemText("rules", 8_000), userText(`question ${String(number)}`, 500)],
  }));

  it("starts caching what all requests begin with, at the end of the system prompt", () => {
    // 10,000 tokens once at 5 and 24 times at 0.20 instead of 25 times at 4: 1 - 0.05 - 0.048.
    expect(found(questions)).toEqual([["cache-breakpoints", usd("0.902"), "start caching: system"]]);
    const [advice] = cachingAdviceOn(promptedCalls(questions, { callSite: "src/answer.ts:12" })).recommendations;
    expect(advice?.plan.change).toBe(
      'In src/answer.ts:12, put cache_control {"type": "ephemeral"} on the last system block.',
    );
    expect(advice?.breakEven).toBe("pays from 0.26 reads for each write on; 24.0 came within 5 minutes");
    // At the low end 5 % of what is read is written again: 24 x 500 tokens at 5 - 0.20.
    expect(advice?.share.low).toBe(usd("0.8444"));
  });

  it("allows for an estimated length where that is hardly more than the model's minimum", () => {
    const ofLength = (tokens: number): readonly PromptedCall[] =>
      TIMES.map((number) => ({
        at: number * 60,
        blocks: [systemText("rules", tokens), userText(`question ${String(number)}`, 100)],
      }));
    // 512 tokens and 5 % more are 537.6. Of 540 tokens 25 x 4 dollars per million become 5 + 24 x 0.20: 90.20 saved, less
    // 24 x 27 tokens at 5 - 0.20 where 5 % of what is read is missed.
    const [advice] = cachingAdviceOn(promptedCalls(ofLength(540))).recommendations;
    expect([advice?.share.low, advice?.share.expected]).toEqual([usd("0.0455976"), usd("0.048708")]);
    const close = cachingAdviceOn(promptedCalls(ofLength(530)));
    expect(close.recommendations).toEqual([]);
    // 530 x 90.20 dollars per million, if they are cached at all.
    expect(close.abstained.map(({ reason, observed }) => [reason, observed])).toContainEqual([
      "may-cost-more",
      "start caching: system: from $0.00 more to $0.05 less",
    ]);
  });

  it("marks the tools where only they are the same", () => {
    const perUser = questions.map(({ at, blocks: [tools] }, number): PromptedCall => ({
      at,
      blocks: [
        ...(tools === undefined ? [] : [tools]),
        systemText(`rules for user ${String(number)}`, 1_000),
        userText(`question ${String(number)}`, 500),
      ],
    }));
    // 2,000 tokens: 25 x 0.008 - 0.01 - 24 x 0.0004.
    expect(found(perUser)).toEqual([["cache-breakpoints", usd("0.1804"), "start caching: tools"]]);
  });

  it("marks the newest message of conversations that grow", () => {
    const turns: PromptedCall["blocks"][number][] = [];
    const calls = TIMES.map((number): PromptedCall => {
      turns.push(userText(`question ${String(number)}`, 1_000));
      const call = { at: number * 60, blocks: [systemText("rules", 1_000), ...turns], session: "s" };
      turns.push(assistantText(`answer ${String(number)}`, 1_000));
      return call;
    });
    // Prompt n is of 2,000 (n + 1) tokens; all but the newest 2,000 are read. As recorded 2,000 x 325 at 4 = 2.60.
    // Then 25 x 2,000 at 5 = 0.25, and 2,000 x 300 at 0.20 = 0.12.
    expect(found(calls)).toEqual([["cache-breakpoints", usd("2.23"), "start caching: newest message"]]);
  });

  it("marks the end of what messages share, before what is asked about it", () => {
    const calls = TIMES.map((number): PromptedCall => ({
      at: number * 60,
      blocks: [
        systemText("rules", 100),
        userText("page 1", 5_000),
        userText("page 2", 5_000),
        userText(`question ${String(number)}`, 500),
      ],
    }));
    // 10,100 tokens: 25 x 0.0404 - 0.0505 - 24 x 0.00202.
    expect(found(calls)).toEqual([["cache-breakpoints", usd("0.91102"), "start caching: shared messages"]]);
    expect(cachingAdviceOn(promptedCalls(calls)).recommendations[0]?.plan.change).toContain(
      "on the 2nd block of the messages, up to which requests share them",
    );
  });

  it("counts back from the question where documents are of different lengths", () => {
    const calls = TIMES.map((number): PromptedCall => {
      const document = Math.floor(number / 5);
      const pages = Array.from({ length: 1 + document }, (_, page) =>
        userText(`page ${String(page)} of ${String(document)}`, 2_000),
      );
      return { at: number * 60, blocks: [...pages, userText(`question ${String(number)}`, 500)] };
    });
    // Documents of 2, 4, 6, 8, 10 thousand tokens, five times each: 150,000 at 4, or 30,000 at 5 and 120,000 at 0.20.
    expect(found(calls)).toEqual([["cache-breakpoints", usd("0.426"), "start caching: shared messages"]]);
    expect(cachingAdviceOn(promptedCalls(calls)).recommendations[0]?.plan.change).toContain(
      "on the block before the last one",
    );
  });

  it("moves a breakpoint that is on what changes every time", () => {
    const written = questions.map(({ at, blocks }): PromptedCall => ({
      at,
      blocks: blocks.map((block) => (block.section === "messages" ? { ...block, ttl: "5m" as const } : block)),
      cacheWrite5m: 10_500,
    }));
    // 25 x 10,500 at 5 = 1.3125, or 0.05 + 24 x 0.002 + 25 x 500 at 4 = 0.05: 0.148.
    expect(found(written)).toEqual([["cache-breakpoints", usd("1.1645"), "cache: system"]]);
    expect(cachingAdviceOn(promptedCalls(written)).recommendations[0]?.plan.change).toContain("; nowhere else.");
  });

  it("asks for an hour where the same comes after more than five minutes", () => {
    const slow = questions.map(({ blocks }, number): PromptedCall => ({ at: number * 900, blocks }));
    // 10,000 tokens: 25 x 0.04 - 0.08 - 24 x 0.002.
    expect(found(slow)).toEqual([["cache-breakpoints", usd("0.872"), "start caching: system for 1h"]]);
  });

  it("leaves alone what is shorter than the model caches, comes too late, or is cached well", () => {
    const short = questions.map(({ at }, number): PromptedCall => ({
      at,
      blocks: [systemText("rules", 500), userText(`question ${String(number)}`, 5_000)],
    }));
    const late = questions.map(({ blocks }, number): PromptedCall => ({ at: number * 7_200, blocks }));
    const cached = questions.map(({ at, blocks }, number): PromptedCall => ({
      at,
      blocks: blocks.map((block) => (block.section === "system" ? { ...block, ttl: "5m" as const } : block)),
      ...(number === 0 ? { cacheWrite5m: 10_000 } : { cacheRead: 10_000 }),
    }));
    for (const calls of [short, late, cached]) {
      expect(found(calls)).toEqual([]);
      expect(cachingAdviceOn(promptedCalls(calls)).abstained).toEqual([]);
    }
  });

  it("respects the minimum of each model", () => {
    const responses = promptedCalls(
      questions.map(({ at }, number) => ({ at, blocks: [systemText("rules", 4_000), userText(String(number), 500)] })),
      { model: "claude-haiku-4-5" },
    );
    expect(
      cachingAdviceOn(responses).recommendations.filter(({ plan }) => plan.strategy === "cache-breakpoints"),
    ).toEqual([]);
  });

  it("says that the recorder has to be attached where prompts were not fingerprinted", () => {
    const steps = TIMES.map((number) => ({ at: number * 60, uncachedInput: 10_000, continues: -1 }));
    const { recommendations, abstained } = cachingAdviceOn(aConversation(steps, { model: "claude-opus-5-5" }));
    expect(recommendations).toEqual([]);
    expect(abstained.map(({ strategy, reason, observed, needed }) => [strategy, reason, observed, needed])).toEqual([
      [
        "cache-breakpoints",
        "not-fingerprinted",
        "24 long prompts within 5 minutes of another not cached, none fingerprinted",
        "fingerprints of the prompts: attach the recorder to the client",
      ],
    ]);
  });

  it("says nothing of fingerprints where caching could hardly matter", () => {
    const steps = TIMES.map((number) => ({ at: number * 60, uncachedInput: 400, continues: -1 }));
    expect(cachingAdviceOn(aConversation(steps, { model: "claude-opus-5-5" })).abstained).toEqual([]);
  });

  it("is nothing that a user of Claude Code could do", () => {
    const responses = promptedCalls(questions).map((event) => ({ ...event, sources: ["claude-code"] }));
    expect(cachingAdviceOn(responses).recommendations).toEqual([]);
  });
});

describe("a workload spread over several fingerprint keys", () => {
  const onTwoHosts = TIMES.map((number): PromptedCall => ({
    at: number * 60,
    key: `key-${String(number % 2)}`,
    blocks: [systemText("rules", 8_000), userText(`question ${String(number)}`, 500, "5m")],
    cacheWrite5m: 8_500,
  }));

  it("gets no advice on caches, and is told the remedy", () => {
    const { recommendations, abstained } = cachingAdviceOn(promptedCalls(onTwoHosts));
    expect(recommendations).toEqual([]);
    expect(abstained.map(({ strategy, reason }) => [strategy, reason])).toContainEqual([
      "stop-caching",
      "several-keys",
    ]);
    for (const { reason, needed } of abstained) {
      expect([reason, needed]).toEqual([
        "several-keys",
        "one key for all processes: set FARTHING_KEY to the same value on every host",
      ]);
    }
  });

  it("is told the remedy too where nothing is cached", () => {
    const uncached = onTwoHosts.map(({ at, key, blocks }): PromptedCall => ({
      at,
      ...(key === undefined ? {} : { key }),
      blocks: blocks.map(({ section, kind, hash, tokens }) => ({ section, kind, hash, tokens })),
    }));
    const { recommendations, abstained } = cachingAdviceOn(promptedCalls(uncached));
    expect(recommendations).toEqual([]);
    expect(abstained.map(({ strategy, reason }) => [strategy, reason])).toEqual([
      ["cache-breakpoints", "several-keys"],
    ]);
  });
});
