import {
  calendarOf,
  costOf,
  listPriceBook,
  matches,
  promptTokens,
  queryRequests,
  totalTokens,
  type RequestDetails,
  type RequestFailed,
  type RequestOrder,
  type RequestsQuery,
  type ResponseRecorded,
  type RowBatch,
} from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anAccount } from "../support/an-account.ts";
import { aRequestCompleted, aUsage } from "../support/builders.ts";
import { pricedRequests } from "../support/priced-requests.ts";
import { spendQueries } from "../support/queries.ts";
import { DEAD, inBatches } from "../support/row-batches.ts";

const QUERY = { where: [], since: null, until: null, timeZone: "UTC", book: listPriceBook(), limit: null };

const ACCOUNT = anAccount([
  aRequestCompleted({ id: "dear", occurredAt: "2026-10-03T00:00:00.000Z", usage: aUsage({ output: 900 }) }),
  aRequestCompleted({ id: "long", occurredAt: "2026-10-02T00:00:00.000Z", usage: aUsage({ cacheRead: 5000 }) }),
  aRequestCompleted({ id: "early", occurredAt: "2026-10-01T00:00:00.000Z", usage: aUsage({ output: 1 }) }),
  aRequestCompleted({ id: "unpriced", servedModel: "claude-haiku-9", usage: aUsage({ output: 9000 }) }),
  aRequestCompleted({ id: "theirs", billedTo: "user-profile" }),
]);

function ids(sort: RequestOrder, limit: number | null = null): string[] {
  return queryRequests(ACCOUNT, { ...QUERY, sort, limit }).rows.map(({ response }) => response.id);
}

describe("requests", () => {
  it("come largest first by cost, unpriced ones last", () => {
    expect(ids("usd")).toEqual(["dear", "long", "early", "unpriced"]);
  });

  it("come largest first by tokens", () => {
    expect(ids("tokens")).toEqual(["unpriced", "long", "dear", "early"]);
  });

  it("come earliest first by time", () => {
    expect(ids("time")).toEqual(["early", "unpriced", "long", "dear"]);
  });

  it("are limited after ordering, and the count of all is kept", () => {
    expect(ids("usd", 2)).toEqual(["dear", "long"]);
    expect(queryRequests(ACCOUNT, { ...QUERY, sort: "usd", limit: 2 }).matched).toBe(4);
  });
});

describe("requests of rows", () => {
  const orders = fc.constantFrom<RequestOrder>("usd", "tokens", "time");
  const limits = fc.constantFrom(null, 0, 1, 3, 10);

  it("are those that sorting all of them by cost, tokens or time puts first, over any batches", () => {
    fc.assert(
      fc.property(
        fc.tuple(pricedRequests, fc.array(fc.nat(7)), spendQueries, orders, limits),
        ([events, places, filter, sort, limit]) => {
          const counting = events.filter((_, index) => places[index] !== DEAD);
          const query: RequestsQuery = { ...filter, sort, limit };
          const { rows, matched } = queryRequests(inBatches(events, places), query);
          const sorted = sortedByHand(counting, query);
          expect(matched).toBe(sorted.length);
          const found = rows.map(({ response, cost }) => [response.id, cost.total, cost.reason]);
          expect(found).toEqual(sorted.slice(0, limit ?? sorted.length).map(({ row }) => row));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("do not keep a batch that was passed", async () => {
    const read: number[] = [];
    async function* batches(): AsyncGenerator<RowBatch> {
      for (const [index, batch] of inBatches(
        ["a", "b", "c"].map((id) => aRequestCompleted({ id })),
        [0, 1, 2],
      ).entries()) {
        let passed = false;
        const details = (): RequestDetails => {
          if (passed) throw new Error("the batch was let go");
          read.push(index);
          return batch.rows.details();
        };
        yield { ...batch, rows: { ...batch.rows, details } };
        passed = true;
      }
    }
    const { rows } = await queryRequests(batches(), { ...QUERY, sort: "time", limit: 3 });
    expect(rows.map(({ response }) => response.id)).toEqual(["a", "b", "c"]);
    expect(new Set(read)).toEqual(new Set([0, 1, 2]));
  });
});

/** Every request with all that decides its place, in the order asked for. */
function sortedByHand(
  events: readonly (ResponseRecorded | RequestFailed)[],
  query: RequestsQuery,
): { readonly row: readonly unknown[] }[] {
  const priced = events
    .filter(matches(query, calendarOf(query.timeZone)))
    .filter((event) => event.type !== "RequestFailed")
    .filter((event) => event.billedTo === "self")
    .map((event) => {
      const cost = costOf(event.usage, event.servedModel, Date.parse(event.occurredAt), query.book);
      const tokens = totalTokens(event.usage);
      const rank = {
        usd: cost.total === null ? 1n : -cost.total,
        tokens: -BigInt(promptTokens(tokens) + tokens.output),
        time: 0n,
      }[query.sort];
      return { rank, at: event.occurredAt, id: event.id, row: [event.id, cost.total, cost.reason] };
    });
  return priced.sort((a, b) => {
    if (a.rank !== b.rank) return a.rank < b.rank ? -1 : 1;
    return `${a.at} ${a.id}` < `${b.at} ${b.id}` ? -1 : 1;
  });
}
