import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readBill } from "@farthing/adapters/bill";
import { describe, expect, it } from "vitest";
import { emptyFolder, runCli } from "../support/run-cli.ts";
import { describeWithSharedData } from "../support/shared-data.ts";
import { adminPage, analyticsRow, DAY, writePages } from "./support.ts";

async function imported(side: "usage" | "cost", pages: readonly unknown[], cwd = emptyFolder()) {
  const files = writePages(cwd, pages);
  const result = await runCli(["import", `${side}-report`, ...files, "--ledger", "l", "--format", "json"], { cwd });
  return { ...result, cwd, json: () => JSON.parse(result.stdout) as Record<string, unknown> };
}

describe("importing a cost report", () => {
  it.each([
    ["12345.5", "123.455"],
    ["2799.187450", "27.9918745"],
    ["0.000000", "0"],
    ["1234.50", "12.345"],
    ["0.1", "0.001"],
    ["-7", "-0.07"],
  ])("reads %s cents as exactly %s dollars", async (amount, usd) => {
    const { json } = await imported("cost", [adminPage([[{ amount, currency: "USD" }]])]);
    expect(json()["usd"]).toBe(usd);
  });

  it("adds the pages of one report in any order, and nothing when they come again", async () => {
    const [first, second] = [
      adminPage([[cost("100.00")]], { hasMore: true }),
      adminPage([[cost("50.00")]], { first: 1 }),
    ];
    const { json, cwd, stderr } = await imported("cost", [second, first]);
    expect(json()).toMatchObject({ usd: "1.5", days: 2, rows: 2, outcomes: { appended: 2 } });
    expect(stderr).toBe("");
    const again = await imported("cost", [first, second], cwd);
    expect(again.json()).toMatchObject({ usd: "1.5", outcomes: { appended: 0, exists: 2 } });
  });

  it("names a row in another currency and one that is malformed, and keeps the others", async () => {
    const rows = [cost("100"), { ...cost("100"), currency: "EUR" }, cost("12,5")];
    const { exitCode, json } = await imported("cost", [adminPage([rows])]);
    expect(exitCode).toBe(3);
    expect(json()).toMatchObject({
      usd: "1",
      problems: [
        { place: "data[0].results[1]", why: expect.stringContaining("EUR") },
        { place: "data[0].results[2]", why: expect.stringContaining("amount") },
      ],
    });
  });

  it("says that a page is missing between two, and that more follow the last", async () => {
    const pages = [adminPage([[cost("1")]], { hasMore: true }), adminPage([[cost("1")]], { first: 3, hasMore: true })];
    const { stderr } = await imported("cost", pages);
    expect(stderr).toContain("the next page is missing; nothing is told from 2026-10-02T00:00:00.000Z to 2026-10-04");
    expect(stderr).toContain("more pages follow it; nothing is told from 2026-10-05");
  });

  it("refuses another kind of file and a CSV without making a ledger", async () => {
    const usage = await imported("cost", [adminPage([[{ output_tokens: 5 }]])]);
    expect([usage.exitCode, usage.stderr]).toEqual([3, expect.stringContaining("farthing import usage-report")]);
    const sessions = await imported("usage", [{ data: [{ date: "2026-05-01", core_metrics: { num_sessions: 4 } }] }]);
    expect([sessions.exitCode, sessions.stderr]).toEqual([3, expect.stringContaining("Claude Code usage report")]);
    const csv = readBill([{ name: "a.csv", text: "usage_date,model,cost\n2026-10-01,x,1\n" }], "cost");
    expect(csv).toMatchObject({ events: [], problems: [{ file: "a.csv", why: expect.stringContaining("CSV") }] });
    expect((await runCli(["doctor", "--ledger", "l"], { cwd: usage.cwd })).exitCode).toBe(3);
  });
});

describe("importing the analytics API", () => {
  it("joins rows of one time across pages, before and after discounts", () => {
    const cut = { data: [analyticsRow("claude-opus-5", "100", "120")], has_more: true, data_refreshed_at: DAY(1) };
    const last = { data: [analyticsRow("claude-haiku-4-5", "1", "1")], has_more: false, data_refreshed_at: DAY(2) };
    const { events, warnings } = readBill(
      [cut, last].map((page, index) => ({ name: `${String(index)}.json`, text: JSON.stringify(page) })),
      "cost",
    );
    expect(warnings).toEqual([]);
    expect(events).toMatchObject([
      {
        usd: "1.01",
        occurredAt: DAY(2),
        report: { kind: "analytics-cost", complete: true, groupedBy: ["actor.type", "model", "workspace_id"] },
      },
    ]);
    expect(events[0]?.report?.lines.find(({ usd }) => usd === "1")).toMatchObject({ listUsd: "1.2", requests: 3 });
    expect(JSON.stringify(events)).not.toContain("someone@");
  });

  it("takes no time for complete without the last page", () => {
    const page = { data: [analyticsRow("claude-opus-5", "100", "120")], has_more: true, data_refreshed_at: null };
    const { events, warnings } = readBill([{ name: "1.json", text: JSON.stringify(page) }], "cost");
    expect(events).toMatchObject([{ report: { complete: false } }]);
    expect(warnings).toEqual([expect.stringContaining("more pages follow")]);
  });
});

describe("the bill account", () => {
  it("never changes spend", async () => {
    const cwd = emptyFolder();
    await imported("cost", [adminPage([[cost("100")]])], cwd);
    await imported("usage", [adminPage([[{ output_tokens: 5, uncached_input_tokens: 7 }]])], cwd);
    await runCli(["bill", "set", "2026-10", "41204.11", "--ledger", "l"], { cwd });
    const { stdout } = await runCli(["spend", "--ledger", "l", "--format", "json"], { cwd });
    expect((JSON.parse(stdout) as { total: unknown }).total).toMatchObject({ usd: "0", requests: 0 });
  });
});

describeWithSharedData("the samples", "reports", (folder) => {
  it.each([
    ["cost", ["cost_report.codexbar.json"], { usd: "198.45" }],
    ["cost", ["cost_report.docs-example.json"], { usd: "1.2378912" }],
    ["cost", ["cost_report.paged-1.json", "cost_report.paged-2.json"], { usd: "1.5" }],
    [
      "usage",
      ["usage_report_messages.codexbar.json"],
      { tokens: { uncachedInput: 1800, cacheWrite5m: 500, cacheWrite1h: 1000, cacheRead: 500, output: 650 } },
    ],
    ["usage", ["usage_report_messages.docs-example.json"], { webSearchRequests: 10 }],
  ] as const)("has the totals of the %s report %s", async (side, names, totals) => {
    const pages = names.map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as unknown);
    const { json } = await imported(side, pages);
    expect(json()).toMatchObject({ ...totals, problems: [] });
  });
});

function cost(amount: string): Readonly<Record<string, string>> {
  return { amount, currency: "USD", cost_type: "tokens", model: "claude-opus-5", workspace_id: "wrkspc_1" };
}
