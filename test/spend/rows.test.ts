import {
  buildRows,
  GROUP_KEYS,
  listPriceBook,
  querySpend,
  type Condition,
  type GroupKey,
  type RequestFailed,
  type ResponseRecorded,
  type RowBatch,
  type SpendQuery,
} from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anAccount } from "../support/an-account.ts";
import { aRequestCompleted, aUsage } from "../support/builders.ts";
import { priceBooks, pricedRequests } from "../support/priced-requests.ts";
import { rowsByGroup, spendByFolding } from "./spend-by-folding.ts";

const keys = fc.subarray<GroupKey>([...GROUP_KEYS, "label:team"], { maxLength: 3 });

const conditions: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ key: fc.constant("day"), value: fc.constantFrom("2026-10-25", "2026-10-24") }),
  fc.record({ key: fc.constant("hour"), value: fc.constantFrom("2026-10-25T02", null) }),
  fc.record({ key: fc.constant("month"), value: fc.constantFrom("2026-10") }),
  fc.record({ key: fc.constant("model"), value: fc.constantFrom("claude-opus-5", null) }),
  fc.record({ key: fc.constant("workload"), value: fc.constantFrom("rag", "nightly", null) }),
  fc.record({ key: fc.constant("session"), value: fc.constantFrom("258c7280", "258c", null) }),
  fc.record({ key: fc.constant("label:team"), value: fc.constantFrom("a", null) }),
);

const instants = fc.option(fc.integer({ min: Date.UTC(2026, 9, 24), max: Date.UTC(2026, 9, 27) }), { nil: null });

const queries: fc.Arbitrary<SpendQuery> = fc.record({
  by: keys,
  where: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(conditions, { minLength: 1, maxLength: 2 }) },
  ),
  since: instants,
  until: instants,
  timeZone: fc.constantFrom("UTC", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "America/New_York"),
  book: priceBooks,
});

const ALL: SpendQuery = { by: [], where: [], since: null, until: null, timeZone: "UTC", book: listPriceBook() };
/** Where an event is put that does not count. */
const DEAD = 7;
const BATCHES = 3;

describe("spend of rows", () => {
  it("is what pricing every request by itself comes to, over any batches, and whoever does not count left out", () => {
    fc.assert(
      fc.property(pricedRequests, fc.array(fc.nat(7)), queries, (events, places, query) => {
        const counting = events.filter((_, index) => places[index] !== DEAD);
        const { rows, ...rest } = querySpend(inBatches(events, places), query);
        const expected = spendByFolding(counting, query);
        expect({ ...rest, rows: rowsByGroup({ ...rest, rows }) }).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it("is the same of an account, of batches and of batches that come later", async () => {
    const events = [aRequestCompleted({ id: "a" }), aRequestCompleted({ id: "b", servedModel: "claude-haiku-9" })];
    const query: SpendQuery = { ...ALL, by: ["model", "day"] };
    async function* later(): AsyncGenerator<RowBatch> {
      yield* inBatches(events, [1, 2]);
    }
    const ofAccount = querySpend(anAccount(events), query);
    expect(querySpend(inBatches(events, [1, 2]), query)).toEqual(ofAccount);
    expect(await querySpend(later(), query)).toEqual(ofAccount);
  });

  it("is exact past what a number holds", () => {
    const events = Array.from({ length: 9 }, (_, index) =>
      aRequestCompleted({
        id: String(index),
        servedModel: "claude-haiku-4-5",
        usage: aUsage({ uncachedInput: Number.MAX_SAFE_INTEGER - 1 }),
      }),
    );
    const { total } = querySpend(anAccount(events), ALL);
    // Haiku 4.5: 1 USD per million tokens is 1,000,000 picodollars per token.
    expect(total.usd).toBe(9n * BigInt(Number.MAX_SAFE_INTEGER - 1) * 1_000_000n);
  });
});

/** Events as rows of several batches, by place; those that do not count are marked as dead. */
function inBatches(events: readonly (ResponseRecorded | RequestFailed)[], places: readonly number[]): RowBatch[] {
  return Array.from({ length: BATCHES }, (_, batch) => {
    const here = events.filter((_event, index) => (places[index] ?? 0) % BATCHES === batch);
    const deadIds = new Set(events.filter((_event, index) => places[index] === DEAD).map(({ id }) => id));
    const rows = buildRows(here);
    const dead = Uint8Array.from({ length: rows.count }, (_row, row) => Number(deadIds.has(rows.details().id(row))));
    return { key: null, rows, dead };
  });
}
