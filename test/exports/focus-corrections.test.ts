import { pruneLedger, type LedgerEvent } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aBrieflyClosedLedger, aClosedLedger, append, closed, OCTOBER, spent } from "../closing/closed-ledger.ts";
import { laterEvent } from "../closing/later-events.ts";
import { aLedger } from "../support/a-ledger.ts";
import { aPriceSet, aRequestCompleted, aUsage, aUsageCorrected } from "../support/builders.ts";
import { isFullRun } from "../support/full-run.ts";
import { runCli } from "../support/run-cli.ts";
import { focusOf, total, unitsOf, type FocusRecord } from "./focus-file.ts";
import { brokenRules } from "./focus-rules.ts";

const PERIOD = ["--period", "2026-10"];

const isRegular = (row: FocusRecord): boolean => row["ChargeClass"] === null;
const isOfOctober = (row: FocusRecord): boolean => (row["ChargePeriodStart"] ?? "").startsWith("2026-10");

/** 1,000 prompt tokens and 100 of output on Opus 5. */
function late(overrides: Parameters<typeof aRequestCompleted>[0]): LedgerEvent {
  return aRequestCompleted({ usage: aUsage({ uncachedInput: 1_000, output: 100 }), ...overrides });
}

/** What tells a correction: when it was incurred, how much, of what, for how much, and why. */
function told(rows: readonly FocusRecord[]): readonly string[] {
  return rows
    .filter((row) => !isRegular(row))
    .map((row) => {
      const why = row["ChargeDescription"]?.replace(/^.*; correction of /, "") ?? "";
      const day = row["ChargePeriodStart"]?.slice(0, 10) ?? "";
      return [day, row["PricingQuantity"] ?? "-", row["SkuMeter"] ?? "-", row["ListCost"], why].join(" | ");
    });
}

