import { billOf, listPriceBook, parseUsd, type BillLine, type BillReported } from "@farthing/ledger";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { DayZero } from "../../packages/advisor/src/day-zero/day-zero.ts";
import { dayZeroOf } from "../../packages/advisor/src/day-zero/from-bill.ts";

const EVER = { since: -8.64e15, until: 8.64e15 };
const BOOK = listPriceBook();

const some = (...values: readonly string[]): fc.Arbitrary<string | undefined> => fc.constantFrom(undefined, ...values);

const dimensions = fc
  .record({
    model: some("claude-opus-5", "claude-opus-4-6", "claude-haiku-5-5", "claude-sonnet-4-5-20250929", "claude-x-1"),
    token_type: some(
      "uncached_input_tokens",
      "output_tokens",
      "cache_read_input_tokens",
      "cache_creation.ephemeral_5m_input_tokens",
      "cache_creation.ephemeral_1h_input_tokens",
    ),
    cost_type: some("tokens", "web_search", "code_execution"),
    service_tier: some("standard", "batch", "priority", "flex"),
    speed: some("standard", "fast"),
    inference_geo: some("us", "global", "not_available"),
    context_window: some("0-200k", "200k-1M"),
    api_key_id: some("k1", "k2"),
    workspace_id: some("w1", "w2"),
  })
  .map(
    (record) =>
      Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Record<string, string>,
  );

/** Corrections are negative. */
const usd = fc.bigInt({ min: -(10n ** 6n), max: 10n ** 9n }).map((cents) => {
  const [sign, size] = cents < 0n ? ["-", -cents] : ["", cents];
  return `${sign}${String(size / 100n)}.${String(size % 100n).padStart(2, "0")}`;
});

const costLine: fc.Arbitrary<BillLine> = fc.record({
  dimensions,
  usd,
  listUsd: usd,
  tokens: fc.constant(null),
  webSearchRequests: fc.constant(null),
  requests: fc.constant(null),
});

const count = fc.nat({ max: 10_000_000 });
const usageLine: fc.Arbitrary<BillLine> = fc.record({
  dimensions,
  usd: fc.constant(null),
  listUsd: fc.constant(null),
  tokens: fc.record({
    uncachedInput: count,
    cacheWrite5m: count,
    cacheWrite1h: count,
    cacheRead: count,
    output: count,
  }),
  webSearchRequests: fc.option(count, { nil: null }),
  requests: fc.constant(null),
});

const HOUR = 3_600_000;
/** Around the days on which prices of October 2026 change, and before any was published. */
const hours = fc.constantFrom(Date.UTC(2020, 0, 1), Date.UTC(2026, 1, 10), Date.UTC(2026, 9, 6), Date.UTC(2026, 9, 7));

function zeroOf(
  kind: "analytics-cost" | "analytics-usage",
  reports: readonly (readonly [number, readonly BillLine[]])[],
): DayZero {
  const names = [...new Set(reports.flatMap(([, lines]) => lines.flatMap((line) => Object.keys(line.dimensions))))];
  const events = reports.map(([from, lines], index): BillReported => ({
    type: "BillReported",
    version: 1,
    id: `bill:${String(index)}`,
    occurredAt: new Date(from + HOUR).toISOString(),
    sources: ["bill-report"],
    from: new Date(from + index * HOUR).toISOString(),
    until: new Date(from + (index + 1) * HOUR).toISOString(),
    usd: null,
    dimensions: {},
    report: { kind, groupedBy: names, complete: true, lines },
    raw: null,
  }));
  const bill = billOf(events, EVER);
  const zero = dayZeroOf({ bill, book: BOOK, discountPercent: null, timeZone: "UTC", now: Date.UTC(2026, 10, 22) });
  if (zero === null) throw new Error("the bill tells something");
  return zero;
}

function expectSound({ rows, usd: total }: DayZero): void {
  const amounts = rows.map((row) => row.usd);
  const known = amounts.filter((amount) => amount !== null);
  expect(total).toBe(known.length === 0 ? null : known.reduce((sum, amount) => sum + amount, 0n));
  expect(amounts).toEqual([
    ...known.toSorted((a, b) => (a === b ? 0 : a > b ? -1 : 1)),
    ...amounts.slice(known.length),
  ]);
  expect(amounts.slice(known.length).every((amount) => amount === null)).toBe(true);
  for (const { usd: amount, noAmount, ceilings, noCeiling } of rows) {
    expect(amount === null).toBe(noAmount !== null);
    expect(ceilings.length === 0).toBe(noCeiling !== null);
    for (const [index, ceiling] of ceilings.entries()) {
      expect(ceiling.usd > 0n && amount !== null && ceiling.usd <= amount).toBe(true);
      expect(ceiling.usd <= (ceilings[index - 1]?.usd ?? ceiling.usd)).toBe(true);
    }
  }
}

const reportsOf = (line: fc.Arbitrary<BillLine>): fc.Arbitrary<[number, BillLine[]][]> =>
  fc.array(fc.tuple(hours, fc.array(line, { minLength: 1, maxLength: 12 })), { minLength: 1, maxLength: 4 });

it("rows of a cost report sum to its list amounts, largest first, and no ceiling exceeds its row", () => {
  fc.assert(
    fc.property(reportsOf(costLine), (reports) => {
      const zero = zeroOf("analytics-cost", reports);
      expectSound(zero);
      const listed = reports.flatMap(([, lines]) => lines.map(({ listUsd }) => parseUsd(listUsd ?? "0")));
      // Reports of one time replace each other, so of some only a part counts.
      if (reports.length === 1) expect(zero.usd).toBe(listed.reduce((sum, amount) => sum + amount, 0n));
    }),
    { numRuns: 60 },
  );
});

it("the same holds of usage, whose rows hold every token that is told", () => {
  fc.assert(
    fc.property(reportsOf(usageLine), (reports) => {
      const zero = zeroOf("analytics-usage", reports);
      expectSound(zero);
      const counted = reports.flatMap(([, lines]) =>
        lines.flatMap(({ tokens }) => Object.values(tokens ?? {}) as number[]),
      );
      const told = zero.rows.reduce((sum, { tokens }) => sum + (tokens ?? 0), 0);
      if (reports.length === 1) expect(told).toBe(counted.reduce((sum, tokens) => sum + tokens, 0));
    }),
    { numRuns: 60 },
  );
});
