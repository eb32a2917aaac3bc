import { billOf, formatUsd, sum, type BillLine, type BillReport, type BillReported } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aBillReported } from "../support/builders.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START = Date.UTC(2026, 9, 1);
const PERIOD = { since: START, until: START + 10 * DAY_MS };

interface Told {
  readonly from?: number;
  readonly hours?: number;
  readonly kind?: BillReport["kind"];
  readonly groupedBy?: readonly string[];
  readonly complete?: boolean;
  readonly amounts: readonly (readonly [model: string, usd: string])[];
  readonly said?: number;
}

function told({ from = 0, hours = 24, kind, groupedBy, complete, amounts, said = 0 }: Told): BillReported {
  const report: BillReport = {
    kind: kind ?? "cost-report",
    groupedBy: groupedBy ?? ["model"],
    complete: complete ?? true,
    lines: amounts.map(([model, usd]) => costLine(model, usd)),
  };
  const times = [START + from * HOUR_MS, START + (from + hours) * HOUR_MS, START + (240 + said) * HOUR_MS];
  const [begin = "", end = "", at = ""] = times.map((time) => new Date(time).toISOString());
  const bare = { id: `bill:${JSON.stringify([from, hours, said, report])}`, from: begin, until: end, occurredAt: at };
  return { ...aBillReported({ usd: "0" }), ...bare, report };
}

function costLine(model: string, usd: string): BillLine {
  return { dimensions: { model }, usd, listUsd: null, tokens: null, webSearchRequests: null, requests: null };
}

function total(events: readonly BillReported[], period = PERIOD): string {
  return formatUsd(sum(billOf(events, period).cost.lines.map(({ billed }) => billed)));
}

const anyTold: fc.Arbitrary<BillReported> = fc
  .record({
    slot: fc.nat(20),
    hours: fc.constantFrom(1, 24, 72),
    kind: fc.constantFrom("cost-report" as const, "analytics-cost" as const),
    groupedBy: fc.constantFrom(["model"], ["model", "token_type"]),
    complete: fc.boolean(),
    amounts: fc.array(fc.tuple(fc.constantFrom("a", "b"), fc.constantFrom("1", "2.5")), { maxLength: 3 }),
    said: fc.nat(3),
  })
  .map(({ slot, ...rest }) => told({ ...rest, from: slot * rest.hours }));

describe("the bill account of a period", () => {
  it("takes the newest complete answer, and lines of newer ones that are cut off over it", () => {
    const old = told({
      amounts: [
        ["a", "1"],
        ["b", "1"],
      ],
    });
    const newer = told({
      said: 1,
      amounts: [
        ["a", "2"],
        ["b", "2"],
      ],
    });
    const cut = told({ said: 2, complete: false, amounts: [["b", "5"]] });
    expect(total([old])).toBe("2");
    expect(total([newer, old])).toBe("4");
    expect(total([cut, newer, old])).toBe("7");
    const { incomplete, refreshedAt } = billOf([cut, newer, old], PERIOD).cost;
    expect(incomplete).toEqual([{ from: START, until: START + DAY_MS }]);
    expect(refreshedAt).toBe(Date.parse(cut.occurredAt));
  });

  it("was made at no known time where no report says when", () => {
    const day = told({ amounts: [["a", "1"]] });
    const untold = { ...day, occurredAt: day.until };
    expect(billOf([untold], PERIOD).cost.refreshedAt).toBeNull();
    expect(billOf([untold, told({ from: 24, amounts: [] })], PERIOD).cost.refreshedAt).toBe(Date.parse(day.occurredAt));
  });

  it("of two answers that are equally new takes the larger", () => {
    const [small, large] = [told({ amounts: [["a", "1"]] }), told({ amounts: [["a", "3"]] })];
    expect(
      total([
        { ...large, usd: "3" },
        { ...small, usd: "1" },
      ]),
    ).toBe("3");
  });

  it.each([
    ["the one that covers more", { hours: 1, groupedBy: ["model", "token_type"] }, {}],
    ["the finest grouping", { groupedBy: [] }, {}],
    ["the analytics API", {}, { kind: "analytics-cost" as const }],
  ])("of several tellings of a day takes %s, and counts the others as left out", (_, loser, winner) => {
    const events = [told({ ...loser, amounts: [["a", "9"]] }), told({ ...winner, amounts: [["a", "4"]] })];
    const { lines, leftOut } = billOf(events, PERIOD).cost;
    expect(lines.map(({ billed }) => formatUsd(billed))).toEqual(["4"]);
    expect(leftOut).toBe(1);
  });

  it("takes the narrowest times where both cover the whole day", () => {
    const hourly = Array.from({ length: 24 }, (_, from) => told({ from, hours: 1, amounts: [["a", "1"]] }));
    expect(total([told({ amounts: [["a", "20"]] }), ...hourly])).toBe("24");
  });

  it("depends neither on the order of events nor on their repetition", () => {
    fc.assert(
      fc.property(fc.array(anyTold, { maxLength: 12 }), fc.infiniteStream(fc.nat(1000)), (events, keys) => {
        const shuffled = [...events, ...events].map((event) => ({ event, key: keys.next().value ?? 0 }));
        const other = shuffled.sort((a, b) => a.key - b.key).map(({ event }) => event);
        expect(billOf(other, PERIOD)).toEqual(billOf(events, PERIOD));
      }),
    );
  });

  it("adds up over neighbouring periods", () => {
    fc.assert(
      fc.property(fc.array(anyTold, { maxLength: 12 }), fc.nat(240), (events, hours) => {
        const middle = START + hours * HOUR_MS;
        const parts = [
          { since: START, until: middle },
          { since: middle, until: PERIOD.until },
        ].flatMap((part) => billOf(events, part).cost.lines);
        expect(formatUsd(sum(parts.map(({ billed }) => billed)))).toBe(total(events));
      }),
    );
  });

  it("never counts two lines of overlapping times from different reports", () => {
    fc.assert(
      fc.property(fc.array(anyTold, { maxLength: 12 }), (events) => {
        const spans = new Set(
          billOf(events, PERIOD).cost.lines.map(({ kind, from, until }) => `${kind} ${from} ${until}`),
        );
        const list = [...spans].map((text) => text.split(" ").slice(1).map(Number));
        for (const [a = 0, b = 0] of list) {
          const overlapping = list.filter(([from = 0, until = 0]) => from < b && until > a);
          expect(overlapping).toHaveLength(1);
        }
      }),
    );
  });
});
