import {
  money,
  parseUsd,
  sum,
  type Bill,
  type BillCostLine,
  type BillUsageLine,
  type RequestCompleted,
} from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkLimit } from "../../packages/advisor/src/reconcile/residual-limit.ts";
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

  it("tells long prompts from short ones where it is grouped by context windows", async () => {
    const long = aRequestCompleted({
      id: "msg:long",
      occurredAt: "2026-10-05T11:00:00.000Z",
      servedModel: "claude-sonnet-4-5",
      usage: aUsage({ uncachedInput: 300_000 }, { webSearchRequests: 0 }),
    });
    const row = { model: "claude-sonnet-4-5", service_tier: "standard" };
    const lineOf = (context_window: string, usd: string): BillCostLine =>
      costLine(usd, {
        dimensions: { ...row, context_window, cost_type: "tokens", token_type: "uncached_input_tokens" },
      });
    const usageOf = (context_window: string, uncachedInput: number): BillUsageLine => {
      const tokens = { uncachedInput, cacheWrite5m: 0, cacheWrite1h: 0, cacheRead: 0, output: 0 };
      return usageLine(0, { dimensions: { ...row, context_window }, tokens });
    };
    // $6 a million above 200,000 tokens, $3 below: 100,000 tokens of a short prompt were never recorded.
    const bill = aBill(
      [lineOf("200k-1M", "1.8"), lineOf("0-200k", "0.3")],
      [usageOf("200k-1M", 300_000), usageOf("0-200k", 100_000)],
    );
    const withWindows = {
      ...bill,
      cost: { ...bill.cost, groupedBy: [...bill.cost.groupedBy, "context_window"] },
      usage: { ...bill.usage, groupedBy: [...bill.usage.groupedBy, "context_window"] },
    };
    const { parts } = await reconciled(withWindows, [long]);
    expect(parts.map((part) => [part.dimensions.contextWindow, part.usd, part.quantity])).toEqual([
      ["0-200k", parseUsd("0.3"), 100_000n],
    ]);
  });

  it("of which a row takes something off tells credits apart from prices", async () => {
    const bill = aBill([costLine("5"), costLine("-2")], [usageLine(1_000_000)]);
    const { parts, residualUsd } = await reconciled(bill, [call]);
    expect(residualUsd).toBe(parseUsd("-2"));
    expect(parts.map(({ class: kind, cause, usd }) => [kind, cause, usd])).toEqual([
      ["unexplained", "credited", parseUsd("-2")],
    ]);
  });

  it("may be off by more where list amounts are reckoned back from rounded ones after a discount", async () => {
    // Half off: $2.50 rounded to $2.50005 is $0.0001 more at list, which is no other price.
    const line = costLine("5", { list: null, billed: parseUsd("2.50005") });
    const { parts } = await reconciled(aBill([line], [usageLine(1_000_000)]), [call], undefined, "50");
    expect(parts.map(({ class: kind, usd }) => [kind, usd])).toEqual([["rounding", parseUsd("0.0001")]]);
    const more = costLine("5", { list: null, billed: parseUsd("2.50006") });
    const other = await reconciled(aBill([more], [usageLine(1_000_000)]), [call], undefined, "50");
    expect(other.parts.map(({ class: kind }) => kind)).toEqual(["mispriced"]);
  });
});

