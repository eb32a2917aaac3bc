import {
  advise,
  isPlan,
  replay,
  replaySubject,
  SharedPrefixes,
  STRATEGIES,
  traceFromResponses,
  type Advice,
  type Rewriter,
} from "@farthing/advisor";
import {
  calendarOf,
  createPriceBook,
  listPriceBook,
  money,
  parseInstant,
  sum,
  ZERO,
  type Money,
  type PriceBook,
  type RateCard,
} from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adviceId } from "../../packages/advisor/src/portfolio/advice-id.ts";
import { adviceOn, NOW } from "../support/advice.ts";
import { isFullRun } from "../support/full-run.ts";
import { smallWorkloads } from "./small-workloads.ts";

const BOOK = listPriceBook();
const RUNS = { numRuns: isFullRun ? 200 : 15, seed: 20_261_122 };

/** A book of which every price is so many times as high. */
function dearer(times: bigint): PriceBook {
  const scaled = (value: unknown): unknown => {
    if (typeof value === "bigint") return money(value * times);
    if (Array.isArray(value)) return value.map(scaled);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, scaled(each)]));
  };
  return createPriceBook(BOOK.cards.map((card) => scaled(card) as RateCard));
}

/** Advice at other prices; `adviceOn` takes those of the list. */
function adviceAt(events: Parameters<typeof adviceOn>[0], book: PriceBook): Advice {
  return advise(traceFromResponses(events, book), {
    book,
    calendar: calendarOf("UTC"),
    now: parseInstant(NOW),
    billing: { "*": "per-token" },
    total: ZERO,
    only: null,
  });
}

describe("advice on generated workloads", () => {
  it("saves nothing where nothing is chosen", () => {
    fc.assert(
      fc.property(smallWorkloads, (events) => {
        const advice = adviceOn(events, { only: [] });
        expect(advice.recommendations).toEqual([]);
        expect(advice.joint.all).toEqual({ low: 0n, expected: 0n, high: 0n });
        expect(advice.byDay.every(({ saving }) => saving === 0n)).toBe(true);
      }),
      RUNS,
    );
  });

  it("costs the same, request by request, with a plan that changes nothing", () => {
    const nothing: Rewriter = { rewrite: (request) => [request] };
    fc.assert(
      fc.property(smallWorkloads, (events) => {
        const trace = traceFromResponses(events, BOOK);
        const shared = new SharedPrefixes(trace);
        for (const workload of trace.workloads.keys()) {
          const { subject } = replaySubject(trace, workload, shared, BOOK);
          expect(replay(subject, [nothing], "expected", BOOK)).toEqual(replay(subject, [], "expected", BOOK));
        }
      }),
      RUNS,
    );
  });

  it("has shares that sum to the joint saving exactly, and days that do", () => {
    fc.assert(
      fc.property(smallWorkloads, (events) => {
        const { recommendations, joint, byDay } = adviceOn(events);
        expect(sum(recommendations.map(({ share }) => share.expected))).toBe(joint.all.expected);
        expect(sum(byDay.map(({ saving }) => saving))).toBe(joint.all.expected);
        expect(joint.answersUnchanged.expected + joint.needsQualityTest.expected).toBe(joint.all.expected);
      }),
      RUNS,
    );
  });

  it("saves so many times as much where all prices are so many times as high", () => {
    fc.assert(
      fc.property(smallWorkloads, fc.bigInt({ min: 2n, max: 9n }), (events, times) => {
        const before = adviceAt(events, BOOK);
        const after = adviceAt(events, dearer(times));
        const savings = ({ recommendations }: typeof before): readonly (readonly [string, Money])[] =>
          recommendations.map(({ id, share }) => [id, share.expected]);
        expect(savings(after)).toEqual(savings(before).map(([id, saving]) => [id, saving * times]));
      }),
      RUNS,
    );
  });

  it("is the same in whatever order responses were appended", () => {
    const shuffled = smallWorkloads.chain((events) =>
      fc.shuffledSubarray([...events], { minLength: events.length }).map((other) => ({ events, other })),
    );
    fc.assert(
      fc.property(shuffled, ({ events, other }) => {
        expect(adviceOn(other)).toEqual(adviceOn(events));
      }),
      RUNS,
    );
  });

  it("never saves less where one more strategy is allowed", () => {
    fc.assert(
      fc.property(smallWorkloads, fc.infiniteStream(fc.boolean()), (events, coins) => {
        const all = [...new Set(planIds(events))];
        const some = all.filter(() => coins.next().value);
        const saving = (only: readonly string[]): Money => adviceOn(events, { only }).joint.all.expected;
        let saved = saving(some);
        for (const more of all.filter((id) => !some.includes(id))) {
          some.push(more);
          const now = saving(some);
          expect(now).toBeGreaterThanOrEqual(saved);
          saved = now;
        }
      }),
      RUNS,
    );
  });
});

/** The ids of all that could be recommended. */
function planIds(events: Parameters<typeof adviceOn>[0]): readonly string[] {
  const trace = traceFromResponses(events, BOOK);
  const shared = new SharedPrefixes(trace);
  return [...trace.workloads].flatMap(([workload, members]) => {
    const { knowledge } = replaySubject(trace, workload, shared, BOOK).subject;
    const situation = { trace, workload, members, knowledge, book: BOOK, now: parseInstant(NOW), paysPerToken: true };
    return STRATEGIES.flatMap((strategy) => strategy.prepare(situation))
      .filter(isPlan)
      .map((plan) => adviceId(plan.strategy, plan.workload, plan.subject));
  });
}
