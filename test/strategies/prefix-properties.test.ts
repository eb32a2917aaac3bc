import {
  asRecorded,
  isPlan,
  PromptCache,
  replay,
  STRATEGIES,
  traceFromResponses,
  type BlockPrompt,
  type Plan,
  type Trace,
} from "@farthing/advisor";
import { listPriceBook, modelById, parseInstant, type PromptBlock, type ResponseRecorded } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adviceOn, NOW } from "../support/advice.ts";
import {
  assistantText,
  aTool,
  promptedCalls,
  systemText,
  userText,
  type PromptedCall,
} from "../support/prompted-calls.ts";

const MODEL = "claude-opus-5-5";
const lifetime = fc.constantFrom(undefined, undefined, "5m" as const, "1h" as const);

/** Requests made from few blocks, in any order, with any breakpoints that the API would take. */
const calls: fc.Arbitrary<readonly PromptedCall[]> = fc
  .array(
    fc.record({
      gap: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 4, max: 4_000 })),
      firstTokenAfter: fc.integer({ min: 1, max: 30 }),
      tools: fc.shuffledSubarray(["a", "b", "c"]),
      system: fc.shuffledSubarray(["rules", "user 1", "user 2", "time"], { maxLength: 3 }),
      turns: fc.integer({ min: 1, max: 4 }),
      topic: fc.integer({ min: 0, max: 3 }),
      marks: fc.tuple(lifetime, lifetime, lifetime),
    }),
    { minLength: 22, maxLength: 40 },
  )
  .map((requests) => {
    let at = 0;
    return requests.map(({ gap, tools, system, turns, topic, marks, firstTokenAfter }, number): PromptedCall => {
      at += gap;
      const messages = Array.from({ length: turns }, (_, turn) =>
        turn % 2 === 0
          ? userText(`${String(topic)} ${String(turn)}`, 1_500)
          : assistantText(`${String(topic)} ${String(turn)}`, 700),
      );
      const parts = [
        tools.map((name) => aTool(name, 900)),
        system.map((name) => systemText(name === "time" ? `time ${String(number)}` : name, 1_200)),
        messages,
      ];
      let before: PromptBlock["ttl"] = "1h";
      const blocks = parts.flatMap((part, place) => {
        // A lifetime of an hour may not follow one of five minutes.
        const ttl: PromptBlock["ttl"] = marks[place] === "1h" && before === "5m" ? "5m" : marks[place];
        before = part.length === 0 ? before : (ttl ?? before);
        return part.map((block, index) => (ttl !== undefined && index === part.length - 1 ? { ...block, ttl } : block));
      });
      return { at, blocks, firstTokenAfter };
    });
  });

/** The same, billed as the cache would have. */
function billed(unbilled: readonly PromptedCall[]): ResponseRecorded[] {
  const cache = new PromptCache();
  const trace = traceFromResponses(promptedCalls(unbilled, { model: MODEL }), listPriceBook());
  const bills = new Map(
    trace.requests.map(({ id, startedAt, firstTokenAt, prompt }) => [
      id,
      cache.request({
        startedAt,
        readableAt: firstTokenAt,
        scope: "",
        blocks: prompt?.blocks ?? { prefixes: new Uint32Array(), ends: new Uint32Array(), runs: null },
        breakpoints: prompt?.breakpoints ?? [],
        minimumTokens: modelById(MODEL)?.cacheMinimumTokens ?? 0,
        scale: 1,
      }),
    ]),
  );
  return promptedCalls(
    unbilled.map((call, place) => {
      const bill = bills.get(`msg:answers-${String(place)}`);
      if (bill === undefined) return call;
      const { cacheRead, cacheWrite5m, cacheWrite1h } = bill;
      return { ...call, cacheRead, cacheWrite5m, cacheWrite1h };
    }),
    { model: MODEL },
  );
}

function plansOn(trace: Trace): readonly Plan[] {
  return STRATEGIES.flatMap((strategy) =>
    strategy.prepare({
      trace,
      workload: "answers",
      members: [...trace.requests.keys()],
      knowledge: "blocks",
      book: listPriceBook(),
      now: parseInstant(NOW),
      paysPerToken: true,
    }),
  ).filter(isPlan);
}

function costOf(trace: Trace, plans: readonly Plan[]): bigint {
  const subject = { trace, members: [...trace.requests.keys()], neighbours: [], knowledge: "blocks" as const };
  return replay(subject, plans, "expected", listPriceBook()).total;
}

function tokensByBlock({ blocks: { ends } }: BlockPrompt): readonly number[] {
  return [...ends].map((end, block) => end - (ends[block - 1] ?? 0)).sort((a, b) => a - b);
}

describe("changes to what is cached", () => {
  it("keep every block of a prompt, and place breakpoints that the API takes", () => {
    fc.assert(
      fc.property(calls.map(billed), (responses) => {
        const trace = traceFromResponses(responses, listPriceBook());
        for (const plan of plansOn(trace)) {
          for (const [index, recorded] of trace.requests.entries()) {
            const before = asRecorded(recorded, index, "blocks");
            const [after] = before === null ? [] : plan.rewrite(before, { recorded, scenario: "expected" });
            if (before?.prompt.kind !== "blocks" || after?.prompt.kind !== "blocks") throw new Error("prompt is lost");
            expect(tokensByBlock(after.prompt)).toEqual(tokensByBlock(before.prompt));
            const { breakpoints } = after.prompt;
            expect(breakpoints.length).toBeLessThanOrEqual(4);
            const places = breakpoints.map(({ block }) => block);
            expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
            expect((places.at(-1) ?? 0) < after.prompt.blocks.ends.length).toBe(true);
            const lifetimes = breakpoints.map(({ ttl }) => ttl);
            expect(lifetimes.lastIndexOf("1h") < (lifetimes.includes("5m") ? lifetimes.indexOf("5m") : 4)).toBe(true);
          }
        }
      }),
      { numRuns: 15 },
    );
  });

  it("leave a replay of what was sent as it was", () => {
    fc.assert(
      fc.property(calls.map(billed), (responses) => {
        const trace = traceFromResponses(responses, listPriceBook());
        const before = costOf(trace, []);
        const billedTotal = trace.requests.reduce((sum, { billed: { total } }) => sum + (total ?? 0n), 0n);
        const plans = plansOn(trace);
        for (const plan of plans) costOf(trace, [plan]);
        expect([before, costOf(trace, [])]).toEqual([billedTotal, billedTotal]);
      }),
      { numRuns: 15 },
    );
  });

  it("are advised on only where they save, with shares that sum to the joint saving exactly", () => {
    fc.assert(
      fc.property(calls.map(billed), (responses) => {
        const { recommendations, joint } = adviceOn(responses);
        for (const { share } of recommendations) expect(share.low > 0n).toBe(true);
        expect(recommendations.reduce((sum, { share }) => sum + share.expected, 0n)).toBe(joint.all.expected);
        const groups = recommendations
          .map(({ plan }) => plan.strategy)
          .filter((name) => name !== "warm-before-fan-out");
        expect(groups.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 15 },
    );
  });

  it("are the same in whatever order responses were recorded", () => {
    fc.assert(
      fc.property(
        calls
          .map(billed)
          .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([responses, shuffled]) => {
          const [one, other] = [adviceOn(responses), adviceOn(shuffled)];
          expect(other.recommendations.map(({ plan, share }) => [plan, share])).toEqual(
            one.recommendations.map(({ plan, share }) => [plan, share]),
          );
          expect(other.abstained).toEqual(one.abstained);
        },
      ),
      { numRuns: 10 },
    );
  });
});