describe("a bill of two days", () => {
  const two = { from, until: from + 2 * DAY };
  const next = { from: from + DAY, until: two.until };
  const calls = (first: number, second: number): readonly RequestCompleted[] =>
    [first, second].map((millions, index) =>
      aRequestCompleted({
        ...call,
        id: `msg:${String(index)}`,
        occurredAt: `2026-10-0${String(5 + index)}T10:00:00.000Z`,
        usage: aUsage({ output: millions * 1_000_000 }, { webSearchRequests: 0 }),
      }),
    );
  const billOf = (first: number, second: number): Bill => {
    const bill = aBill(
      [costLine(String(5 * first)), costLine(String(5 * second), next)],
      [usageLine(first * 1_000_000), usageLine(second * 1_000_000, next)],
    );
    return { ...bill, cost: { ...bill.cost, covered: [two] }, usage: { ...bill.usage, covered: [two] } };
  };

  it("never sets what is missing on one off against what is too much on the other", async () => {
    const found = await reconciled(billOf(3, 1), calls(1, 3));
    expect([found.residualUsd, found.parts.map(({ usd }) => usd)]).toEqual([0n, [parseUsd("10"), parseUsd("-10")]]);
    expect(checkLimit("residual", { usd: parseUsd("19.99") }, found)).toMatchObject({
      foundUsd: parseUsd("20"),
      holds: false,
    });
  });

  it("explains by a batch of which nothing was read only the time in which that ran", async () => {
    const withoutTier = (bill: Bill): Bill => ({
      ...bill,
      cost: { ...bill.cost, groupedBy: ["model", "cost_type", "token_type"] },
      usage: { ...bill.usage, groupedBy: ["model"] },
    });
    const running = { unreadBatches: [{ from: two.from - 2 * DAY, until: two.from - DAY }] };
    const long = await reconciled(withoutTier(billOf(3, 1)), calls(1, 1), undefined, null, running);
    expect(long.parts.map(({ cause }) => cause)).toEqual(["unknown"]);
    const then = await reconciled(withoutTier(billOf(3, 1)), calls(1, 1), undefined, null, { unreadBatches: [span] });
    expect(then.parts.map(({ class: kind, cause }) => [kind, cause])).toEqual([["late", "batch-results-unread"]]);
  });

  it("lets items of a batch be late, with their key, where another call of that time has none", async () => {
    const keyed = { ...dimensions, service_tier: "batch", api_key_id: "k1" };
    const ended = aRequestCompleted({
      ...call,
      id: "batch:b1/item",
      occurredAt: "2026-10-06T09:00:00.000Z",
      ids: { message: null, batch: "b1", custom: "item" },
      timing: { startedAt: "2026-10-05T10:00:00.000Z", startedAtProvenance: "reported" },
      labels: { "api-key": "k1" },
      usage: aUsage({ output: 1_000_000 }, { serviceTier: "batch", webSearchRequests: 0 }),
    });
    const unlabelled = aRequestCompleted({
      ...call,
      id: "msg:unlabelled",
      occurredAt: "2026-10-06T10:00:00.000Z",
      usage: aUsage({ output: 1_000_000 }, { serviceTier: "batch", webSearchRequests: 0 }),
    });
    const tokens = { cost_type: "tokens", token_type: "output_tokens" };
    const bill = aBill(
      [
        costLine("2.5", { dimensions: { ...keyed, ...tokens } }),
        costLine("2.5", { ...next, dimensions: { ...keyed, ...tokens, api_key_id: "k2" } }),
      ],
      [
        usageLine(1_000_000, { dimensions: keyed }),
        usageLine(1_000_000, { ...next, dimensions: { ...keyed, api_key_id: "k2" } }),
      ],
    );
    const byKey = (side: "cost" | "usage") => ({ covered: [two], groupedBy: [...bill[side].groupedBy, "api_key_id"] });
    const found = await reconciled(
      { ...bill, cost: { ...bill.cost, ...byKey("cost") }, usage: { ...bill.usage, ...byKey("usage") } },
      [ended, unlabelled],
    );
    expect(found.parts.map(({ class: kind, usd }) => [kind, usd])).toEqual([
      ["late", parseUsd("2.5")],
      ["late", parseUsd("-2.5")],
    ]);
  });
});

describe("a report whose rows name what they are not grouped by", () => {
  it("is compared by what some row of it has a value of", async () => {
    const bare = costLine("5", { dimensions: { workspace_id: "w1" } });
    const bill = aBill([bare], []);
    const names = ["model", "service_tier", "context_window", "cost_type", "token_type", "workspace_id"];
    const nothing = { lines: [], covered: [], groupedBy: [], incomplete: [], leftOut: 0, refreshedAt: null };
    const recorded = aRequestCompleted({ ...call, ids: { workspace: "w1" } });
    const found = await reconciled({ ...bill, cost: { ...bill.cost, groupedBy: names }, usage: nothing }, [recorded]);
    expect([found.comparedBy, found.residualUsd, found.parts]).toEqual([["workspace"], 0n, []]);
  });

  it("names a key that is on no recorded call, whatever kinds of token it tells", async () => {
    const line = costLine("900", { dimensions: { model: "claude-haiku-4-5", api_key_id: "k_never" } });
    const bill = aBill([line], []);
    const nothing = { lines: [], covered: [], groupedBy: [], incomplete: [], leftOut: 0, refreshedAt: null };
    const other = aRequestCompleted({ ...call, labels: { "api-key": "k1" }, servedModel: "claude-opus-5" });
    const found = await reconciled(
      { ...bill, cost: { ...bill.cost, groupedBy: ["model", "api_key_id"] }, usage: nothing },
      [other],
    );
    expect(found.parts.map(({ cause, usd }) => [cause, usd])).toContainEqual(["key-never-seen", parseUsd("900")]);
  });
});

