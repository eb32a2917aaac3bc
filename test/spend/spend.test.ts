import {
  formatUsd,
  listPriceBook,
  parseInstant,
  querySpend,
  sum,
  type ResponseRecorded,
  type SpendQuery,
} from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anAccount } from "../support/an-account.ts";
import { aRequestCompleted, aRequestFailed, aRequestInterrupted, aUsage } from "../support/builders.ts";

const ALL: SpendQuery = { by: [], where: [], since: null, until: null, timeZone: "UTC", book: listPriceBook() };
const MTOK = 1_000_000;

describe("spend", () => {
  it("sums what responses cost at list prices, by hand: Opus 5 at 5 and 25, Haiku 4.5 at 1 and 5 USD/MTok", () => {
    const account = anAccount([
      aRequestCompleted({
        id: "a",
        servedModel: "claude-opus-5",
        usage: aUsage({ uncachedInput: MTOK, output: 1000 }),
      }),
      aRequestCompleted({ id: "b", servedModel: "claude-haiku-4-5", usage: aUsage({ cacheWrite1h: 500, output: 2 }) }),
    ]);
    const { total, rows } = querySpend(account, { ...ALL, by: ["model"] });
    expect(formatUsd(total.usd)).toBe("5.02601");
    expect(total).toMatchObject({ requests: 2, unpricedRequests: 0, failed: 0 });
    expect(rows.map(({ by, usd }) => [by, formatUsd(usd)])).toEqual([
      [{ model: "claude-opus-5" }, "5.025"],
      [{ model: "claude-haiku-4-5" }, "0.00101"],
    ]);
  });

  it("counts unpriced responses with their tokens and leaves them out of the amount", () => {
    const account = anAccount([
      aRequestCompleted({ id: "a", usage: aUsage({ output: 1000 }) }),
      aRequestCompleted({ id: "b", servedModel: "claude-haiku-9", usage: aUsage({ uncachedInput: 7, output: 3 }) }),
    ]);
    const { total, rows, unpriced } = querySpend(account, { ...ALL, by: ["model"] });
    expect(formatUsd(total.usd)).toBe("0.025");
    expect(total).toMatchObject({ requests: 2, unpricedRequests: 1 });
    expect(total.tokens).toMatchObject({ uncachedInput: 7, output: 1003 });
    expect(rows[1]).toMatchObject({ by: { model: "claude-haiku-9" }, requests: 1, unpricedRequests: 1 });
    expect(unpriced).toEqual([
      expect.objectContaining({ model: "claude-haiku-9", reason: "unknown-model", requests: 1 }),
    ]);
    expect(unpriced[0]?.tokens).toMatchObject({ uncachedInput: 7, output: 3 });
  });

  it("keeps apart what somebody else pays for, or nobody", () => {
    const account = anAccount([
      aRequestCompleted({ id: "a", billedTo: "user-profile" }),
      aRequestCompleted({ id: "b", billedTo: "nobody" }),
    ]);
    const result = querySpend(account, { ...ALL, by: ["model"] });
    expect(result.total).toMatchObject({ requests: 0, usd: 0n });
    expect(result.rows).toEqual([]);
    expect(result.notBilled).toMatchObject({ requests: 2, tokens: { uncachedInput: 200, output: 20 } });
  });

  it("counts failures, and those that may have been billed, under the same filter", () => {
    const account = anAccount(
      [],
      [
        aRequestFailed({ id: "a", context: { service: "rag" } }),
        aRequestFailed({ id: "b", context: { service: "rag" }, cost: "unknown" }),
        aRequestFailed({ id: "c", context: { service: "chat" } }),
      ],
    );
    const { total } = querySpend(account, { ...ALL, where: [{ key: "service", value: "rag" }] });
    expect(total).toMatchObject({ failed: 2, failedAtUnknownCost: 1, requests: 0 });
  });

  it("counts responses whose output is a lower bound", () => {
    const account = anAccount([aRequestCompleted({ id: "a" }), aRequestInterrupted({ id: "b" })]);
    expect(querySpend(account, ALL).lowerBoundRequests).toBe(1);
  });

  it("counts thinking within output, never beside it", () => {
    const account = anAccount([aRequestCompleted({ usage: aUsage({ output: 100 }, { thinkingTokens: 60 }) })]);
    const { total } = querySpend(account, ALL);
    expect(total.tokens).toMatchObject({ output: 100, thinking: 60 });
    expect(formatUsd(total.usd)).toBe("0.0025");
  });

  it("shows the priority tier's list price as notional", () => {
    const usage = aUsage({ output: 1000 }, { serviceTier: "priority" });
    const { notional } = querySpend(anAccount([aRequestCompleted({ usage })]), ALL);
    expect([notional.requests, formatUsd(notional.usd)]).toEqual([1, "0.025"]);
  });

  it("takes since inclusively and until exclusively", () => {
    const account = anAccount(
      ["2026-10-01T00:00:00.000Z", "2026-10-01T23:59:59.999Z", "2026-10-02T00:00:00.000Z"].map((occurredAt, index) =>
        aRequestCompleted({ id: String(index), occurredAt }),
      ),
    );
    const day = { since: parseInstant("2026-10-01"), until: parseInstant("2026-10-02") };
    expect(querySpend(account, { ...ALL, ...day }).total.requests).toBe(2);
  });

  it("cuts days in the zone asked for", () => {
    const account = anAccount([aRequestCompleted({ occurredAt: "2026-10-01T22:30:00.000Z" })]);
    const day = (timeZone: string): unknown => querySpend(account, { ...ALL, timeZone, by: ["day"] }).rows[0]?.by;
    expect(day("UTC")).toEqual({ day: "2026-10-01" });
    expect(day("Europe/Berlin")).toEqual({ day: "2026-10-02" });
  });

  it("orders equal amounts by the groups' values, absent ones first", () => {
    const sessions = ["b", null, "a"];
    const account = anAccount(
      sessions.map((session, index) => aRequestCompleted({ id: String(index), context: { session } })),
    );
    const { rows } = querySpend(account, { ...ALL, by: ["session"] });
    expect(rows.map(({ by }) => by["session"])).toEqual([null, "a", "b"]);
  });

  it("takes the shown beginning of a session id for the session", () => {
    const session = "258c7280-8f3e-4a3e-9c49-4bd0a4f3e0aa";
    const account = anAccount([aRequestCompleted({ context: { session } })]);
    const found = (value: string): number =>
      querySpend(account, { ...ALL, where: [{ key: "session", value }] }).total.requests;
    expect([found(session), found("258c7280"), found("258c"), found("258c7281")]).toEqual([1, 1, 0, 0]);
  });
});

