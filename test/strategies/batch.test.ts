import { isPlan } from "@farthing/advisor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adviceOn, usd } from "../support/advice.ts";
import { NO_SHAPE } from "../support/builders.ts";
import { aConversation, type Step } from "../support/conversation.ts";
import { onePlan, proposalsOf, repeated, rewritten, singleCalls, type Call } from "../support/proposals.ts";

const OPUS_5_5 = { model: "claude-opus-5-5", startedAt: "2026-10-05T00:00:00.000Z" };
const UNSTREAMED: Call = { uncachedInput: 100_000, output: 1_000, shape: { stream: false } };
const HOUR = 3_600;
const DAY = 24 * HOUR;

/** Forty calls a minute apart from two in the morning on, every night. */
function nightly(nights: number, call: Call): readonly Call[] {
  return repeated(nights * 40, (number) => ({
    ...call,
    at: Math.floor(number / 40) * DAY + 2 * HOUR + (number % 40) * 60,
  }));
}

function batchOn(calls: readonly Call[]): unknown[] {
  return proposalsOf("batch", singleCalls(calls, OPUS_5_5)).map((proposal) =>
    isPlan(proposal) ? proposal.title : [proposal.reason, proposal.observed, proposal.needed],
  );
}

describe("batch", () => {
  it("halves what a nightly job costs", () => {
    const { recommendations } = adviceOn(singleCalls(nightly(3, UNSTREAMED), OPUS_5_5));
    const [found] = recommendations.filter(({ plan }) => plan.strategy === "batch");
    // Opus 5.5: 100,000 x 4 + 1,000 x 20 = 0.42; 120 of them at half.
    expect([found?.plan.title, found?.share.expected, found?.share.low]).toEqual([
      "Batches, 02-03h UTC",
      usd("25.2"),
      usd("25.2"),
    ]);
    expect(found?.plan.answersUnchanged).toBe(true);
    expect(found?.plan.change).toContain("all within 24");
    expect(found?.breakEven).toBe("right only if nobody waits for the answers");
  });

  it("halves what a model change leaves, where both are made", () => {
    const { joint, recommendations } = adviceOn(
      singleCalls(nightly(3, { ...UNSTREAMED, shape: { stream: false, toolCount: 2 } }), {
        ...OPUS_5_5,
        model: "claude-opus-5",
      }),
    );
    // Opus 5: 0.525 a call, 0.2625 in a batch. Opus 5.5 always thinks, so its answers count as 1.5 times as long:
    // 100,000 x 4 + 1,500 x 20 = 0.43, and 0.215 in a batch. 120 x 0.0475 more.
    expect(recommendations.map(({ plan, share }) => [plan.strategy, share.expected])).toEqual([
      ["batch", usd("31.5")],
      ["newer-model", usd("5.7")],
    ]);
    expect(joint.all.expected).toBe(usd("37.2"));
  });

  it("takes a share of the cache hits, and writes for an hour", () => {
    const call: Call = { ...UNSTREAMED, uncachedInput: 0, cacheRead: 100_000, output: 0 };
    // One write of 100,000 tokens opens every night; a minute later the next call reads them.
    const calls = nightly(3, call).map((each, number) =>
      number % 40 === 0 ? { ...each, cacheRead: 0, cacheWrite5m: 100_000 } : each,
    );
    const found = onePlan("batch", singleCalls(calls, OPUS_5_5));
    expect(found.plan.needsReplay).toBe(true);
    expect(found.plan.change).toContain('"ttl": "1h"');
    const changed = (["pessimistic", "expected", "optimistic"] as const).map((scenario) =>
      rewritten(found, 1, scenario),
    );
    expect(changed.map(({ hitShare }) => hitShare)).toEqual([0.3, 0.64, 0.98]);
    expect(changed.map(({ prompt }) => prompt)).toMatchObject(Array.from({ length: 3 }, () => ({ lifetime: "1h" })));
  });

  it("says how far cache hits may fall", () => {
    const plan = proposalsOf("batch", singleCalls(nightly(3, { ...UNSTREAMED, cacheRead: 50_000 }), OPUS_5_5)).find(
      isPlan,
    );
    const base = { before: usd("10"), moved: { output: usd("0"), tokens: 0, answers: 0 } };
    // From 2 at 64 % to 1 at 30 %: a dollar for 34 points, so nothing is left 68 points below 64 %.
    const safe = { ...base, saving: usd("2"), pessimisticSaving: usd("1") };
    // From 1 to -1 for 34 points: nothing is left 17 points below 64 %.
    const unsafe = { ...base, saving: usd("1"), pessimisticSaving: usd("-1") };
    expect(plan?.breakEven(safe as never)).toContain("saves even without a cache hit");
    expect(plan?.breakEven(unsafe as never)).toContain("saves until cache hits fall to 47 % of today's");
  });

  it("does not take streaming for somebody who reads along where the SDK demands it", () => {
    const streamed = (maxTokens: number): readonly Call[] =>
      nightly(3, { ...UNSTREAMED, shape: { stream: true, maxTokens } });
    expect(batchOn(streamed(21_334))).toEqual(["Batches, 02-03h UTC"]);
    expect(batchOn(streamed(21_333))).toEqual([["streamed", "100 % of answers are streamed by choice", "at most 2 %"]]);
  });

  it("is proposed where requests come at regular pauses", () => {
    expect(batchOn(repeated(100, (number) => ({ ...UNSTREAMED, at: number * HOUR })))).toEqual([
      "Batches; nobody waits",
    ]);
  });

  it("stays silent where requests come at any time", () => {
    // Pauses of 1, 2, 3, 4 hours in turn: no rhythm, and no bursts.
    const calls = repeated(50, (number) => ({
      ...UNSTREAMED,
      at: Math.floor(number / 4) * 10 * HOUR + (((number % 4) * ((number % 4) + 1)) / 2) * HOUR,
    }));
    expect(batchOn(calls)).toEqual([
      [
        "arrives-any-time",
        "0 % of requests come in 0 bursts, 0 % of the time",
        "95 % in 3 or more, at most 15 % of the time; or regular pauses for 3 days",
      ],
    ]);
  });

  it("stays silent where a job ran only twice", () => {
    expect(batchOn(nightly(2, UNSTREAMED))).toEqual([
      [
        "arrives-any-time",
        "100 % of requests come in 2 bursts, 5 % of the time",
        "95 % in 3 or more, at most 15 % of the time; or regular pauses for 3 days",
      ],
    ]);
  });

  it("stays silent where an office keeps it busy all day", () => {
    // A call a minute or so from eight to six on three days: bursts of ten hours.
    const calls = repeated(3 * 500, (number) => ({
      ...UNSTREAMED,
      at: Math.floor(number / 500) * DAY + 8 * HOUR + (number % 500) * 60 + (number % 7) * 8,
    }));
    expect(batchOn(calls)).toEqual([
      [
        "arrives-any-time",
        "100 % of requests come in 3 bursts, 44 % of the time",
        "95 % in 3 or more, at most 15 % of the time; or regular pauses for 3 days",
      ],
    ]);
  });

  it("stays silent where whether answers are streamed is unknown", () => {
    expect(batchOn(nightly(3, { ...UNSTREAMED, shape: null }))).toEqual([
      ["streaming-not-recorded", "whether answers are streamed is recorded of 0 %", "95 %"],
    ]);
  });

  it("stays silent where answers ask for a tool's result", () => {
    expect(batchOn(nightly(3, { ...UNSTREAMED, stopReason: "tool_use" }))).toEqual([
      ["steps-wait", "100 % are steps of a loop or a conversation", "at most 2 %"],
    ]);
  });

  it("takes a tool that was forced for the form of an answer", () => {
    const call: Call = {
      ...UNSTREAMED,
      stopReason: "tool_use",
      shape: { stream: false, toolCount: 1, toolChoice: "tool" },
    };
    expect(batchOn(nightly(3, call))).toEqual(["Batches, 02-03h UTC"]);
  });

  it("has nothing to say of what is batched already, of fast mode, or of Claude Code", () => {
    expect(batchOn(nightly(3, { ...UNSTREAMED, serviceTier: "batch" }))).toEqual([]);
    expect(batchOn(nightly(3, { ...UNSTREAMED, speed: "fast" }))).toEqual([]);
    const claudeCode = singleCalls(nightly(3, UNSTREAMED), { ...OPUS_5_5, source: "claude-code" });
    expect(proposalsOf("batch", claudeCode)).toEqual([]);
  });
});

describe("a batch of a job with a few conversations in it", () => {
  const job = singleCalls(nightly(5, UNSTREAMED), OPUS_5_5);
  const steps = fc.array(
    fc.record({ gap: fc.integer({ min: 2, max: 3_000 }), added: fc.integer({ min: 1, max: 900 }) }),
    {
      minLength: 2,
      maxLength: 3,
    },
  );

  it("never holds a request that waited for another, nor the one it waited for", () => {
    fc.assert(
      fc.property(steps, (gaps) => {
        let at = 0;
        let prompt = 1_000;
        const conversation: Step[] = gaps.map(({ gap, added }) => {
          at += gap;
          prompt += added;
          return { at, uncachedInput: prompt, overrides: { request: { ...NO_SHAPE, stream: false } } };
        });
        const responses = [...job, ...aConversation(conversation, { ...OPUS_5_5, name: "talk" })];
        const found = onePlan("batch", responses);
        const batched = found.situation.trace.requests.filter(
          (_, index) => rewritten(found, index, "expected").terms.serviceTier === "batch",
        );
        expect(batched).toHaveLength(job.length);
        expect(batched.every(({ session }) => session === null)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});
