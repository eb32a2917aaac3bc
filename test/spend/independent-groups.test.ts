import {
  foldAccount,
  listPriceBook,
  queryIndependentGroups,
  querySpend,
  type GroupTotals,
  type ResponseRecorded,
  type RowBatch,
} from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GroupSums } from "../../packages/ledger/src/projections/group-sums.ts";
import { rowsOfAccount } from "../../packages/ledger/src/projections/row-batches.ts";
import { aConversation } from "../support/conversation.ts";

const WHOLE = { where: [], since: null, until: null, timeZone: "UTC", book: listPriceBook() };

describe("groups that are known by a hash", () => {
  it("are put together where there are too many, the same whatever the order, and lose nothing", () => {
    fc.assert(
      fc.property(
        fc
          .array(fc.tuple(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.nat(1000)), { minLength: 1, maxLength: 300 })
          .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([all, shuffled]) => {
          const sumsOf = (adds: readonly (readonly [number, number])[]): readonly number[][] => {
            const sums = new GroupSums(2, 16);
            for (const [hash, value] of adds) sums.add(hash, [1, value]);
            return sums.all().map((each) => [...each]);
          };
          const sums = sumsOf(all);
          expect(sumsOf(shuffled)).toEqual(sums);
          expect(sums.length).toBeLessThanOrEqual(16);
          const total = (place: number): number => sums.reduce((sum, each) => sum + (each[place] ?? 0), 0);
          expect([total(0), total(1)]).toEqual([all.length, all.reduce((sum, [, value]) => sum + value, 0)]);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("are each by itself where there are few", () => {
    const sums = new GroupSums(1);
    for (const hash of [7, 0, 4_294_967_295, 7]) sums.add(hash, [1]);
    expect(sums.all().map((each) => [...each])).toEqual([[1], [2], [1]]);
  });
});

describe("responses by what of them is independent", () => {
  it("are, by session, what spend by session says", async () => {
    const uuid = "0f8fad5b-d9cb-469f-a165-70867728950e";
    const events = ["a", "b", uuid].flatMap((name, place) =>
      aConversation(
        Array.from({ length: 3 }, (_, step) => ({
          at: step * 60,
          uncachedInput: 100 * place,
          cacheRead: 7,
          output: 10,
        })),
        { name, startedAt: "2026-10-01T08:00:00.000Z" },
      ),
    );
    const groups = await queryIndependentGroups(batchOf(events), WHOLE);
    const { rows } = querySpend(foldAccount(events), { ...WHOLE, by: ["session"] });
    expect(sorted(groups.sessions)).toEqual(
      sorted(
        rows.map(({ usd, requests, tokens }) => ({
          usd: Number(usd) / 1e12,
          priced: requests,
          cacheRead: tokens.cacheRead,
          prompt: tokens.cacheRead + tokens.uncachedInput,
        })),
      ),
    );
    expect([groups.single, groups.days]).toEqual([[], []]);
  });

  it("are single responses, and local days, where there is no session", async () => {
    const events = aConversation(
      [0, 60, 86_400].map((at) => ({ at, uncachedInput: at + 1, overrides: { context: { session: null } } })),
      { startedAt: "2026-10-01T22:30:00.000Z" },
    );
    const groups = await queryIndependentGroups(batchOf(events), { ...WHOLE, timeZone: "Europe/Berlin" });
    expect(groups.sessions).toEqual([]);
    expect(sorted(groups.single).map(({ prompt }) => prompt)).toEqual([1, 61, 86_401]);
    // 00:30 and 00:31 on the second of October in Berlin, and 00:30 on the third.
    expect(sorted(groups.days).map(({ prompt }) => prompt)).toEqual([62, 86_401]);
  });
});

function sorted(all: readonly GroupTotals[]): readonly GroupTotals[] {
  return [...all].sort((a, b) => a.prompt - b.prompt);
}

async function* batchOf(events: readonly ResponseRecorded[]): AsyncGenerator<RowBatch> {
  yield await Promise.resolve(rowsOfAccount(foldAccount(events)));
}
