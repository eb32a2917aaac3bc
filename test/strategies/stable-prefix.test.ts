import { describe, expect, it } from "vitest";
import { cachingAdviceOn, usd } from "../support/advice.ts";
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

function found(calls: readonly PromptedCall[]): readonly (readonly [string, bigint, string, boolean])[] {
  return cachingAdviceOn(promptedCalls(calls)).recommendations.map(({ plan, share }) => [
    plan.strategy,
    share.expected,
    plan.title,
    plan.answersUnchanged,
  ]);
}

describe("stable-prefix", () => {
  const stamped = TIMES.map((number): PromptedCall => ({
    at: number * 60,
    blocks: [
      systemText(`It is ${String(number)} o'clock`, 100),
      systemText("rules", 10_000),
      userText(`question ${String(number)}`, 500),
    ],
  }));

  it("moves a time of day behind the rest of the system prompt", () => {
    // 10,000 tokens once at 5 and 24 times at 0.20 instead of 25 times at 4.
    expect(found(stamped)).toEqual([
      ["stable-prefix", usd("0.902"), "move system block 1 behind the others; cache: system", false],
    ]);
    const [advice] = cachingAdviceOn(promptedCalls(stamped, { callSite: "src/a.ts:7" })).recommendations;
    expect(advice?.plan.change).toBe(
      "In src/a.ts:7, move the 1st block of the system prompt (text, about 100 tokens), another one in 24 of 25 " +
        "requests, with about 10,000 tokens behind it that stay the same, behind the last shared system block; then " +
        'put cache_control {"type": "ephemeral"} on the last system block that stays.',
    );
    // As recorded 25 x 10,600 at 4 and 250 tokens of output at 20: 1.065; after it 0.163.
    expect(advice?.breakEven).toBe("saves even if every answer has to be asked for again");
  });

  it("says how many answers may have to be asked for again", () => {
    const long = stamped.map(({ at, blocks }, number): PromptedCall => ({
      at,
      blocks: [...blocks, userText(`more of ${String(number)}`, 20_000)],
    }));
    // 25 x 30,600 at 4 and 0.005 of output are 3.065; 0.902 of the 2.163 that are left.
    expect(cachingAdviceOn(promptedCalls(long)).recommendations[0]?.breakEven).toBe(
      "saves until 42 % of the answers have to be asked for again",
    );
  });

  it("says what the API itself diagnosed", () => {
    const diagnosed = stamped.map((call, number) =>
      number === 0 ? call : { ...call, cacheMissReason: "system_changed" },
    );
    expect(cachingAdviceOn(promptedCalls(diagnosed)).recommendations[0]?.plan.change).toContain(
      "The API's own diagnosis: system_changed 24 times.",
    );
  });

  it("takes the place of caching what is never read", () => {
    const written = stamped.map(({ at, blocks }): PromptedCall => ({
      at,
      blocks: blocks.map((block, place) => (place === 1 ? { ...block, ttl: "5m" as const } : block)),
      cacheWrite5m: 10_100,
    }));
    // As recorded 25 x 10,100 at 5 = 1.2625; after it 25 x 100 at 4 = 0.01, 0.05 and 0.048: 0.108.
    expect(found(written)).toEqual([
      ["stable-prefix", usd("1.1545"), "move system block 1 behind the others; cache: system", false],
    ]);
  });

  it("moves what changes to the newest message where conversations grow", () => {
    const turns: PromptedCall["blocks"][number][] = [];
    const calls = TIMES.map((number): PromptedCall => {
      turns.push(userText(`question ${String(number)}`, 1_000));
      const call = {
        at: number * 60,
        blocks: [systemText(`It is ${String(number)} o'clock`, 100), systemText("rules", 1_000), ...turns],
      };
      turns.push(assistantText(`answer ${String(number)}`, 1_000));
      return call;
    });
    // Without the time, prompt n is of 2,000 (n + 1) tokens: 2,000 x 325 at 4 = 2.60 as recorded; then 25 x 2,000
    // at 5 and 2,000 x 300 at 0.20: 0.37. What is moved costs 25 x 100 at 4 both times.
    expect(found(calls)).toEqual([
      ["stable-prefix", usd("2.23"), "move system block 1 to the end; cache: newest message", false],
    ]);
    // Automatic caching would mark what was moved.
    expect(cachingAdviceOn(promptedCalls(calls)).recommendations[0]?.plan.change).toContain(
      "on the last block of the newest message before what was moved.",
    );
  });

  it("keeps text about one user before that user's conversation", () => {
    const calls = TIMES.map((number): PromptedCall => ({
      at: number * 60,
      blocks: [
        systemText(`user ${String(Math.floor(number / 5))}`, 2_000),
        systemText("rules", 10_000),
        userText(`question ${String(number)}`, 500),
      ],
    }));
    // 12,000 tokens of system prompt, 25 times at 4: 1.20. Then the rules once at 5 and 24 times at 0.20: 0.098; and
    // behind them the text about each of five users once at 5 and four times at 0.20: 0.058. Cached in the order that
    // they have, it would have been 5 x 12,000 at 5 and 20 x 12,000 at 0.20: 0.348.
    expect(found(calls)).toEqual([
      ["stable-prefix", usd("1.044"), "move system block 1 behind the others; cache: system + what moves", false],
    ]);
    expect(cachingAdviceOn(promptedCalls(calls)).recommendations[0]?.plan.change).toContain(
      "on the last system block that stays, and on the 1st block that was moved.",
    );
  });

  it("puts tools into one order, which leaves answers alone", () => {
    const tools = [aTool("search", 3_000), aTool("read", 3_000), aTool("write", 3_000)];
    const shuffled = TIMES.map((number): PromptedCall => ({
      at: number * 60,
      blocks: [
        ...tools.slice(number % 3),
        ...tools.slice(0, number % 3),
        systemText("rules", 1_000),
        userText(`question ${String(number)}`, 500),
      ],
    }));
    const { recommendations } = cachingAdviceOn(promptedCalls(shuffled));
    // 10,000 tokens once at 5 and 24 times at 0.20 instead of 25 times at 4. Three orders could be cached as they are:
    // three times at 5 and 22 times at 0.20 would have saved less.
    expect(recommendations.map(({ plan, share }) => [plan.strategy, share.expected, plan.answersUnchanged])).toEqual([
      ["stable-prefix", usd("0.902"), true],
    ]);
    expect(recommendations[0]?.plan.title).toBe("tools in one order; cache: system");
    expect(recommendations[0]?.plan.change).toContain("they came in 3 orders of 1 set, and changed 24 times");
  });

  it("takes a change that comes once for what it is: a release", () => {
    const calls = TIMES.map((number): PromptedCall => ({
      at: number * 60,
      blocks: [
        systemText(`release ${number < 12 ? "1" : "2"}`, 5_000),
        systemText("rules", 5_000),
        userText(`question ${String(number)}`, 500),
      ],
    }));
    expect(found(calls).map(([strategy]) => strategy)).toEqual(["cache-breakpoints"]);
  });

  it("moves nothing where little follows that stays the same", () => {
    const short = stamped.map(({ at, blocks }) => ({
      at,
      blocks: blocks.map((block, place) => (place === 1 ? { ...block, tokens: 400 } : block)),
    }));
    expect(found(short)).toEqual([]);
  });
});
