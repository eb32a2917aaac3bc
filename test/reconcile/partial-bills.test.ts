import { money, parseUsd, sum, type Bill, type BillCostLine, type BillUsageLine } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { aRequestCompleted, aUsage } from "../support/builders.ts";
import { reconciled } from "./organisation.ts";

const DAY = 86_400_000;
const from = Date.parse("2026-10-05T00:00:00Z");
const span = { from, until: from + DAY };
/** A million tokens of Haiku 4.5's output: $5. */
const call = aRequestCompleted({
  occurredAt: "2026-10-05T10:00:00.000Z",
  servedModel: "claude-haiku-4-5",
  usage: aUsage({ output: 1_000_000 }, { webSearchRequests: 0 }),
});
const names = ["model", "service_tier"];
const dimensions = { model: "claude-haiku-4-5-20251001", service_tier: "standard" };

function costLine(usd: string, own: Partial<BillCostLine> = {}): BillCostLine {
  const tokens = { ...dimensions, cost_type: "tokens", token_type: "output_tokens" };
  const [list, billed] = [parseUsd(usd), parseUsd(usd)];
  return { ...span, kind: "analytics-cost", dimensions: tokens, requests: null, list, billed, ...own };
}

function usageLine(output: number, own: Partial<BillUsageLine> = {}): BillUsageLine {
  const tokens = { uncachedInput: 0, cacheWrite5m: 0, cacheWrite1h: 0, cacheRead: 0, output };
  return { ...span, kind: "analytics-usage", dimensions, requests: 1, tokens, webSearchRequests: null, ...own };
}

function aBill(cost: readonly BillCostLine[], usage: readonly BillUsageLine[], own: Partial<Bill["usage"]> = {}): Bill {
  const told = { covered: [span], incomplete: [], leftOut: 0, refreshedAt: from + 9 * DAY };
  return {
    cost: { ...told, groupedBy: [...names, "cost_type", "token_type"], lines: cost },
    usage: { ...told, groupedBy: names, lines: usage, ...own },
    stated: [],
  };
}

describe("a bill that tells a part", () => {
  it("leaves nothing open where both sides are the same, whatever a dated id is called", async () => {
    const { parts, residualUsd } = await reconciled(aBill([costLine("5")], [usageLine(1_000_000)]), [call]);
    expect([parts, residualUsd]).toEqual([[], 0n]);
  });

  it("is compared by amounts alone where its usage is incomplete, or is of half a day", async () => {
    const half = { covered: [{ from, until: from + DAY / 2 }] };
    for (const own of [{ incomplete: [span] }, half]) {
      const { parts } = await reconciled(aBill([costLine("5")], [usageLine(400_000)], own), [call]);
      expect(parts).toEqual([]);
    }
  });

  it("is not compared on a day of which it tells a part", async () => {
    const bill = aBill([costLine("5")], [usageLine(1_000_000)]);
    const { ledger, bill: said } = await reconciled(
      { ...bill, cost: { ...bill.cost, covered: [{ from, until: from + DAY / 2 }] } },
      [call],
    );
    expect([said.listUsd, ledger.usd, ledger.notComparedUsd]).toEqual([0n, 0n, parseUsd("5")]);
  });

  it("does not take searches it does not count for none", async () => {
    const searching = aRequestCompleted({ ...call, usage: { ...call.usage, webSearchRequests: 10 } });
    const searches = costLine("0.1", { dimensions: { cost_type: "web_search" } });
    const { parts, residualUsd } = await reconciled(aBill([costLine("5"), searches], [usageLine(1_000_000)]), [
      searching,
    ]);
    expect([parts, residualUsd]).toEqual([[], 0n]);
  });

  it("leaves prepaid usage out on both sides", async () => {
    const prepaid = aRequestCompleted({
      ...call,
      id: "msg:prepaid",
      usage: { ...call.usage, serviceTier: "priority" },
    });
    const usage = [
      usageLine(1_000_000),
      usageLine(1_000_000, { dimensions: { ...dimensions, service_tier: "priority" } }),
    ];
    const { parts, ledger } = await reconciled(aBill([costLine("5")], usage), [call, prepaid]);
    expect([parts, ledger.notionalUsd]).toEqual([[], parseUsd("5")]);
  });

  it("of one amount for a day compares that day alone, and counts no day twice", async () => {
    const later = aRequestCompleted({ ...call, id: "msg:later", occurredAt: "2026-10-06T10:00:00.000Z" });
    const stated = (days: number, usd: string): Bill["stated"][number] => ({
      from,
      until: from + days * DAY,
      billed: parseUsd(usd),
      dimensions: {},
      statedAt: from + 9 * DAY,
    });
    const nothing = { lines: [], covered: [], groupedBy: [], incomplete: [], leftOut: 0, refreshedAt: null };
    const of = (amounts: Bill["stated"]): Bill => ({ cost: nothing, usage: nothing, stated: amounts });
    const day = await reconciled(of([stated(1, "7")]), [call, later]);
    expect([day.residualUsd, day.ledger.notComparedUsd]).toEqual([parseUsd("2"), parseUsd("5")]);
    const both = await reconciled(of([stated(1, "7"), stated(2, "11")]), [call, later]);
    expect([both.bill.listUsd, both.residualUsd]).toEqual([parseUsd("11"), parseUsd("1")]);
    expect(sum(both.parts.map(({ usd }) => usd))).toBe(money(both.residualUsd));
  });
});
