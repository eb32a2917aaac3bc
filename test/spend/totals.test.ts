import {
  addTokens,
  calendarOf,
  costOf,
  formatUsd,
  listPriceBook,
  matches,
  NO_TOKENS,
  promptTokens,
  querySpend,
  queryTotals,
  sum,
  totalTokens,
  workloadOf,
  ZERO,
  type RequestFailed,
  type ResponseRecorded,
  type TotalsQuery,
} from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aRequestCompleted, aUsage } from "../support/builders.ts";
import { pricedRequests } from "../support/priced-requests.ts";
import { spendQueries } from "../support/queries.ts";
import { DEAD, inBatches } from "../support/row-batches.ts";

/** At, below and above the lengths from which prompts cost more. */
const lengths = fc.constantFrom(100_000, 99_999, 150_000, 200_000, 0);

describe("totals", () => {
  it("are what looking at every response by itself comes to, over any batches", () => {
    fc.assert(
      fc.property(pricedRequests, fc.array(fc.nat(7)), spendQueries, lengths, (events, places, filter, length) => {
        const counting = events.filter((_event, index) => places[index] !== DEAD);
        const query: TotalsQuery = { ...filter, longPromptTokens: length, sessionsMax: 9 };
        const batches = inBatches(events, places);
        const { spend, byItem, byWorkload, byModel, bySession, models, daily, ...rest } = queryTotals(batches, query);
        const expected = totalsByHand(counting, query);
        expect(spend).toEqual(querySpend(batches, { ...query, by: [] }));
        expect(new Map(byItem.map(({ item, usd }) => [item, usd]))).toEqual(expected.byItem);
        const named = (rows: readonly { readonly name: string | null }[]): unknown =>
          new Map(rows.map(({ name, ...row }) => [name, row]));
        expect(named(byWorkload)).toEqual(expected.byWorkload);
        expect(named(bySession ?? [])).toEqual(expected.bySession);
        expect(named(byModel)).toEqual(expected.byModel);
        expect(daily).toBeNull();
        expect(new Map(models.map(({ model, workload, ...use }) => [`${model} ${String(workload)}`, use]))).toEqual(
          expected.models,
        );
        expect(rest).toEqual(expected.rest);
      }),
      { numRuns: 400 },
    );
  });

  it("tell each day's workloads and kinds of token apart, so that both sum to the day, and the days to the total", () => {
    fc.assert(
      fc.property(pricedRequests, spendQueries, fc.nat(3), (events, filter, dailyWorkloadsMax) => {
        const batches = inBatches(events, []);
        const query: TotalsQuery = { ...filter, longPromptTokens: 100_000, sessionsMax: 1, dailyWorkloadsMax };
        const { spend, byItem, byWorkload, daily } = queryTotals(batches, query);
        const days = daily ?? [];
        expect(sum(days.map(({ usd }) => usd))).toBe(spend.total.usd);
        expect(days.map(({ day }) => day)).toEqual(days.map(({ day }) => day).toSorted());
        for (const day of days) {
          expect(sum(day.byItem.map(({ usd }) => usd))).toBe(day.usd);
          expect(sum([...day.byWorkload, day.otherWorkloads])).toBe(day.usd);
        }
        for (const { item, usd } of byItem) {
          expect(
            sum(days.flatMap((day) => day.byItem.filter((part) => part.item === item).map((part) => part.usd))),
          ).toBe(usd);
        }
        for (const [place, { usd }] of byWorkload.slice(0, dailyWorkloadsMax).entries()) {
          expect(sum(days.map((day) => day.byWorkload[place] ?? ZERO))).toBe(usd);
        }
        const byDay = querySpend(batches, { ...query, by: ["day"] }).rows.filter(({ usd }) => usd !== ZERO);
        expect(new Map(days.filter(({ usd }) => usd !== ZERO).map(({ day, usd }) => [day, usd]))).toEqual(
          new Map(byDay.map(({ by, usd }) => [by["day"], usd])),
        );
      }),
    );
  });

  it("tell prompts that are long from those that cost more for their length", () => {
    const at = { servedModel: "claude-haiku-5-5", occurredAt: "2026-11-01T10:00:00.000Z" };
    const events = [40_000, 60_000, 99_999, 100_000, 100_001, 150_000].map((uncachedInput) =>
      aRequestCompleted({ ...at, id: `msg:${String(uncachedInput)}`, usage: aUsage({ uncachedInput }) }),
    );
    const query = { by: [], where: [], since: null, until: null, timeZone: "UTC", book: listPriceBook() };
    for (const [longPromptTokens, usd, responses] of [
      // 0.1 USD per million tokens up to 100,000 of them, 0.5 past that: 0.0259999 for three, 0.1250005 for two.
      [50_000, "0.1510004", 5],
      [100_000, "0.1250005", 2],
      [120_000, "0.075", 1],
    ] as const) {
      const { longPrompts } = queryTotals(inBatches(events, []), { ...query, longPromptTokens, sessionsMax: 1 });
      expect([formatUsd(longPrompts.usd), longPrompts.responses]).toEqual([usd, responses]);
    }
  });

  it("differ by the sessions alone where these are left out", () => {
    fc.assert(
      fc.property(pricedRequests, spendQueries, (events, filter) => {
        const batches = inBatches(events, []);
        const query = { ...filter, longPromptTokens: 100_000 };
        const all = queryTotals(batches, { ...query, sessionsMax: 9 });
        expect(queryTotals(batches, { ...query, sessionsMax: null })).toEqual({
          ...all,
          bySession: null,
          recorded: { ...all.recorded, sessions: null },
        });
      }),
    );
  });

  it("list what costs most first, and equal amounts by name", () => {
    fc.assert(
      fc.property(pricedRequests, spendQueries, (events, query) => {
        const { byWorkload, bySession, byItem } = queryTotals(inBatches(events, []), {
          ...query,
          longPromptTokens: 100_000,
          sessionsMax: 1,
        });
        for (const rows of [byWorkload, bySession ?? [], byItem]) {
          const keys = rows.map((row) => [row.usd, "name" in row ? (row.name ?? "") : row.item] as const);
          const sorted = keys.toSorted(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a > b ? -1 : 1));
          expect(keys).toEqual(sorted);
        }
      }),
    );
  });
});

