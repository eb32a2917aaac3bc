import { advise, runBacktest, traceableCalls, traceFromResponses, type Backtest } from "@farthing/advisor";
import { calendarOf, listPriceBook, parseInstant, ratio, sum, type ResponseRecorded } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { usd } from "../support/advice.ts";
import { aConversation, type Step } from "../support/conversation.ts";
import { aPrompt, aRequestShape } from "../support/prompts.ts";
import { seededRandom } from "../self-test/chance.ts";

const DAY_S = 24 * 60 * 60;
const FIRST_DAY = "2026-10-01T08:00:00.000Z";
const BOOK = listPriceBook();
const UTC = calendarOf("UTC");

/** Where traffic that began on the first day is split after so many days. */
function splitAfter(days: number): number {
  return parseInstant("2026-10-01") + days * DAY_S * 1000;
}

function backtested(responses: readonly ResponseRecorded[], daysBefore: number): Backtest {
  const calls = traceableCalls(responses, () => true);
  return runBacktest(calls, splitAfter(daysBefore), { book: BOOK, calendar: UTC, billing: { "*": "per-token" } });
}

function changeBy(strategy: string, { changes }: Backtest): Backtest["changes"][number] {
  const found = changes.find(({ plan }) => plan.strategy === strategy);
  if (found === undefined) throw new Error(`no ${strategy} among ${String(changes.length)} changes`);
  return found;
}

/** Single requests of a service, so many a day: `stepOf` says what is billed for each. */
function daily(days: readonly number[], perDay: number, stepOf: (day: number) => Omit<Step, "at">, service = "chat") {
  const steps = days.flatMap((day) =>
    Array.from({ length: perDay }, (_, number) => ({
      continues: -1,
      ...stepOf(day),
      at: day * DAY_S + number * 7_200,
    })),
  );
  return aConversation(steps, { service, name: `${service}-${String(days[0])}`, startedAt: FIRST_DAY });
}

const daysFrom = (from: number, count: number): number[] => Array.from({ length: count }, (_, day) => from + day);

/** A prefix of 60,000 to 140,000 tokens written for an hour; sometimes, as chance has it, read back in part. */
function hardlyReread(seed: number): (day: number) => Omit<Step, "at"> {
  const random = seededRandom(seed, "hardly-reread");
  return () => ({
    cacheWrite1h: random.between(60_000, 140_000),
    cacheRead: random.chance(0.3) ? random.between(1_000, 60_000) : 0,
    output: random.between(50, 500),
  });
}

