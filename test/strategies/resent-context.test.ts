import { replay, STRATEGIES, traceFromResponses, type Plan } from "@farthing/advisor";
import { listPriceBook } from "@farthing/ledger";
import { describe, expect, it, vi } from "vitest";
import { adviceOn, usd } from "../support/advice.ts";
import { aConversation, type Step } from "../support/conversation.ts";
import {
  assistantText,
  aTool,
  promptedCalls,
  systemText,
  userText,
  type PromptedCall,
} from "../support/prompted-calls.ts";

const CLAUDE_CODE = { model: "claude-opus-5-5", source: "claude-code" } as const;

/** Thirty steps a minute apart; before step 15 a break of `minutes`, after which everything is written again. */
function withBreak(minutes: number): readonly Step[] {
  return Array.from({ length: 30 }, (_, number) => {
    const at = number * 60 + (number >= 15 ? minutes * 60 : 0);
    const context = 100_000 + number * 1_000;
    if (number === 0 || number === 15) return { at, cacheWrite5m: context };
    return { at, cacheRead: context - 1_000, cacheWrite5m: 1_000 };
  });
}

describe("resent-context", () => {
  it("is named and not advised, because nobody may avoid the break", () => {
    const { recommendations, abstained } = adviceOn(aConversation(withBreak(20), CLAUDE_CODE));
    // At step 15, 114,000 tokens are read at 0.20 instead of written at 5: 0.5472. One hour for all saves as much
    // there, and loses 3 dollars per million on the 129,000 tokens that are written at 8 instead of 5: 0.387.
    expect(recommendations.map(({ plan, share }) => [plan.strategy, share.expected])).toEqual([
      ["cache-ttl-1h", usd("0.1602")],
    ]);
    expect(
      abstained
        .filter(({ strategy }) => strategy === "resent-context")
        .map(({ reason, observed }) => [reason, observed]),
    ).toEqual([["may-cost-more", "avoid 1 break past the cache: from $0.00 more to $0.55 less"]]);
  });

  it("avoids none of the breaks at worst, three of ten as expected and eight at best", () => {
    // Ten breaks, after each of which 100,000 tokens are written again: read at 0.20 instead of 5 they save 0.48.
    const steps = Array.from({ length: 11 }, (_, round): readonly Step[] => [
      { at: round * 1_200, cacheWrite5m: 100_000 },
      { at: round * 1_200 + 60, cacheRead: 100_000 },
    ]).flat();
    const book = listPriceBook();
    const trace = traceFromResponses(aConversation(steps, CLAUDE_CODE), book);
    const members = [...trace.requests.keys()];
    const [workload = ""] = trace.workloads.keys();
    const situation = { trace, workload, members, knowledge: "recorded", book, paysPerToken: true } as const;
    const plans = (STRATEGIES.find(({ name }) => name === "resent-context")?.prepare({ ...situation, now: 0 }) ?? [])
      .filter((proposal) => "rewrite" in proposal)
      .map((plan) => ({ ...plan, rewrite: vi.fn<Plan["rewrite"]>((...given) => plan.rewrite(...given)) }));
    const subject = { trace, members, neighbours: [], knowledge: "recorded" } as const;
    const saved = (["pessimistic", "expected", "optimistic"] as const).map(
      (scenario) => replay(subject, [], scenario, book).total - replay(subject, plans, scenario, book).total,
    );
    expect(saved).toEqual([0n, usd("1.44"), usd("3.84")]);
    // An answer begins as long after its request as before.
    const waits = plans.flatMap(({ rewrite }) =>
      rewrite.mock.results.flatMap(({ value }) => value as readonly { startedAt: number; firstTokenAt: number }[]),
    );
    expect(new Set(waits.map(({ startedAt, firstTokenAt }) => firstTokenAt - startedAt))).toEqual(new Set([1_000]));
  });

  it("blames nobody for a night", () => {
    const { recommendations } = adviceOn(aConversation(withBreak(600), CLAUDE_CODE));
    expect(recommendations).toEqual([]);
  });

  it("gives no advice, and says why, where the cause is not recorded", () => {
    const { recommendations, abstained } = adviceOn(aConversation(withBreak(0), CLAUDE_CODE));
    expect(recommendations).toEqual([]);
    expect(abstained.map(({ strategy, reason }) => [strategy, reason])).toContainEqual([
      "resent-context",
      "resent-not-recorded",
    ]);
  });
});