function totalsByHand(
  events: readonly (ResponseRecorded | RequestFailed)[],
  query: TotalsQuery,
): Record<"byItem" | "byWorkload" | "byModel" | "bySession" | "models" | "rest", unknown> {
  const calendar = calendarOf(query.timeZone);
  const responses = events.filter(matches(query, calendar)).filter((event) => event.type !== "RequestFailed");
  const billed = responses.filter(({ billedTo }) => billedTo === "self");
  const byItem = new Map<string, bigint>();
  const byWorkload = new Map<string | null, { usd: bigint; responses: number }>();
  const byModel = new Map<string | null, { usd: bigint; responses: number }>();
  const bySession = new Map<string | null, { usd: bigint; responses: number }>();
  const models = new Map<string, { responses: number; last: number }>();
  const longPrompts = { usd: 0n, responses: 0 };
  for (const event of billed) {
    const at = Date.parse(event.occurredAt);
    const use = `${event.servedModel} ${String(workloadOf(event))}`;
    const used = models.get(use) ?? { responses: 0, last: -Infinity };
    models.set(use, { responses: used.responses + 1, last: Math.max(used.last, at) });
    const { total, lines } = costOf(event.usage, event.servedModel, at, query.book);
    if (total === null) continue;
    for (const { item, amount } of lines) byItem.set(item, (byItem.get(item) ?? 0n) + (amount ?? 0n));
    const prompt = promptTokens(event.usage.parts.reduce((sum, part) => addTokens(sum, part.tokens), NO_TOKENS));
    expect(prompt).toBe(promptTokens(totalTokens(event.usage)));
    for (const [map, name] of [
      [byWorkload, workloadOf(event)],
      [byModel, event.servedModel],
      [bySession, event.context.session],
    ] as const) {
      if (map === bySession && name === null) continue;
      const held = map.get(name) ?? { usd: 0n, responses: 0 };
      map.set(name, { usd: held.usd + total, responses: held.responses + 1 });
    }
    if (prompt <= query.longPromptTokens) continue;
    longPrompts.usd += total;
    longPrompts.responses += 1;
  }
  const distinct = (pick: (event: ResponseRecorded) => string | null): number =>
    new Set(responses.map(pick).filter((value) => value !== null)).size;
  const countOf = (some: readonly ResponseRecorded[], test: (event: ResponseRecorded) => boolean): number =>
    some.filter(test).length;
  const isEstimated = (event: ResponseRecorded): boolean => event.timing.startedAtProvenance !== "reported";
  const isClaudeCode = (event: ResponseRecorded): boolean => event.sources.includes("claude-code");
  return {
    byItem,
    byWorkload,
    byModel,
    bySession,
    models,
    rest: {
      longPrompts,
      ledgerResponses: events.filter((event) => event.type !== "RequestFailed").length,
      assumed: countOf(billed, ({ usage }) => usage.notes.length > 0),
      recorded: {
        responses: responses.length,
        startsEstimated: countOf(responses, isEstimated),
        fromClaudeCode: countOf(responses, isClaudeCode),
        days: [...new Set(responses.map((event) => calendar.day(Date.parse(event.occurredAt))))].sort(),
        sessions: distinct((event) => event.context.session),
        projects: distinct((event) => event.context.project),
        services: distinct((event) => event.context.service),
      },
      billed: { startsEstimated: countOf(billed, isEstimated), fromClaudeCode: countOf(billed, isClaudeCode) },
    },
  };
}