describe("a backtest", () => {
  it.each([1, 2, 3, 4, 5])("finds the saving within its range where traffic goes on as before (seed %i)", (seed) => {
    const result = backtested(daily(daysFrom(0, 30), 8, hardlyReread(seed)), 18);
    expect(changeBy("stop-caching", result)).toMatchObject({ applied: "as-advised", inRange: true, shortfall: null });
    expect(result.overall.inRange).toBe(true);
    expect(result.abstained).toEqual([]);
  });

  it("finds the saving below its range where the behaviour changes that it rests on", () => {
    // Before: 100,000 tokens written for $1 that cost $0.50 uncached. After: read for $0.05 that cost $0.50 uncached.
    const wrote = daily(daysFrom(0, 14), 5, () => ({ cacheWrite1h: 100_000, output: 0 }));
    const read = daily(daysFrom(14, 10), 5, () => ({ cacheRead: 100_000, output: 0 }));
    const result = backtested([...wrote, ...read], 14);
    const stop = changeBy("stop-caching", result);
    // Half of what was billed, 70 x $1, and so half of 50 x $0.05.
    expect([stop.share.expected, stop.projected?.expected]).toEqual([usd("35"), usd("1.25")]);
    // Made all the same, it would have cost 50 x $0.45 more.
    expect([stop.realised, stop.inRange, stop.applied]).toEqual([-usd("22.5"), false, "as-advised"]);
    expect(result.strategies.find(({ strategy }) => strategy === "stop-caching")).toMatchObject({
      compared: 1,
      left: 0,
      realised: -usd("22.5"),
      inRange: false,
    });
    expect(result.overall.inRange).toBe(false);
  });

  it("carries a saving over in proportion to the bill, whatever the volume", () => {
    const step = (): Omit<Step, "at"> => ({ cacheWrite1h: 100_000, output: 0 });
    const result = backtested([...daily(daysFrom(0, 14), 5, step), ...daily(daysFrom(14, 7), 10, step)], 14);
    const stop = changeBy("stop-caching", result);
    expect(stop.billed).toEqual({ before: usd("70"), after: usd("70") });
    expect([stop.projected?.expected, stop.realised]).toEqual([usd("35"), usd("35")]);
  });

  it("takes what was asked twice from the requests after the split, not before", () => {
    const twice = (day: number, text: string): Step[] =>
      [0, 1_800].map((pause) => ({
        at: day * DAY_S + pause,
        continues: -1,
        uncachedInput: 1_000,
        output: 100,
        overrides: {
          prompt: aPrompt([{ text, tokens: 1_000 }]),
          request: aRequestShape({ temperature: 0 }),
        },
      }));
    const asked = (days: number[], texts: number): ResponseRecorded[] =>
      aConversation(
        days.flatMap((day) =>
          Array.from({ length: texts }, (_, text) => twice(day, `${String(day)}/${String(text)}`)).flat(),
        ),
        { name: `asked-${String(days[0])}`, startedAt: FIRST_DAY },
      );
    const result = changeBy(
      "duplicate-requests",
      backtested([...asked(daysFrom(0, 14), 2), ...asked(daysFrom(14, 10), 4)], 14),
    );
    // 0.005 + 0.0025 dollars for each of 28, and of 40.
    expect([result.share.expected, result.realised, result.applied]).toEqual([
      usd("0.21"),
      usd("0.3"),
      "prepared-again",
    ]);
    expect(result.wordsAfter).toBe("keep answers: 40 asked twice");

    const once = daily(daysFrom(14, 10), 4, () => ({ uncachedInput: 1_000, output: 100 }));
    const gone = changeBy("duplicate-requests", backtested([...asked(daysFrom(0, 14), 2), ...once], 14));
    expect([gone.realised, gone.applied, gone.inRange]).toEqual([0n, "not-proposed", false]);
  });

  it("says what is too little, on either side", () => {
    const step = hardlyReread(1);
    const few = backtested([...daily(daysFrom(0, 14), 5, step), ...daily(daysFrom(14, 8), 2, step)], 14);
    expect(changeBy("stop-caching", few)).toMatchObject({
      realised: null,
      inRange: null,
      shortfall: { reason: "too-few-responses", observed: "16 responses from the split on", needed: "20" },
    });
    expect(few.overall).toEqual({ projected: null, realised: null, inRange: null });
    const short = backtested([...daily(daysFrom(0, 6), 5, step), ...daily(daysFrom(6, 10), 5, step)], 6);
    expect(changeBy("stop-caching", short)).toMatchObject({ inRange: null, shortfall: null });
    expect(short.abstained).toEqual([
      {
        reason: "too-few-days",
        observed: "6 days with use before the split, so no verdict on the range",
        needed: "7 days",
      },
    ]);
    expect(backtested(daily(daysFrom(0, 6), 5, step), 20).abstained.map(({ reason }) => reason)).toEqual([
      "no-responses",
    ]);
    expect(backtested([], 20).abstained.map(({ reason }) => reason)).toEqual(["no-responses", "no-responses"]);
    const little = (): Omit<Step, "at"> => ({ uncachedInput: 10 });
    const quiet = backtested(daily(daysFrom(0, 20), 1, little), 10);
    expect(quiet.abstained.map(({ reason }) => reason)).toEqual(["no-advice"]);
  });

  it("names workloads that are new or gone, and compares neither", () => {
    const step = hardlyReread(2);
    const result = backtested(
      [...daily(daysFrom(0, 10), 5, step, "old"), ...daily(daysFrom(10, 10), 5, step, "new")],
      10,
    );
    expect(result.arrived.map(({ workload, responses }) => [workload, responses])).toEqual([["new", 50]]);
    expect(result.gone.map(({ workload, responses }) => [workload, responses])).toEqual([["old", 50]]);
    expect(result.changes.map(({ shortfall }) => shortfall?.reason)).toEqual(result.changes.map(() => "workload-gone"));
    expect(result.changes.length).toBeGreaterThan(0);
  });

  const tokens = fc.integer({ min: 0, max: 60_000 });
  const step = fc.record({
    gap: fc.integer({ min: 1, max: 4_000 }),
    uncachedInput: tokens,
    cacheWrite5m: fc.oneof(fc.constant(0), tokens),
    cacheWrite1h: fc.oneof(fc.constant(0), tokens),
    cacheRead: tokens,
    output: fc.integer({ min: 0, max: 4_000 }),
  });
  const model = fc.constantFrom("claude-opus-4-6", "claude-opus-5", "claude-sonnet-4-6", "claude-haiku-4-5");
  const sessions = fc.array(
    fc.tuple(fc.array(step, { minLength: 20, maxLength: 30 }), model, fc.constantFrom("chat", "search"), fc.nat(9)),
    { minLength: 1, maxLength: 3 },
  );

  /** The same sessions, so many days later. */
  function sessionsFrom(all: Sessions, day: number): ResponseRecorded[] {
    return all.flatMap(([steps, servedModel, service, dayOfSession], number) => {
      let at = (day + dayOfSession) * DAY_S;
      return aConversation(
        steps.map(({ gap, ...rest }) => ({ ...rest, at: (at += gap) })),
        { name: `s${String(day)}-${String(number)}`, model: servedModel, service, startedAt: FIRST_DAY },
      );
    });
  }
  type Sessions = typeof sessions extends fc.Arbitrary<infer T> ? T : never;

  it("realises exactly what was projected where the same comes again", () => {
    fc.assert(
      fc.property(sessions, (all) => {
        const { changes, overall } = backtested([...sessionsFrom(all, 0), ...sessionsFrom(all, 14)], 14);
        for (const { share, projected, realised } of changes) {
          expect([projected?.expected, realised]).toEqual([share.expected, share.expected]);
        }
        if (changes.length > 0) expect(overall.realised).toBe(overall.projected?.expected);
      }),
      { numRuns: 40 },
    );
  });

  it("advises as if the requests after the split had never been", () => {
    fc.assert(
      fc.property(sessions, sessions, (earlier, later) => {
        const before = sessionsFrom(earlier, 0);
        const { changes } = backtested([...before, ...sessionsFrom(later, 14)], 14);
        const trace = traceFromResponses(before, BOOK);
        const total = sum(trace.requests.map(({ billed }) => billed.total ?? (0n as never)));
        const now = splitAfter(14);
        const context = { book: BOOK, calendar: UTC, now, billing: { "*": "per-token" as const }, total, only: null };
        const { recommendations } = advise(trace, context);
        expect(changes.map(({ id, plan, share }) => ({ id, plan, share }))).toEqual(
          recommendations.map(({ id, plan, share }) => ({ id, plan, share })),
        );
      }),
      { numRuns: 30 },
    );
  });

  it("adds up to what is compared, change by change and strategy by strategy", () => {
    fc.assert(
      fc.property(sessions, sessions, (earlier, later) => {
        const result = backtested([...sessionsFrom(earlier, 0), ...sessionsFrom(later, 14)], 14);
        const { changes, strategies, overall } = result;
        const realised = changes.flatMap((change) => (change.realised === null ? [] : [change.realised]));
        expect(sum(strategies.flatMap((each) => (each.realised === null ? [] : [each.realised])))).toBe(sum(realised));
        expect(overall.realised ?? 0n).toBe(sum(realised));
        for (const { share, billed, projected } of changes) {
          if (projected === null || billed.after === 0n) continue;
          expect(ratio(projected.expected, billed.after)).toBeCloseTo(ratio(share.expected, billed.before), 9);
        }
      }),
      { numRuns: 30 },
    );
  });
});