describe("calls of which some do not say their key", () => {
  const keys = ["k1", "k2", "k3"];
  const byKey = (bill: Bill): Bill => ({
    ...bill,
    cost: { ...bill.cost, groupedBy: [...bill.cost.groupedBy, "api_key_id"] },
    usage: { ...bill.usage, groupedBy: [...bill.usage.groupedBy, "api_key_id"] },
  });

  it("are held against all keys of their hour or day and model, and leave nothing open where all was recorded", async () => {
    const keyed = { ...dimensions, api_key_id: "k1" };
    const other = aRequestCompleted({ ...call, id: "msg:2", labels: { "api-key": "k2" } });
    const bill = byKey(
      aBill(
        [
          costLine("5", { dimensions: { ...keyed, cost_type: "tokens", token_type: "output_tokens" } }),
          costLine("5", {
            dimensions: { ...keyed, api_key_id: "k2", cost_type: "tokens", token_type: "output_tokens" },
          }),
        ],
        [
          usageLine(1_000_000, { dimensions: keyed }),
          usageLine(1_000_000, { dimensions: { ...keyed, api_key_id: "k2" } }),
        ],
      ),
    );
    const { parts, comparedBy, unknownHere } = await reconciled(bill, [call, other]);
    expect([parts, unknownHere]).toEqual([[], ["apiKey"]]);
    expect(comparedBy).toContain("apiKey");
  });

  it("never make the parts sum to anything but the residual, whichever they are", async () => {
    const recordedCall = fc.record({
      key: fc.option(fc.constantFrom(...keys), { nil: undefined }),
      workspace: fc.option(fc.constantFrom("w1", "w2"), { nil: null }),
      hour: fc.integer({ min: 0, max: 23 }),
      output: fc.integer({ min: 1, max: 9 }),
    });
    const billedUse = fc.record({
      key: fc.constantFrom(...keys),
      workspace: fc.constantFrom("w1", "w2"),
      output: fc.integer({ min: 1, max: 9 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(recordedCall, { maxLength: 6 }),
        fc.array(billedUse, { minLength: 1, maxLength: 6 }),
        async (calls, uses) => {
          const events = calls.map(({ key, workspace, hour, output }, index) =>
            aRequestCompleted({
              ...call,
              id: `msg:${String(index)}`,
              occurredAt: `2026-10-05T${String(hour).padStart(2, "0")}:00:00.000Z`,
              usage: aUsage({ output: output * 1_000_000 }, { webSearchRequests: 0 }),
              ids: { workspace },
              labels: key === undefined ? {} : { "api-key": key },
            }),
          );
          const named = uses.map(({ key, workspace }) => ({
            ...dimensions,
            api_key_id: key,
            workspace_id: workspace,
          }));
          const bill = byKey(
            aBill(
              uses.map(({ output }, index) =>
                costLine(String(5 * output), {
                  dimensions: { ...named[index], cost_type: "tokens", token_type: "output_tokens" },
                }),
              ),
              uses.map(({ output }, index) => usageLine(output * 1_000_000, { dimensions: named[index] ?? {} })),
            ),
          );
          const grouped = {
            ...bill,
            cost: { ...bill.cost, groupedBy: [...bill.cost.groupedBy, "workspace_id"] },
            usage: { ...bill.usage, groupedBy: [...bill.usage.groupedBy, "workspace_id"] },
          };
          const { parts, residualUsd, rows } = await reconciled(grouped, events);
          expect(sum(parts.map(({ usd }) => usd))).toBe(residualUsd);
          expect(sum(rows.map(({ billedUsd, recordedUsd }) => money(billedUsd - recordedUsd)))).toBe(residualUsd);
          // Prices are right, so that only quantities can differ, and never by more than was used.
          expect(parts.map(({ class: kind }) => kind)).not.toContain("mispriced");
        },
      ),
      { numRuns: 60 },
    );
  });
});
