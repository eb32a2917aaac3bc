import {
  calendarOf,
  costOf,
  listPriceBook,
  matches,
  querySpend,
  rowFilter,
  type RequestCompleted,
  type RowBatch,
  type SpendQuery,
} from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anAccount } from "../support/an-account.ts";
import { aRequestCompleted, aUsage } from "../support/builders.ts";
import { pricedRequests } from "../support/priced-requests.ts";
import { spendQueries } from "../support/queries.ts";
import { DEAD, inBatches } from "../support/row-batches.ts";
import { reratedByFolding, rowsByGroup, spendByFolding } from "./spend-by-folding.ts";

const ALL: SpendQuery = { by: [], where: [], since: null, until: null, timeZone: "UTC", book: listPriceBook() };

describe("spend of rows", () => {
  it("is what pricing every request by itself comes to, over any batches, and whoever does not count left out", () => {
    fc.assert(
      fc.property(pricedRequests, fc.array(fc.nat(7)), spendQueries, (events, places, query) => {
        const counting = events.filter((_, index) => places[index] !== DEAD);
        const { rerated, ...result } = querySpend(inBatches(events, places), query);
        expect({ ...result, rows: rowsByGroup(result.rows) }).toEqual(spendByFolding(counting, query));
        const differences = rerated.map(({ model, usd, usdThen }) => [model, usd - usdThen] as const);
        expect(new Map(differences.filter(([, difference]) => difference !== 0n))).toEqual(
          reratedByFolding(counting, query),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("is what a request costs by itself at every instant at which a price changes, and on either side of every limit", () => {
    const events = requestsAtEveryEdge();
    const book = listPriceBook();
    const { rows } = querySpend(inBatches(events, []), { ...ALL, by: ["service"] });
    const costs = events.map(({ usage, servedModel, occurredAt }) =>
      costOf(usage, servedModel, Date.parse(occurredAt), book),
    );
    const byService = new Map(rows.map((row) => [row.by["service"], row]));
    const spent = events.map(({ id }) => byService.get(id)).map((row) => [row?.usd, row?.unpricedRequests]);
    expect(spent).toEqual(costs.map(({ total }) => (total === null ? [0n, 1] : [total, 0])));
    expect(costs.filter(({ total }) => total !== null).length).toBeGreaterThan(costs.length / 3);
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

/** Each in a service of its own. */
function requestsAtEveryEdge(): RequestCompleted[] {
  const requests: RequestCompleted[] = [];
  for (const { model, effectiveFrom, promptTiers, fast } of listPriceBook().cards) {
    const changes = [effectiveFrom, ...(fast === null ? [] : [fast.from, fast.until ?? fast.from])];
    const tiers = [...promptTiers, ...(fast?.promptTiers ?? [])];
    const prompts = [1, ...tiers.flatMap(({ promptTokensAbove }) => [promptTokensAbove, promptTokensAbove + 1])];
    for (const at of new Set(changes.flatMap((change) => [change - 1, change]))) {
      for (const [uncachedInput, speed] of prompts.flatMap((prompt) => [
        [prompt, null] as const,
        [prompt, "fast"] as const,
      ])) {
        const id = `msg:${String(requests.length)}`;
        const usage = aUsage({ uncachedInput, output: 3 }, { speed });
        const occurredAt = new Date(at).toISOString();
        requests.push(aRequestCompleted({ id, occurredAt, servedModel: model, usage, context: { service: id } }));
      }
    }
  }
  return requests;
}

describe("a filter of rows", () => {
  it("keeps what the filter of events keeps", () => {
    fc.assert(
      fc.property(pricedRequests, spendQueries, (events, query) => {
        const calendar = calendarOf(query.timeZone);
        const wantedIn = rowFilter(query, calendar);
        const kept = inBatches(events, [0, 1, 2]).flatMap(({ rows }) => {
          const isWanted = wantedIn(rows);
          return Array.from({ length: rows.count }, (_, row) => row)
            .filter(isWanted)
            .map((row) => rows.details().id(row));
        });
        const expected = events.filter(matches(query, calendar)).map(({ id }) => id);
        expect(kept.sort()).toEqual(expected.sort());
      }),
    );
  });
});
