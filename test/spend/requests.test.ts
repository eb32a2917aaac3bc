import { listPriceBook, queryRequests, type RequestOrder } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { anAccount } from "../support/an-account.ts";
import { aRequestCompleted, aUsage } from "../support/builders.ts";

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