describe("resent-context of which both prompts are known", () => {
  /** A conversation of 25 steps; `change` alters what is sent at step 15, which then writes everything again. */
  function changedAtStep15(
    change: (blocks: PromptedCall["blocks"], step: number) => PromptedCall["blocks"],
    rest: Partial<PromptedCall> = {},
  ): readonly (readonly [string, string])[] {
    const turns: PromptedCall["blocks"][number][] = [];
    const calls = Array.from({ length: 25 }, (_, step): PromptedCall => {
      turns.push(userText(`question ${String(step)}`, 1_000));
      const newest = turns.length - 1;
      const marked = turns.map((block, place) => (place === newest ? { ...block, ttl: "5m" as const } : block));
      const blocks = change(
        [aTool("search", 10_000), aTool("read", 10_000), systemText("rules", 10_000), ...marked],
        step,
      );
      const total = 30_000 + turns.length * 1_000;
      turns.push(assistantText(`answer ${String(step)}`, 1_000));
      const read = step === 0 || step === 15 ? 0 : total - 2_000;
      return {
        at: step * 60,
        session: "s",
        blocks,
        cacheRead: read,
        cacheWrite5m: total - read,
        ...(step === 0 ? {} : { continues: step - 1 }),
        ...(step === 15 ? rest : {}),
      };
    });
    return adviceOn(promptedCalls(calls))
      .abstained.filter(({ strategy }) => strategy === "resent-context")
      .map(({ reason, observed }) => [reason, observed]);
  }

  const replaced =
    (place: number): ((blocks: PromptedCall["blocks"], step: number) => PromptedCall["blocks"]) =>
    (blocks, step) =>
      blocks.map((block, index) => (index === place && step >= 15 ? { ...block, hash: "f".repeat(16) } : block));

  it("names what changed, and from where on", () => {
    expect(changedAtStep15(replaced(1))).toEqual([
      ["resent-tools-changed", "1 response sent again because the tools changed, from the 2nd block on"],
    ]);
    expect(changedAtStep15(replaced(2))).toEqual([
      ["resent-system-changed", "1 response sent again because the system prompt changed, from the 1st block on"],
    ]);
    expect(changedAtStep15(replaced(5))).toEqual([
      ["resent-messages-changed", "1 response sent again because an earlier message changed, from the 3rd block on"],
    ]);
  });

  it("tells a change of settings from one of the prompt, and a miss without any", () => {
    expect(changedAtStep15((blocks) => blocks, { shape: { effort: "high" } })).toContainEqual([
      "resent-settings-changed",
      "1 response sent again because thinking, effort, tool choice or the presence of images changed",
    ]);
    expect(changedAtStep15((blocks) => blocks)).toEqual([
      [
        "resent-nothing-changed",
        "1 response sent again although the prompt went on unchanged: missed on the API's side",
      ],
    ]);
  });

  it("counts where the API said the same", () => {
    expect(changedAtStep15(replaced(2), { cacheMissReason: "system_changed" })).toEqual([
      [
        "resent-system-changed",
        "1 response sent again because the system prompt changed, from the 1st block on; the API's own diagnosis says so of 1",
      ],
    ]);
  });

  it("compares nothing under different keys", () => {
    expect(changedAtStep15(replaced(2), { key: "key-2" }).map(([reason]) => reason)).toContain("resent-not-recorded");
  });
});
