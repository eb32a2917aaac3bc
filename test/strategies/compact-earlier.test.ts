import { isPlan, STRATEGIES, type Advice } from "@farthing/advisor";
import type { ResponseRecorded } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { adviceOn, usd } from "../support/advice.ts";
import { aConversation, type ConversationOptions, type Step } from "../support/conversation.ts";
import { assistantText, promptedCalls, systemText, userText, type PromptedCall } from "../support/prompted-calls.ts";
import { onePlan, proposalsOf, rewritten } from "../support/proposals.ts";

const OPUS_5_5 = { model: "claude-opus-5-5" };
const COMPACT_EARLIER = STRATEGIES.filter(({ name }) => name === "compact-earlier");

/** Step n, a minute after the one before, has a prompt of 20,000 + 2,000 n tokens and reads all of that before it. */
function growing(steps: number, options: ConversationOptions = OPUS_5_5): ResponseRecorded[] {
  return aConversation(
    Array.from({ length: steps }, (_, number): Step => {
      const tokens =
        number === 0
          ? { cacheRead: 15_000, cacheWrite5m: 5_000 }
          : { cacheRead: 18_000 + 2_000 * number, cacheWrite5m: 2_000 };
      return { at: number * 60, ...tokens };
    }),
    options,
  );
}

function advised(responses: readonly ResponseRecorded[]): Advice {
  return adviceOn(responses, { strategies: COMPACT_EARLIER });
}

describe("compact-earlier", () => {
  it("pays for the compaction and for what it makes to be written again", () => {
    const [advice, ...others] = advised(growing(140)).recommendations;
    expect(others).toEqual([]);
    // Before step 41, of 102,000 tokens, a summary of 10,000 takes the place of the 80,000 that came between the first
    // prompt and the one before: 32,000. It is as long again at step 76, and at step 111; the summary then stands for
    // 150,000 and 220,000. A compaction reads 100,000 at 0.20, writes 2,000 at 5 and the summary at 20: 0.23. The step
    // after it reads what the first one read, 15,000, and writes 17,000: 0.088. As recorded these three steps cost
    // 0.03, 0.044 and 0.058. The others read 70,000 less 34 times, 140,000 less 34 times, 210,000 less 28 times:
    // 0.476 + 0.952 + 1.176 - 3 x 0.318 + 0.132.
    // Summaries of 20,000: 0.408 + 0.884 + 1.12 - 0.538 - 0.526 - 0.512. Of 5,000: 0.51 + 0.986 + 1.204 - 0.445.
    expect(advice?.share).toEqual({ expected: usd("1.782"), low: usd("0.836"), high: usd("2.255") });
    expect(advice?.plan).toMatchObject({ answersUnchanged: false, lever: "code" });
    expect(advice?.plan.title).toBe("compact at 100,000 tokens: 99 longer steps");
    expect(advice?.breakEven).toBe("saves until reading again what a summary lacks costs $0.59 each time");
  });

  it("replaces the messages of prompts that are known block by block, and keeps tools and system prompt", () => {
    const messages: PromptedCall["blocks"][number][] = [];
    const calls = Array.from({ length: 140 }, (_, number): PromptedCall => {
      messages.push(userText(`question ${String(number)}`, number === 0 ? 5_000 : 1_000));
      const blocks = [
        systemText("rules", 15_000, "5m"),
        ...messages.map((block, place) => (place === messages.length - 1 ? { ...block, ttl: "5m" as const } : block)),
      ];
      messages.push(assistantText(`answer ${String(number)}`, 1_000));
      const tokens =
        number === 0 ? { cacheWrite5m: 20_000 } : { cacheRead: 18_000 + 2_000 * number, cacheWrite5m: 2_000 };
      const previous = number === 0 ? {} : { continues: number - 1 };
      return { at: number * 60, session: "s1", ...previous, blocks, ...tokens };
    });
    const [advice] = advised(promptedCalls(calls)).recommendations;
    // Before step 41 a summary of 10,000 takes the place of 85,000: 27,000 are left, which are 101,000 at steps 78 and
    // 115. The first compaction reads 100,000, the others 99,000; each writes 2,000 and the summary: 0.23, 0.2298
    // twice. The step after reads 15,000 and writes 12,000: 0.063. As recorded: 0.03, 0.0448, 0.0596. The others read
    // 75,000 less 36 times, 149,000 less 36 times, 223,000 less 24 times.
    // 0.54 + 1.0728 + 1.0704 - 0.263 - 0.248 - 0.2332.
    expect(advice?.share.expected).toBe(usd("1.939"));
  });

  it("is a habit in Claude Code", () => {
    const [proposal] = proposalsOf("compact-earlier", growing(140, { ...OPUS_5_5, source: "claude-code" }));
    expect(proposal).toMatchObject({
      lever: "habit",
      change:
        "At about 100,000 tokens of context use /compact, or /clear where what comes next needs nothing of it: 3 " +
        "compactions for 99 steps that were longer.",
    });
  });

  it("reads nothing but the beginning right after a compaction", () => {
    const found = onePlan("compact-earlier", growing(140));
    expect(rewritten(found, 40, "expected").prompt).toMatchObject({ cacheable: 100_000, reusable: 98_000 });
    // The first of the two is the compaction itself.
    expect(rewritten(found, 41, "expected")).toMatchObject({
      added: true,
      output: 10_000,
      prompt: { cacheable: 102_000, reusable: 100_000 },
    });
    expect(rewritten(found, 42, "expected").prompt).toMatchObject({ cacheable: 34_000, reusable: 32_000 });
    expect(rewritten(found, 42, "pessimistic").prompt).toMatchObject({ cacheable: 44_000, reusable: 42_000 });
  });

  it("has nothing to say of steps that are hardly ever long", () => {
    // Steps 41 to 59 are 19.
    expect(proposalsOf("compact-earlier", growing(60))).toEqual([]);
    expect(proposalsOf("compact-earlier", growing(61)).filter(isPlan)).toHaveLength(1);
  });

  it("has nothing to say of prompts that are long from the start", () => {
    const steps = Array.from({ length: 40 }, (_, number): Step => ({
      at: number * 60,
      cacheRead: number === 0 ? 0 : 118_000 + 1_000 * number,
      cacheWrite5m: number === 0 ? 119_000 : 1_000,
    }));
    expect(proposalsOf("compact-earlier", aConversation(steps, OPUS_5_5))).toEqual([]);
  });

  it("takes a prompt that has become less than half for a conversation that was compacted already", () => {
    const compacted = Array.from({ length: 200 }, (_, number): Step => {
      const sinceThen = number % 40;
      return {
        at: number * 60,
        cacheRead: sinceThen === 0 ? 15_000 : 18_000 + 2_000 * sinceThen,
        cacheWrite5m: sinceThen === 0 ? 5_000 : 2_000,
      };
    });
    expect(proposalsOf("compact-earlier", aConversation(compacted, OPUS_5_5))).toEqual([]);
  });

  it("may cost more than it saves where conversations end soon after", () => {
    const { recommendations, abstained } = advised(growing(61));
    expect(recommendations).toEqual([]);
    expect(abstained).toMatchObject([{ reason: "would-cost-more" }]);
  });
});
