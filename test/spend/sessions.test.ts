import { buildRows, foldAccount, listPriceBook, openView, queryTotals, type TotalsQuery } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aRequestCompleted, aUsage } from "../support/builders.ts";
import { aLedgerOfSegments } from "../support/many-segments.ts";

const QUERY: TotalsQuery = {
  where: [],
  since: null,
  until: null,
  timeZone: "UTC",
  book: listPriceBook(),
  longPromptTokens: 100_000,
  sessionsMax: 1_000,
};

/** UUIDs, some of which differ in one digit, and texts that look like one. */
const names = fc.oneof(
  fc.uuid(),
  fc.nat(9).map((digit) => `0198c2d4-0000-7000-8000-00000000000${String(digit)}`),
  fc.nat(9).map((digit) => `0000000${String(digit)}-ffff-ffff-ffff-ffffffffffff`),
  fc.constantFrom("", "s", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", "ü198c2d4-0000-7000-8000-000000000000"),
);

describe("sums by session", () => {
  it("tell every name apart, read from column files or from events", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(names, { minLength: 1, maxLength: 9 }), { minLength: 1, maxLength: 3 }),
        async (logs) => {
          const events = logs.map((log, writer) =>
            log.map((session, index) =>
              aRequestCompleted({
                id: `${String(writer)} ${String(index)}`,
                context: { session },
                usage: aUsage({ output: 2 ** index }),
              }),
            ),
          );
          const view = await openView([await aLedgerOfSegments(events, 3)]);
          const expected = new Map<string, number>();
          for (const { context, usage } of events.flat()) {
            const { session } = context;
            const output = usage.parts[0]?.tokens.output ?? 0;
            if (session !== null) expected.set(session, (expected.get(session) ?? 0) + output);
          }
          const account = queryTotals(foldAccount(events.flat()), QUERY);
          const { bySession, recorded } = await queryTotals(view.batches(), QUERY);
          expect(bySession).toEqual(account.bySession);
          expect(recorded.sessions).toBe(expected.size);
          const perToken = account.spend.total.usd / BigInt(account.spend.total.tokens.output || 1);
          expect(new Map(bySession?.map(({ name, usd }) => [name, Number(usd / (perToken || 1n))]))).toEqual(expected);
        },
      ),
      { numRuns: 30 },
    );
  });

  it("list the dearest first, of those that cost the same by name, however few are asked for", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(6), { maxLength: 60 }), fc.integer({ min: 0, max: 5 }), (outputs, sessionsMax) => {
        const events = outputs.map((output, index) =>
          aRequestCompleted({
            id: String(index),
            context: { session: `s${String((index * 7) % 61)}` },
            usage: aUsage({ output }),
          }),
        );
        const batch = { key: null, rows: buildRows(events), dead: null };
        const all = queryTotals([batch], { ...QUERY, sessionsMax: 1_000 }).bySession ?? [];
        const inOrder = all.toSorted((a, b) => Number(b.usd - a.usd) || (a.name < b.name ? -1 : 1));
        expect(all).toEqual(inOrder);
        expect(queryTotals([batch], { ...QUERY, sessionsMax }).bySession).toEqual(inOrder.slice(0, sessionsMax));
      }),
      { numRuns: 200 },
    );
  });

  it("are exact over more records than are kept as they come", () => {
    const sessions = ["b", "0198c2d4-0000-7000-8000-000000000001", "a"];
    const rows = buildRows(
      Array.from({ length: 600 }, (_, index) =>
        aRequestCompleted({
          id: String(index),
          context: { session: sessions[index] ?? `s${String(index)}` },
          usage: aUsage({ output: 1 + index }),
        }),
      ),
    );
    const repeats = 1_000;
    const once = queryTotals([{ key: null, rows, dead: null }], QUERY).bySession ?? [];
    const all = queryTotals(
      Array.from({ length: repeats }, () => ({ key: null, rows, dead: null })),
      QUERY,
    ).bySession;
    expect(once.length).toBe(600);
    expect(all).toEqual(
      once.map(({ name, usd, responses }) => ({ name, usd: usd * BigInt(repeats), responses: responses * repeats })),
    );
  });
});
