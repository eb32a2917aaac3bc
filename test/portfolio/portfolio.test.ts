import {
  EFFORTS,
  replay,
  RISKS,
  savingRange,
  STRATEGIES,
  traceFromResponses,
  type Advice,
  type Strategy,
} from "@farthing/advisor";
import { listPriceBook, money, sum, ZERO, type ResponseRecorded } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adviceOn, recordedCost, usd } from "../support/advice.ts";
import { aConversation, type Step } from "../support/conversation.ts";

const tokens = fc.integer({ min: 0, max: 60_000 });

const step: fc.Arbitrary<Omit<Step, "at"> & { readonly gap: number }> = fc.record({
  gap: fc.integer({ min: 1, max: 4_000 }),
  uncachedInput: tokens,
  cacheWrite5m: fc.oneof(fc.constant(0), tokens),
  cacheWrite1h: fc.oneof(fc.constant(0), tokens),
  cacheRead: tokens,
  output: fc.integer({ min: 0, max: 4_000 }),
});

const model = fc.constantFrom(
  "claude-opus-4-6",
  "claude-opus-5",
  "claude-sonnet-4-6",
  "claude-haiku-4-5",
  "claude-haiku-9",
);

/** Conversations of two services, with any traffic. */
const traffic: fc.Arbitrary<ResponseRecorded[]> = fc
  .array(
    fc.tuple(fc.array(step, { minLength: 1, maxLength: 30 }), model, fc.constantFrom("chat", "search"), fc.nat(20)),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map((conversations) =>
    conversations.flatMap(([steps, servedModel, service, day], number) => {
      let at = 0;
      return aConversation(
        steps.map(({ gap, ...rest }) => ({ ...rest, at: (at += gap) })),
        {
          name: `s${String(number)}`,
          model: servedModel,
          service,
          startedAt: new Date(Date.UTC(2026, 9, 1 + day, 8)).toISOString(),
        },
      );
    }),
  );

function shares(advice: Advice): bigint {
  return advice.recommendations.reduce((sum, { share }) => sum + share.expected, 0n);
}

describe("a portfolio of changes", () => {
  it("has shares that sum to the joint saving exactly", () => {
    fc.assert(
      fc.property(traffic, (responses) => {
        const advice = adviceOn(responses);
        const { answersUnchanged, needsQualityTest, all } = advice.joint;
        expect(shares(advice)).toBe(all.expected);
        expect(answersUnchanged.expected + needsQualityTest.expected).toBe(all.expected);
      }),
      { numRuns: 60 },
    );
  });

  it("has an arithmetic of kinds of tokens that comes to each saving exactly, and starts from what was paid", () => {
    fc.assert(
      fc.property(traffic, (responses) => {
        const comesTo = (sums: readonly { readonly usd: bigint }[]): bigint =>
          sums.reduce((all, { usd }) => all + usd, 0n);
        for (const { plan, alone, arithmetic } of adviceOn(responses).recommendations) {
          const { before, after, elsewhere } = arithmetic;
          expect(comesTo(before) - comesTo(after) + elsewhere).toBe(alone.expected);
          const sent = responses.filter(({ context }) => context.service === plan.workload);
          expect(comesTo(before)).toBe(recordedCost(traceFromResponses(sent, listPriceBook())));
        }
      }),
      { numRuns: 40 },
    );
  });

  it("never recommends a set that would have cost more, and no share that is not a saving", () => {
    fc.assert(
      fc.property(traffic, (responses) => {
        for (const { share } of adviceOn(responses).recommendations) expect(share.expected > 0n).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it("keeps every expected saving within its range", () => {
    fc.assert(
      fc.property(traffic, (responses) => {
        for (const { alone, share } of adviceOn(responses).recommendations) {
          expect(alone.low <= alone.expected && alone.expected <= alone.high).toBe(true);
          expect(share.low <= share.expected && share.expected <= share.high).toBe(true);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("says the same whatever order the responses come in", () => {
    fc.assert(
      fc.property(
        traffic.chain((responses) =>
          fc.tuple(fc.constant(responses), fc.shuffledSubarray(responses, { minLength: responses.length })),
        ),
        ([responses, shuffled]) => {
          const plain = ({ joint, recommendations }: Advice): unknown => ({
            joint,
            recommendations: recommendations.map(({ id, share, alone }) => ({ id, share, alone })),
          });
          expect(plain(adviceOn(shuffled))).toEqual(plain(adviceOn(responses)));
        },
      ),
      { numRuns: 30 },
    );
  });

  it("counts overlapping savings once", () => {
    // A prefix written for an hour and never read, on a model that has a cheaper successor.
    const steps: Step[] = Array.from({ length: 25 }, (_, number) => ({
      at: number * 7_200,
      cacheWrite1h: 100_000,
      continues: -1,
    }));
    const { recommendations, joint } = adviceOn(aConversation(steps, { model: "claude-opus-5" }));
    // Alone: 25 x 100,000 x (10 - 5) = 12.50, and 25 x (100,000 x (10 - 8) + 10 x (25 - 20)) = 5.00125.
    expect(recommendations.map(({ plan, alone }) => [plan.strategy, alone.expected])).toEqual([
      ["stop-caching", usd("12.5")],
      ["newer-model", usd("5.00125")],
    ]);
    // Together: from 25 x 1.00025 to 25 x 0.4002 dollars.
    expect(joint.all.expected).toBe(usd("15.00125"));
    expect(recommendations.map(({ share }) => share.expected)).toEqual([usd("12.5"), usd("2.50125")]);
  });

  it("never saves less where there is one strategy more to choose from", () => {
    const total = fc.constantFrom(money(0n), money(usd("100")));
    fc.assert(
      fc.property(traffic, fc.subarray([...STRATEGIES]), fc.constantFrom(...STRATEGIES), total, (...parts) => {
        const [responses, few, more, bill] = parts;
        const joint = (strategies: readonly Strategy[]): bigint =>
          adviceOn(responses, { strategies, total: bill }).joint.all.expected;
        const inOrder = STRATEGIES.filter((strategy) => few.includes(strategy) || strategy === more);
        expect(joint(inOrder)).toBeGreaterThanOrEqual(joint(inOrder.filter((strategy) => strategy !== more)));
      }),
      { numRuns: 40 },
    );
  });

  it("proposes nothing that risks or takes more than is allowed, and never saves more by allowing less", () => {
    fc.assert(
      fc.property(traffic, fc.constantFrom(...RISKS), fc.constantFrom(...EFFORTS), (responses, risk, effort) => {
        const limited = adviceOn(responses, { limits: { risk, effort } });
        for (const { plan } of limited.recommendations) {
          expect(RISKS.indexOf(plan.risk)).toBeLessThanOrEqual(RISKS.indexOf(risk));
          expect(EFFORTS.indexOf(plan.effort)).toBeLessThanOrEqual(EFFORTS.indexOf(effort));
          expect(plan.risk === "other-answers").toBe(!plan.answersUnchanged);
        }
        expect(limited.joint.all.expected).toBeLessThanOrEqual(adviceOn(responses).joint.all.expected);
      }),
      { numRuns: 40 },
    );
  });

  it("saves nothing where there is no strategy to choose from", () => {
    fc.assert(
      fc.property(traffic, (responses) => {
        expect(adviceOn(responses, { strategies: [] })).toMatchObject({
          recommendations: [],
          joint: { all: { low: 0n, expected: 0n, high: 0n } },
        });
      }),
      { numRuns: 10 },
    );
  });

  it("replays a chosen subset anew", () => {
    const steps: Step[] = Array.from({ length: 25 }, (_, number) => ({
      at: number * 7_200,
      cacheWrite1h: 100_000,
      continues: -1,
    }));
    const responses = aConversation(steps, { model: "claude-opus-5" });
    const [, second] = adviceOn(responses).recommendations;
    const only = adviceOn(responses, { only: [second?.id ?? ""] });
    expect(only.recommendations.map(({ plan, share }) => [plan.strategy, share.expected])).toEqual([
      ["newer-model", usd("5.00125")],
    ]);
  });

  it("does not mention what is too small, and says so", () => {
    const steps: Step[] = Array.from({ length: 25 }, (_, number) => ({
      at: number * 7_200,
      cacheWrite1h: 10_000,
      continues: -1,
    }));
    const { recommendations, abstained } = adviceOn(aConversation(steps, { model: "claude-opus-5-5" }), {
      total: money(usd("1000")),
    });
    expect(recommendations).toEqual([]);
    expect(abstained.map(({ reason, needed }) => [reason, needed])).toContainEqual(["too-small", "$20.00"]);
  });

  it("does not judge a workload of a handful of responses", () => {
    const advice = adviceOn(aConversation([{ at: 0, cacheWrite1h: 900_000 }], { model: "claude-opus-5" }));
    expect(advice.recommendations).toEqual([]);
    expect(advice.abstained.map(({ reason }) => reason)).toEqual(["too-few-responses"]);
  });
});

describe("the replay without a change", () => {
  it("comes to the bill, whatever the traffic", () => {
    fc.assert(
      fc.property(traffic, (responses) => {
        const trace = traceFromResponses(responses, listPriceBook());
        const billed = trace.requests.reduce((sum, { billed: { total } }) => sum + (total ?? 0n), 0n);
        const replayed = recordedCost(trace);
        expect(replayed).toBe(billed);
        const uncached = replay(
          { trace, members: [...trace.requests.keys()], neighbours: [], knowledge: "recorded" },
          [],
          "pessimistic",
          listPriceBook(),
        ).total;
        expect(uncached).toBe(replayed);
      }),
      { numRuns: 60 },
    );
  });

  it("comes to the bill where conversations fork, and a branch keeps their prefix alive", () => {
    const steps: Step[] = [
      { at: 0, cacheWrite5m: 40_000 },
      { at: 240, cacheRead: 40_000, cacheWrite5m: 500, continues: 0 },
      { at: 480, cacheRead: 40_000, cacheWrite5m: 700, continues: 0 },
    ];
    const trace = traceFromResponses(aConversation(steps), listPriceBook());
    const billed = trace.requests.reduce((sum, { billed: { total } }) => sum + (total ?? 0n), 0n);
    expect(recordedCost(trace)).toBe(billed);
    expect(adviceOn(aConversation(steps)).gaps).toMatchObject([{ steps: 2, exactSteps: 2, gap: 0 }]);
  });

  it("knows a model by itself, however its id is decorated", () => {
    const steps: Step[] = Array.from({ length: 10 }, (_, number) => ({
      at: number * 60,
      cacheRead: number === 0 ? 0 : 20_000 + (number - 1) * 300,
      cacheWrite5m: number === 0 ? 20_000 : 300,
      overrides: number % 2 === 0 ? {} : { servedModel: "claude-opus-5[1m]" },
    }));
    expect(adviceOn(aConversation(steps)).gaps).toMatchObject([{ steps: 9, exactSteps: 9, gap: 0 }]);
  });

  it("comes to the bill of a conversation that the rules explain", () => {
    const steps: Step[] = Array.from({ length: 30 }, (_, number) => ({
      at: number * 200,
      cacheRead: number === 0 ? 0 : 10_000 + (number - 1) * 700,
      cacheWrite5m: number === 0 ? 10_000 : 700,
      uncachedInput: 3,
    }));
    const trace = traceFromResponses(aConversation(steps), listPriceBook());
    const billed = trace.requests.reduce((sum, { billed: { total } }) => sum + (total ?? 0n), 0n);
    expect(recordedCost(trace)).toBe(billed);
  });
});

/** A service that writes a prefix for an hour on some days, 25 times each, and never reads it. */
function aService(service: string, days: number, everyDays: number): ResponseRecorded[] {
  return Array.from({ length: days }, (_, number) =>
    aConversation(
      Array.from({ length: 25 }, (_, write) => ({ at: write * 1_200, cacheWrite1h: 12_500, continues: -1 })),
      {
        model: "claude-opus-5",
        service,
        name: `${service}-${String(number)}`,
        startedAt: new Date(Date.UTC(2026, 9, 1 + number * everyDays, 8)).toISOString(),
      },
    ),
  ).flat();
}

describe("the range of a saving", () => {
  const day = (amount: string): ReturnType<typeof money> => money(usd(amount));

  it("is the stated uncertainty alone where fewer than seven days are known", () => {
    const range = savingRange({
      pessimistic: day("1"),
      expected: day("2"),
      optimistic: day("4"),
      byDay: [day("1"), day("1")],
    });
    expect([range.low, range.expected, range.high]).toEqual([usd("1"), usd("2"), usd("4")]);
  });

  it("has no width where every day saves the same and nothing is uncertain", () => {
    const byDay = Array.from({ length: 30 }, () => day("1"));
    expect(savingRange({ pessimistic: day("30"), expected: day("30"), optimistic: day("30"), byDay })).toEqual({
      low: usd("30"),
      expected: usd("30"),
      high: usd("30"),
    });
  });

  it("is that of the days with use, however many had none", () => {
    const used = Array.from({ length: 9 }, (_, number) => day(number % 2 === 0 ? "2" : "1"));
    const expected = sum(used);
    const evidence = { pessimistic: expected, expected, optimistic: expected };
    const range = savingRange({ ...evidence, byDay: used });
    expect(savingRange({ ...evidence, byDay: used.flatMap((saved) => [null, saved, null]) })).toEqual(range);
    expect(range.low < expected).toBe(true);
  });

  it("counts the days without use where it was used on fewer than seven", () => {
    const used = ["100", "-90", "100", "-90", "30", "10"].map(day);
    const expected = sum(used);
    const evidence = { pessimistic: expected, expected, optimistic: expected };
    const idle = Array.from({ length: 24 }, () => null);
    const range = savingRange({ ...evidence, byDay: [...used, ...idle] });
    expect(range.low < 0n && range.high > expected).toBe(true);
    expect(range).toEqual(savingRange({ ...evidence, byDay: [...used, ...idle.map(() => ZERO)] }));
  });

  it("of one workload does not widen with the days on which only others were used", () => {
    // Eight equal days of one service, four days apart, beside another that is used every day.
    const weekly = aService("weekly", 8, 4);
    const daily = aService("daily", 32, 1);
    const shareOf = (responses: readonly ResponseRecorded[]): unknown =>
      adviceOn(responses).recommendations.find(({ plan }) => plan.workload.startsWith("weekly"))?.share;
    expect(shareOf([...weekly, ...daily])).toEqual(shareOf(weekly));
    expect(shareOf(weekly)).toMatchObject({ expected: usd("12.5") });
  });

  it("widens with the difference between days, and is the same in every run", () => {
    const byDay = Array.from({ length: 30 }, (_, number) => day(number % 7 < 5 ? "2" : "0"));
    const expected = money(byDay.reduce((sum, amount) => sum + amount, 0n));
    const evidence = { pessimistic: expected, expected, optimistic: expected, byDay };
    const range = savingRange(evidence);
    expect(range.low < expected && expected < range.high).toBe(true);
    expect(savingRange(evidence)).toEqual(range);
  });
});
