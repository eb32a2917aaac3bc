import { isPlan, STRATEGIES, type Advice } from "@farthing/advisor";
import type { ResponseRecorded } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adviceOn, usd } from "../support/advice.ts";
import {
  assistantText,
  aTool,
  promptedCalls,
  systemText,
  userText,
  type PromptedCall,
} from "../support/prompted-calls.ts";
import { proposalsOf, repeated, singleCalls } from "../support/proposals.ts";

const TRIM_TOOLS = STRATEGIES.filter(({ name }) => name === "trim-tools");

/** Questions an hour apart, each with two tools of 3,000 and 2,000 tokens and a system prompt of 1,000. */
function questions(count: number, change: (call: PromptedCall, number: number) => PromptedCall = (call) => call) {
  return Array.from({ length: count }, (_, number) =>
    change(
      {
        at: number * 3_600,
        shape: { toolCount: 2 },
        blocks: [
          aTool("search", 3_000),
          aTool("read", 2_000),
          systemText("rules", 1_000),
          userText(`question ${String(number)}`, 500),
        ],
      },
      number,
    ),
  );
}

function stopped(
  calls: readonly PromptedCall[],
  stopReason: (number: number) => string | null = () => "end_turn",
): ResponseRecorded[] {
  return promptedCalls(calls).map((event, number) => ({ ...event, stopReason: stopReason(number) }));
}

function advised(responses: readonly ResponseRecorded[]): Advice {
  return adviceOn(responses, { strategies: TRIM_TOOLS });
}

function silentOn(responses: readonly ResponseRecorded[]): unknown[] {
  const { recommendations, abstained } = advised(responses);
  expect(recommendations).toEqual([]);
  return abstained.map(({ reason, observed, needed }) => [reason, observed, needed]);
}

describe("trim-tools", () => {
  it("sends no tools where none was called", () => {
    const [advice, ...others] = advised(stopped(questions(120))).recommendations;
    expect(others).toEqual([]);
    // 120 x 5,000 tokens at 4. Where they are a tenth shorter than estimated 4,500 go away; longer, 5,500.
    expect(advice?.share).toEqual({ expected: usd("2.4"), low: usd("2.16"), high: usd("2.64") });
    expect(advice?.plan.answersUnchanged).toBe(false);
    expect(advice?.plan.title).toBe("send no tools: none was called in 120 answers");
    expect(advice?.plan.change).toBe(
      "In answers, send no tools: its 2 tools are about 5,000 tokens of each prompt, 77 %, and none of them was called in " +
        "120 answers.",
    );
    // As recorded 120 x (6,500 at 4 and 10 at 20) = 3.144.
    expect(advice?.breakEven).toBe("saves until 76 % are redone with tools");
  });

  it("counts what caching had made cheap already", () => {
    // A minute apart, tools and rules are written once, and read 119 times.
    const cached = questions(120, (call, number) => ({
      ...call,
      at: number * 60,
      ...(number === 0 ? { cacheWrite5m: 6_000 } : { cacheRead: 6_000 }),
      blocks: call.blocks.map((block, place) => (place === 2 ? { ...block, ttl: "5m" as const } : block)),
    }));
    // 5,000 tokens once at 5 and 119 times at 0.20: 0.144. 1,000 tokens are still long enough to be cached.
    expect(advised(stopped(cached)).recommendations.map(({ share }) => share.expected)).toEqual([usd("0.144")]);
  });

  it("leaves nothing cached where only tools were", () => {
    const cached = questions(120, (call, number) => ({
      ...call,
      at: number * 60,
      ...(number === 0 ? { cacheWrite5m: 5_000 } : { cacheRead: 5_000 }),
      blocks: call.blocks.map((block, place) => (place === 1 ? { ...block, ttl: "5m" as const } : block)),
    }));
    // All that was cached is gone: 5,000 once at 5 and 119 times at 0.20.
    expect(advised(stopped(cached)).recommendations.map(({ share }) => share.expected)).toEqual([usd("0.144")]);
  });

  it("keeps the tools of the API", () => {
    const searching = questions(120, (call) => ({
      ...call,
      blocks: call.blocks.map((block, place) => (place === 0 ? { ...block, kind: "web_search_20260209" } : block)),
    }));
    // 120 x 2,000 at 4.
    expect(advised(stopped(searching)).recommendations.map(({ share }) => share.expected)).toEqual([usd("0.96")]);
  });

  it("says how long tools are where any of them was called", () => {
    const partly = [
      [
        "tools-named-nowhere",
        "its 2 tools are about 5,000 tokens of each prompt, 77 %; which of them are called is not recorded",
        "the names of those that are called, from your own log: leave out the others, or set defer_loading on them and " +
          "let the tool search tool find them",
      ],
    ];
    expect(silentOn(stopped(questions(120), (number) => (number === 7 ? "tool_use" : "end_turn")))).toEqual(partly);
    const withCall = questions(120, (call, number) =>
      number === 7
        ? { ...call, blocks: [...call.blocks, { ...assistantText("call", 0), kind: "assistant.tool_use" }] }
        : call,
    );
    expect(silentOn(stopped(withCall))).toEqual(partly);
  });

  it("does not mention called tools that are a small part of the prompt", () => {
    const long = questions(120, (call) => ({ ...call, blocks: [...call.blocks, userText("a long text", 30_000)] }));
    expect(silentOn(stopped(long, () => "tool_use"))).toEqual([]);
  });

  it("waits for enough answers, and says when there may be", () => {
    const { abstained } = advised(stopped(questions(40)));
    expect(abstained).toMatchObject([
      { reason: "few-answers", observed: "no tool called in 40 answers", needed: "100", growth: { count: 40 } },
    ]);
  });

  it("takes an answer that was cut off, or of which the end is unknown, for one that may have called", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 120 }), fc.constantFrom("max_tokens", null), (unknown, reason) => {
        const responses = stopped(questions(120), (number) => (number < unknown ? reason : "end_turn"));
        const [proposal] = proposalsOf("trim-tools", responses);
        // Of 120 at most a twentieth; recorded prompts are not known well enough for a plan.
        expect(proposal).toHaveProperty(
          "reason",
          unknown > 6 ? "stop-reasons-not-recorded" : "tools-of-unknown-length",
        );
      }),
      { numRuns: 30 },
    );
  });

  it("asks for fingerprints where it cannot tell how long the tools are", () => {
    const calls = singleCalls(repeated(120, { uncachedInput: 6_500, shape: { toolCount: 2 } }));
    expect(silentOn(calls)).toEqual([
      [
        "tools-of-unknown-length",
        "no tool called in 120 answers; how long the tools are is not known",
        "fingerprints of the prompts: attach the recorder to the client",
      ],
    ]);
  });

  it("has nothing to say of Claude Code, or where no tools are sent", () => {
    const call = { uncachedInput: 6_500, shape: { toolCount: 2 } };
    const fromClaudeCode = singleCalls(repeated(120, call), { source: "claude-code" });
    expect(proposalsOf("trim-tools", fromClaudeCode)).toEqual([]);
    const withoutTools = stopped(questions(120, ({ at, blocks }) => ({ at, blocks: blocks.slice(2) })));
    expect(proposalsOf("trim-tools", withoutTools).filter(isPlan)).toEqual([]);
  });
});