describe("corrections in FOCUS", () => {
  it("leave the closed figure as it was and come to the present one, whatever came, by the rules", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(laterEvent, { maxLength: 3 }),
        fc.array(laterEvent, { minLength: 1, maxLength: 6 }),
        async (before, after) => {
          const path = await aLedger([...OCTOBER, late({ id: "msg:unpriced", servedModel: "claude-haiku-9" })]);
          for (const event of before) await append(path, [event]);
          const { closed: closing } = await closed(path, "2026-10");
          const { rows: asClosed } = await focusOf(path);
          expect(asClosed.filter((row) => !isRegular(row))).toEqual([]);
          for (const event of after) await append(path, [event]);
          const { rows } = await focusOf(path);
          const now = await spent(path, ...PERIOD);
          const october = rows.filter(isOfOctober);
          expect(october.filter(isRegular)).toEqual(asClosed.filter(isOfOctober));
          expect(total(october.filter(isRegular), "ListCost")).toBe(unitsOf(closing.usd));
          expect(total(october, "ListCost")).toBe(unitsOf(now.total.usd));
          expect(total(rows, "ListCost")).toBe(unitsOf((await spent(path)).total.usd));
          expect(brokenRules(rows)).toEqual([]);
          expect(told(rows).filter((text) => text.includes("not explained"))).toEqual([]);
        },
      ),
      { numRuns: isFullRun ? 25 : 5 },
    );
  });

  it("are rows of their day and meter, each with its reason, in the first month that is open", async () => {
    const { path } = await aClosedLedger();
    await append(path, [
      late({ id: "msg:late", occurredAt: "2026-10-09T23:00:00.000Z", sources: ["sdk"] }),
      aUsageCorrected({ corrects: "msg:october-2", reason: "a load test" }),
      late({
        id: "msg:october-3",
        occurredAt: "2026-10-03T10:00:00.000Z",
        usage: aUsage({ uncachedInput: 1_000, output: 200 }),
      }),
      late({ id: "msg:november", occurredAt: "2026-11-02T10:00:00.000Z" }),
    ]);
    const { rows, result } = await focusOf(path);
    // 1,000 tokens at $5 a million and 100 at $25.
    expect(told(rows)).toEqual([
      "2026-10-09 | 1000 | Input Tokens | 0.005 | 2026-10-01 to 2026-11-01: recorded late, from sdk",
      "2026-10-09 | 100 | Output Tokens | 0.0025 | 2026-10-01 to 2026-11-01: recorded late, from sdk",
      "2026-10-03 | 100 | Output Tokens | 0.0025 | 2026-10-01 to 2026-11-01: seen again with other usage, time or service, from test",
      "2026-10-02 | -1000 | Input Tokens | -0.005 | 2026-10-01 to 2026-11-01: taken back: a load test",
      "2026-10-02 | -100 | Output Tokens | -0.0025 | 2026-10-01 to 2026-11-01: taken back: a load test",
    ]);
    expect(result.stdout).toContain("of FOCUS 1.2 to ");
    expect(result.stdout).toContain(", 5 corrections of closed periods among them: an estimate, not an invoice");
    const periodsOf = (of: readonly FocusRecord[]): readonly string[] => [
      ...new Set(of.map((row) => `${String(row["BillingPeriodStart"])} ${String(row["BillingPeriodEnd"])}`)),
    ];
    const november = "2026-11-01T00:00:00Z 2026-12-01T00:00:00Z";
    expect(periodsOf(rows.filter((row) => !isRegular(row)))).toEqual([november]);
    expect(periodsOf(rows.filter(isRegular))).toEqual(["2026-10-01T00:00:00Z 2026-11-01T00:00:00Z", november]);
    await closed(path, "2026-11", "--now", "2026-12-02");
    const later = await focusOf(path);
    expect(periodsOf(later.rows.filter((row) => !isRegular(row)))).toEqual([
      "2026-12-01T00:00:00Z 2027-01-01T00:00:00Z",
    ]);
    expect(total(later.rows, "ListCost")).toBe(total(rows, "ListCost"));
  });

  it("tell a response that was seen again and has a service, or was sent elsewhere, as seen again", async () => {
    const { path } = await aClosedLedger();
    const occurredAt = "2026-10-01T10:00:00.000Z";
    await append(path, [
      late({ id: "msg:october-1", occurredAt, context: { service: "shop" } }),
      late({
        id: "msg:october-2",
        occurredAt: "2026-10-02T10:00:00.000Z",
        requestedModel: "us.anthropic.claude-opus-5-v1:0",
      }),
    ]);
    const { rows } = await focusOf(path);
    const corrections = told(rows);
    expect(corrections).toHaveLength(8);
    const why = "2026-10-01 to 2026-11-01: seen again with other usage, time or service, from test";
    expect(corrections.filter((text) => !text.endsWith(why))).toEqual([]);
    expect(total(rows, "ListCost")).toBe(unitsOf("0.03"));
  });

  it("tell a price that became known since by what it is charged for", async () => {
    const path = await aLedger([...OCTOBER, late({ id: "msg:unpriced", servedModel: "claude-haiku-9" })]);
    await closed(path, "2026-10");
    const rates = { uncachedInput: "1", cacheWrite5m: "1", cacheWrite1h: "1", cacheRead: "1", output: "10" };
    const rest = { usGeography: false, regionalPremium: false, source: "annex 2", checkedOn: "2026-01-01" };
    const card = { model: "claude-haiku-9", effectiveFrom: "2026-01-01", rates, ...rest };
    await append(path, [aPriceSet({ occurredAt: "2026-11-25T00:00:00.000Z", card })]);
    expect(told((await focusOf(path)).rows)).toEqual([
      "2026-10-01 | 1000 | Input Tokens | 0.001 | 2026-10-01 to 2026-11-01: prices that became known since",
      "2026-10-01 | 100 | Output Tokens | 0.001 | 2026-10-01 to 2026-11-01: prices that became known since",
    ]);
  });

  it("are one sum where detail was pruned, and are said not to be told of a part", async () => {
    const { path, closing } = await aClosedLedger();
    await append(path, [late({ id: "msg:late" })]);
    await pruneLedger(path, { before: Date.parse("2026-11-01") });
    const { rows } = await focusOf(path);
    expect(told(rows)).toEqual([
      "2026-10-01 | - | - | 0.0075 | 2026-10-01 to 2026-11-01: cannot be told any more: what was there at the closing was pruned since",
    ]);
    expect(total(rows.filter(isRegular), "ListCost")).toBe(unitsOf(closing.usd));
    expect(total(rows, "ListCost")).toBe(unitsOf("0.0375"));
    expect(brokenRules(rows)).toEqual([]);
    const part = await focusOf(path, "--since", "2026-10-02");
    expect(part.rows.every(isRegular)).toBe(true);
    expect(part.result.stderr).toContain("closed, and what was corrected since is not told apart");
  });

  it("are told of a part of a period, and of some of its requests", async () => {
    const { path } = await aClosedLedger();
    await append(path, [
      late({ id: "msg:late-1", occurredAt: "2026-10-09T10:00:00.000Z", context: { service: "shop" } }),
      late({ id: "msg:late-2", occurredAt: "2026-10-20T10:00:00.000Z" }),
    ]);
    const part = await focusOf(path, "--since", "2026-10-04", "--until", "2026-10-10");
    expect(total(part.rows.filter(isRegular), "ListCost")).toBe(unitsOf("0.0075"));
    expect(total(part.rows, "ListCost")).toBe(unitsOf("0.015"));
    const some = await focusOf(path, "--where", "service=shop");
    expect(some.rows.map((row) => [row["ChargeClass"], row["SubAccountId"]])).toEqual([
      ["Correction", "shop"],
      ["Correction", "shop"],
    ]);
  });

  it("cut days where a period was closed in another zone", async () => {
    const events = ["2026-10-31T22:30:00.000Z", "2026-10-31T23:30:00.000Z"].map((occurredAt, index) =>
      late({ id: `msg:${String(index)}`, occurredAt }),
    );
    const path = await aLedger([...OCTOBER, ...events]);
    // Berlin is an hour ahead of UTC when October ends, and two when it begins.
    const { closed: closing } = await closed(path, "2026-10", "--tz", "Europe/Berlin");
    const { rows } = await focusOf(path);
    const ofLastDay = rows.filter((row) => (row["ChargePeriodStart"] ?? "").startsWith("2026-10-31"));
    expect(
      ofLastDay
        .filter((row) => row["SkuMeter"] === "Output Tokens")
        .map((row) =>
          ["ChargePeriodStart", "ChargePeriodEnd", "BillingPeriodStart", "BillingPeriodEnd"].map((name) => row[name]),
        ),
    ).toEqual([
      ["2026-10-31T00:00:00Z", "2026-10-31T23:00:00Z", "2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z"],
      ["2026-10-31T23:00:00Z", "2026-11-01T00:00:00Z", "2026-10-31T23:00:00Z", "2026-12-01T00:00:00Z"],
    ]);
    const ofPeriod = rows.filter((row) => row["BillingPeriodStart"] === "2026-09-30T22:00:00Z");
    expect(total(ofPeriod, "ListCost")).toBe(unitsOf(closing.usd));
    expect(brokenRules(rows)).toEqual([]);
  });

  it("are of the month after one that was closed in a zone ahead of UTC, or behind it", async () => {
    const periodsOf = async (zone: string): Promise<readonly string[]> => {
      const path = await aLedger([...OCTOBER, late({ id: "msg:1", occurredAt: "2026-10-01T02:00:00.000Z" })]);
      await closed(path, "2026-10", "--tz", zone);
      await append(path, [
        late({ id: "msg:late", occurredAt: "2026-10-20T10:00:00.000Z" }),
        late({ id: "msg:2", occurredAt: "2026-10-31T20:00:00.000Z" }),
        late({ id: "msg:3", occurredAt: "2026-11-20T20:00:00.000Z" }),
      ]);
      const { rows } = await focusOf(path);
      expect(brokenRules(rows)).toEqual([]);
      return [...new Set(rows.map((row) => `${String(row["BillingPeriodStart"])} ${String(row["BillingPeriodEnd"])}`))];
    };
    expect(await periodsOf("Asia/Tokyo")).toEqual([
      "2026-09-30T15:00:00Z 2026-10-31T15:00:00Z",
      "2026-10-31T15:00:00Z 2026-12-01T00:00:00Z",
    ]);
    expect(await periodsOf("America/New_York")).toEqual([
      "2026-09-01T00:00:00Z 2026-10-01T04:00:00Z",
      "2026-10-01T04:00:00Z 2026-11-01T04:00:00Z",
      "2026-11-01T04:00:00Z 2026-12-01T00:00:00Z",
    ]);
  });

  it("hold a closing that says another figure than its lines to its figure", async () => {
    const path = await aBrieflyClosedLedger("0.04");
    const { rows } = await focusOf(path);
    expect(told(rows)).toEqual([
      "2026-10-01 | - | - | -0.01 | 2026-10-01 to 2026-11-01: prices that became known since",
    ]);
    expect(total(rows.filter(isRegular), "ListCost")).toBe(unitsOf("0.04"));
    expect(total(rows, "ListCost")).toBe(unitsOf("0.03"));
  });

  it("are not told of several ledgers, which is said", async () => {
    const { path } = await aClosedLedger();
    await append(path, [late({ id: "msg:late" })]);
    const { rows, result } = await focusOf([path, await aLedger([late({ id: "msg:other" })])]);
    expect(rows.every(isRegular)).toBe(true);
    expect(result.stderr).toContain("2026-10-01T00:00:00.000Z to 2026-11-01T00:00:00.000Z; name one ledger");
    expect((await runCli(["export", "focus", "--format", "xml", "--output", "x"])).exitCode).toBe(2);
  });
});
