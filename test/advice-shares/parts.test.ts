import { advise, traceFromResponses, type AdviceContext, type Trace } from "@farthing/advisor";
import { calendarOf, listPriceBook, money, parseInstant, ZERO } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { divideAdvice, mergeAdvice } from "../../packages/advisor/src/portfolio/partial-advice.ts";
import {
  partialAdviceFromText,
  partialAdviceToText,
} from "../../packages/advisor/src/portfolio/partial-advice-text.ts";
import { groupsOfShare } from "../../packages/advisor/src/portfolio/share-groups.ts";
import { NOW } from "../support/advice.ts";
import { manyWorkloads, NINE_SERVICES, type AService } from "../support/many-workloads.ts";

const BOOK = listPriceBook();
const CONTEXT: AdviceContext = {
  book: BOOK,
  calendar: calendarOf("UTC"),
  now: parseInstant(NOW),
  billing: { "*": "per-token" },
  total: ZERO,
  only: null,
};

const someServices: fc.Arbitrary<readonly AService[]> = fc.array(
  fc.record<AService>({
    habit: fc.constantFrom("writes-unread", "alike", "single", "rare", "conversation"),
    workspace: fc.constantFrom("prod", "test", null),
    family: fc.nat({ max: 1 }),
    requests: fc.integer({ min: 1, max: 30 }),
  }),
  { minLength: 1, maxLength: 7 },
);

function traceOf(services: readonly AService[] = NINE_SERVICES): Trace {
  return traceFromResponses(manyWorkloads(services), BOOK);
}

/** The parts of a division, each found by somebody who shares nothing with the others but the requests. */
function textsOfParts(trace: () => Trace, of: number, context = CONTEXT): string[] {
  return Array.from({ length: of }, (_, number) =>
    partialAdviceToText(divideAdvice(trace(), context, "a ledger").advise({ number, of })),
  );
}

describe("shares of groups of workloads", () => {
  it("hold each group once, whatever their sizes, and no share more than an even part and its largest group", () => {
    const sizes = fc.array(fc.nat({ max: 60_000 }), { maxLength: 40 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 64 }), (all, of) => {
        const shares = Array.from({ length: of }, (_, number) => groupsOfShare(all, { number, of }));
        expect(shares.flat().sort((a, b) => a - b)).toEqual([...all.keys()]);
        const total = all.reduce((sum, size) => sum + size, 0);
        for (const share of shares) {
          const load = share.reduce((sum, group) => sum + (all[group] ?? 0), 0);
          expect(load).toBeLessThanOrEqual(total / of + Math.max(0, ...share.map((group) => all[group] ?? 0)));
        }
      }),
    );
  });

  it("are counted from 0", () => {
    for (const share of [
      { number: 2, of: 2 },
      { number: -1, of: 2 },
      { number: 0, of: 0 },
      { number: 0, of: 1.5 },
    ]) {
      expect(() => groupsOfShare([1], share)).toThrow(/there is no share/);
    }
  });
});

describe("advice that was found in parts", () => {
  it("is the advice that is found at once, with parts written as JSON and merged in any order", () => {
    const whole = advise(traceOf(), CONTEXT);
    expect(whole.recommendations.length).toBeGreaterThan(3);
    expect(new Set(whole.abstained.map(({ reason }) => reason)).size).toBeGreaterThan(2);
    for (const of of [1, 3, 7]) {
      const parts = textsOfParts(traceOf, of).map(partialAdviceFromText);
      expect(mergeAdvice(parts)).toEqual(whole);
      expect(mergeAdvice(parts.toReversed())).toEqual(whole);
    }
  });

  it("is so for services of any habits, workspaces and sizes", () => {
    fc.assert(
      fc.property(someServices, fc.integer({ min: 2, max: 7 }), (services, of) => {
        const trace = traceOf(services);
        const parts = textsOfParts(() => trace, of).map(partialAdviceFromText);
        expect(mergeAdvice(parts)).toEqual(advise(trace, CONTEXT));
      }),
      { numRuns: 12, seed: 20_261_130 },
    );
  });

  it("keeps workloads together that share prefixes in a workspace, and divides all others", () => {
    const [alike] = NINE_SERVICES.filter(({ habit }) => habit === "alike");
    const services = ["prod", "test", "prod", "test", null].map((workspace) => ({ ...alike, workspace }) as AService);
    const parts = textsOfParts(() => traceOf(services), 5).map(partialAdviceFromText);
    const workloads = parts.map(({ advised }) => advised.flatMap(({ gaps }) => gaps.map(({ workload }) => workload)));
    expect(workloads.filter(({ length }) => length > 0).sort((a, b) => (String(a) < String(b) ? -1 : 1))).toEqual([
      ["service-0", "service-2"],
      ["service-1", "service-3"],
      ["service-4"],
    ]);
  });
});

describe("parts are not merged", () => {
  const [first = "", second = ""] = textsOfParts(traceOf, 2);
  const merge = (...texts: readonly string[]) => mergeAdvice(texts.map(partialAdviceFromText));

  it("where one is missing, or there twice", () => {
    expect(() => merge()).toThrow(/no part/);
    expect(() => merge(first)).toThrow(/hold \d of 8 groups of workloads: give the parts of all shares/);
    expect(() => merge(first, second, second)).toThrow(/in two parts/);
  });

  it.each<[string, Partial<AdviceContext>]>([
    ["total", { total: money(1n) }],
    ["prices", { book: BOOK.knownAt(parseInstant("2026-01-01")) }],
    ["way of paying", { billing: { "*": "subscription" } }],
    ["limits", { limits: { risk: "none", effort: "setting" } }],
    ["selection", { only: [] }],
    ["time zone", { calendar: calendarOf("Asia/Tokyo") }],
  ])("where they were asked for with another %s", (_, other) => {
    expect(() => merge(first, textsOfParts(traceOf, 2, { ...CONTEXT, ...other })[1] ?? "")).toThrow(
      /of different questions, releases or requests/,
    );
  });

  it("where they are of other requests", () => {
    const fewer = textsOfParts(() => traceFromResponses(manyWorkloads().slice(1), BOOK), 2)[1] ?? "";
    expect(() => merge(first, fewer)).toThrow(/of different questions/);
  });

  it("where a byte of one was changed or cut off", () => {
    fc.assert(
      fc.property(fc.nat({ max: second.length - 1 }), fc.boolean(), (place, isCut) => {
        const other = second[place] === "7" ? "8" : "7";
        const text = isCut ? second.slice(0, place) : second.slice(0, place) + other + second.slice(place + 1);
        expect(() => merge(first, text)).toThrow(RangeError);
      }),
      { numRuns: 60 },
    );
  });
});
