import { CAUSES, compareCosts, summaryOf, type Cause, type CostComparison } from "@farthing/advisor";
import { buildRows, costDriversProjection, type Money } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { priceBooks, pricedRequests } from "../support/priced-requests.ts";
import { compareEvents, driversOf } from "./compare-events.ts";
import { ONE_CAUSE_PAIRS } from "./one-cause-pairs.ts";

function sumOf(parts: readonly { readonly usd: Money }[]): bigint {
  return parts.reduce((sum, { usd }) => sum + usd, 0n);
}

function sizeOf(amount: bigint): bigint {
  return amount < 0n ? -amount : amount;
}

/** What a sentence says of each cause, when it comes first. */
const FIRST_WORDS: Readonly<Partial<Record<Cause, RegExp>>> = {
  volume: /^\S+ (more|less): ((\S+ made .* requests)|(other numbers of requests in))/,
  "new-workloads": /^\S+ more: brand-new is new/,
  "gone-workloads": /^\S+ less: ((\S+ is gone)|(\d workloads are gone))/,
  model: /^\S+ (more|less): ((\S+ moved from \S+ to \S+)|(other models in)|(\S+ used its models))/,
  price: /^\S+ more: ((\S+ was charged other prices)|(other prices in))/,
  "prompt-size": /^\S+ more: ((\S+ sent .* prompts)|(prompts of other sizes))/,
  "output-size": /^\S+ more: ((\S+ got .* answers)|(answers of other sizes))/,
  cache: /^\S+ more: ((\S+ read .* from the cache)|(another use of the cache))/,
  tier: /^\S+ (more|less): ((\S+ moved from .* to)|(other tiers in))/,
  retries: /^\S+ more: ((\S+ broke off .* of its streams)|(other shares of broken-off))/,
  "web-search": /^\S+ (more|less): ((\S+ searched the web)|(other numbers of web searches))/,
  "further-passes": /^\S+ (more|less): ((\S+ had other work done)|(other work in further passes))/,
};

describe("a difference between two costs", () => {
  it("is the sum of its parts exactly, whatever was recorded at whatever prices", () => {
    fc.assert(
      fc.property(pricedRequests, pricedRequests, priceBooks, (before, after, book) => {
        const comparison = compareEvents(before, after, book);
        const [was, is] = [driversOf(before, [], book), driversOf(after, [], book)];
        expect(comparison.difference).toBe(is.spend.total.usd - was.spend.total.usd);
        expect(sumOf(comparison.parts)).toBe(comparison.difference);
        expect(comparison.groups.reduce((sum, { difference }) => sum + difference, 0n)).toBe(comparison.difference);
        for (const group of comparison.groups) expect(sumOf(group.parts)).toBe(group.difference);
      }),
      { numRuns: 200 },
    );
  });

  it("is the same the other way round, with the signs turned, but for single picodollars", () => {
    fc.assert(
      fc.property(pricedRequests, pricedRequests, priceBooks, (before, after, book) => {
        const [there, back] = [compareEvents(before, after, book), compareEvents(after, before, book)];
        const turned: Readonly<Partial<Record<Cause, Cause>>> = {
          "new-workloads": "gone-workloads",
          "gone-workloads": "new-workloads",
        };
        for (const cause of CAUSES) {
          const other = amountOf(back, turned[cause] ?? cause);
          expect(sizeOf(amountOf(there, cause) + other)).toBeLessThan(BigInt(10 * there.groups.length + 1));
        }
      }),
      { numRuns: 100 },
    );
  });

  it("has no parts where nothing is different", () => {
    fc.assert(
      fc.property(pricedRequests, priceBooks, (events, book) => {
        const comparison = compareEvents(events, events, book);
        expect([comparison.parts, comparison.groups.flatMap(({ parts }) => parts)]).toEqual([[], []]);
      }),
    );
  });

  it.each(CAUSES.filter((cause) => cause !== "unexplained"))(
    "is put down to %s where nothing else is different",
    (cause) => {
      const pairs = ONE_CAUSE_PAIRS[cause];
      if (pairs === undefined) throw new Error(`no pairs that differ in ${cause}`);
      let told = 0;
      fc.assert(
        fc.property(pairs, ({ before, after, book }) => {
          const comparison = compareEvents(before, after, book());
          expect(sumOf(comparison.parts)).toBe(comparison.difference);
          if (comparison.difference === 0n) return;
          told += 1;
          const [first] = comparison.parts;
          expect(first?.cause).toBe(cause);
          expect(sizeOf(first?.usd ?? 0n) * 10n).toBeGreaterThanOrEqual(sizeOf(comparison.difference) * 9n);
          expect(summaryOf(comparison)).toMatch(FIRST_WORDS[cause] ?? /^$/);
        }),
        { numRuns: 100 },
      );
      expect(told).toBeGreaterThan(30);
    },
  );
});

function amountOf({ parts }: CostComparison, cause: Cause): bigint {
  return parts.find((part) => part.cause === cause)?.usd ?? 0n;
}

describe("groups of a comparison", () => {
  it("sum to the same difference by any dimensions", () => {
    fc.assert(
      fc.property(pricedRequests, pricedRequests, (before, after) => {
        const differences = [[], ["model"], ["service", "label:team"]] as const;
        const found = differences.map((by) => compareCosts(driversOf(before, by), driversOf(after, by), by).difference);
        expect(new Set(found).size).toBe(1);
      }),
      { numRuns: 50 },
    );
  });
});

describe("what drove a cost", () => {
  it("is kept and read back as it was", () => {
    fc.assert(
      fc.property(pricedRequests, pricedRequests, priceBooks, (first, more, book) => {
        const query = { by: ["workload" as const], where: [], since: null, until: null, timeZone: "UTC", book };
        const projection = costDriversProjection(query);
        const batches = [first, more].map((events) => ({ key: null, rows: buildRows(events), dead: null }));
        const state = projection.newState();
        for (const batch of batches.slice(0, 1)) state.add(batch);
        const kept = projection.restore(structuredClone(state.parts()));
        for (const batch of batches.slice(1)) [state, kept].forEach((each) => each.add(batch));
        expect(kept.result()).toEqual(state.result());
      }),
      { numRuns: 50 },
    );
  });
});
