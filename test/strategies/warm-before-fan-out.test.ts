import { asRecorded, isPlan, STRATEGIES, traceFromResponses } from "@farthing/advisor";
import { listPriceBook, parseInstant } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { cachingAdviceOn, NOW, usd } from "../support/advice.ts";
import { promptedCalls, systemText, userText, type PromptedCall } from "../support/prompted-calls.ts";

/** Opus 5.5: input 4, write 5m 5, read 0.20 dollars per million tokens. */
const BURSTS = [0, 7_200, 14_400, 21_600, 28_800];

/** Five bursts of six requests 100 ms apart; the first answer of each begins after two seconds. */
function fanOut(call: (place: number) => Partial<PromptedCall>, size = 6): readonly PromptedCall[] {
  return BURSTS.flatMap((burst, number) =>
    Array.from({ length: size }, (_, place): PromptedCall => ({
      at: burst + place / 10,
      firstTokenAfter: 2,
      blocks: [systemText("rules", 10_000, "5m"), userText(`item ${String(number)}.${String(place)}`, 500)],
      cacheWrite5m: 10_000,
      ...call(place),
    })),
  );
}

/** What makes enough requests for advice of any kind, each by itself. */
const LATER = Array.from({ length: 12 }, (_, number): PromptedCall => ({
  at: 40_000 + number * 7_200,
  blocks: [systemText("rules", 10_000, "5m"), userText(`later ${String(number)}`, 500)],
  cacheWrite5m: 10_000,
}));

const SHAPE = { stream: false, thinking: null };

describe("warm-before-fan-out", () => {
  it("lets the others wait until one of them can be read", () => {
    const responses = promptedCalls(
      fanOut(() => ({ shape: SHAPE })),
      { callSite: "src/map.ts:3" },
    );
    const { recommendations } = cachingAdviceOn(responses);
    // 25 of 30 requests read 10,000 tokens at 0.20 instead of writing them at 5.
    expect(recommendations.map(({ plan, share }) => [plan.strategy, share.expected, plan.title])).toEqual([
      ["warm-before-fan-out", usd("1.2"), "send one first: 25 requests write in parallel"],
    ]);
    // They start 100 to 500 ms after the first of their burst.
    expect(recommendations[0]?.breakEven).toBe(
      "costs a wait: 25 requests would have waited 1.7 s in the median, 1.9 s at most",
    );
    expect(recommendations[0]?.plan.change).toContain("In src/map.ts:3, where many requests start together");
    expect(recommendations[0]?.plan.change).toContain("5 times others wrote what one was writing");
    expect(recommendations[0]?.plan.change).toContain("max_tokens: 0");
  });

  it("does not speak of max_tokens: 0 where the API would refuse it", () => {
    for (const shape of [{ thinking: "enabled" as const }, { toolChoice: "any" as const }]) {
      const { recommendations } = cachingAdviceOn(promptedCalls(fanOut(() => ({ shape }))));
      expect(recommendations[0]?.plan.change).not.toContain("max_tokens");
    }
  });

  it("is one change with caching where nothing is cached", () => {
    const uncached = fanOut(() => ({})).map(({ at, firstTokenAfter = 0, blocks }): PromptedCall => ({
      at,
      firstTokenAfter,
      blocks: blocks.map(({ section, kind, hash, tokens }) => ({ section, kind, hash, tokens })),
    }));
    const { recommendations } = cachingAdviceOn(promptedCalls(uncached));
    // 30 x 10,000 at 4 = 1.20; then five writes at 5 and 25 reads at 0.20: 0.25 + 0.05. Cached without waiting they
    // would have cost 30 x 10,000 at 5.
    expect(recommendations.map(({ plan, share }) => [plan.strategy, share.expected, plan.title])).toEqual([
      ["warm-before-fan-out", usd("0.9"), "cache: system; send one first"],
    ]);
  });

  it("lets nothing start before the end of the answer that it continues", () => {
    const first = fanOut((place) => ({ session: String(place) }));
    const second = first.map((call, number): PromptedCall => ({
      at: call.at + 4,
      continues: number,
      blocks: [...call.blocks, userText(`more of ${String(number)}`, 100)],
      cacheRead: 10_000,
      cacheWrite5m: 0,
    }));
    const trace = traceFromResponses(promptedCalls([...first, ...second]), listPriceBook());
    const [plan] = STRATEGIES.flatMap((strategy) =>
      strategy.prepare({
        trace,
        workload: "answers",
        members: [...trace.requests.keys()],
        knowledge: "blocks",
        book: listPriceBook(),
        now: parseInstant(NOW),
        paysPerToken: true,
      }),
    )
      .filter(isPlan)
      .filter(({ strategy }) => strategy === "warm-before-fan-out");
    const delays = trace.requests.slice(0, 12).map((recorded, index) => {
      const request = asRecorded(recorded, index, "blocks");
      const [moved] = request === null ? [] : (plan?.rewrite(request, { recorded, scenario: "expected" }) ?? []);
      return (moved?.startedAt ?? 0) - recorded.startedAt;
    });
    // The first answer of a burst begins after 2,000 ms; the others of it started 100 to 500 ms after the first.
    // All of these then end at 5,000 ms; what continues them started at 4,100 to 4,500 ms.
    expect(delays).toEqual([0, 1_900, 1_800, 1_700, 1_600, 1_500, 0, 900, 800, 700, 600, 500]);
  });

  it("waits for enough of them to be worth a line", () => {
    const { recommendations, abstained } = cachingAdviceOn(promptedCalls(fanOut(() => ({}), 2).concat(LATER)));
    expect(recommendations.map(({ plan }) => plan.strategy)).not.toContain("warm-before-fan-out");
    expect(abstained.map(({ reason, observed, needed }) => [reason, observed, needed])).toContainEqual([
      "few-parallel-writes",
      "5 requests wrote to the cache what another was writing already",
      "10",
    ]);
  });

  it("says nothing of requests that come after the first answer has begun", () => {
    const calls = fanOut((place) => (place === 0 ? { firstTokenAfter: 0.05 } : { cacheRead: 10_000, cacheWrite5m: 0 }));
    expect(cachingAdviceOn(promptedCalls(calls))).toMatchObject({ recommendations: [], abstained: [] });
  });

  it("leaves batches alone", () => {
    const responses = promptedCalls(fanOut(() => ({}))).map((event) => ({
      ...event,
      usage: { ...event.usage, serviceTier: "batch" as const },
    }));
    expect(cachingAdviceOn(responses).recommendations.map(({ plan }) => plan.strategy)).not.toContain(
      "warm-before-fan-out",
    );
  });
});