describe("any spend", () => {
  const response = fc.record({
    servedModel: fc.constantFrom("claude-opus-5", "claude-haiku-5-5", "claude-sonnet-5-5", "claude-haiku-9"),
    occurredAt: fc
      .integer({ min: Date.UTC(2026, 9, 1), max: Date.UTC(2026, 10, 20) })
      .map((instant) => new Date(instant).toISOString()),
    project: fc.constantFrom("viewer", null),
    uncachedInput: fc.nat(150_000),
    cacheRead: fc.nat(150_000),
    output: fc.nat(5000),
  });
  const responses = fc.array(response, { maxLength: 40 }).map((drafts) =>
    drafts.map(({ servedModel, occurredAt, project, ...tokens }, index): ResponseRecorded =>
      aRequestCompleted({
        id: `msg:${String(index)}`,
        servedModel,
        occurredAt,
        context: { project },
        usage: aUsage(tokens),
      }),
    ),
  );

  it("is the sum of its groups, whatever they are", () => {
    const keys = fc.subarray(["day", "hour", "month", "model", "project", "source"] as const, { minLength: 1 });
    fc.assert(
      fc.property(responses, keys, (events, by) => {
        const { total, rows } = querySpend(anAccount(events), { ...ALL, by });
        expect(sum(rows.map(({ usd }) => usd))).toBe(total.usd);
        expect(rows.reduce((count, row) => count + row.requests, 0)).toBe(total.requests);
        expect(rows.reduce((count, row) => count + row.tokens.cacheRead, 0)).toBe(total.tokens.cacheRead);
      }),
    );
  });

  it("is the sum of what comes before an instant and what comes after", () => {
    const instants = fc.integer({ min: Date.UTC(2026, 8, 30), max: Date.UTC(2026, 10, 21) });
    fc.assert(
      fc.property(responses, instants, (events, cut) => {
        const account = anAccount(events);
        const before = querySpend(account, { ...ALL, until: cut });
        const after = querySpend(account, { ...ALL, since: cut });
        expect(before.total.usd + after.total.usd).toBe(querySpend(account, ALL).total.usd);
      }),
    );
  });
});
