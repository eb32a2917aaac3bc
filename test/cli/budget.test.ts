import type { LedgerEvent } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { aLedger } from "../support/a-ledger.ts";
import { aRequestCompleted, aRequestFailed, aUsage } from "../support/builders.ts";
import { runCli } from "../support/run-cli.ts";

/** A million tokens of Opus 5 input at noon of each day of November: $5. */
function november(days: number, service = "search"): LedgerEvent[] {
  return Array.from({ length: days }, (_, index) => {
    const occurredAt = `2026-11-${String(index + 1).padStart(2, "0")}T12:00:00.000Z`;
    const usage = aUsage({ uncachedInput: 1_000_000 });
    return aRequestCompleted({ id: `msg:${service}${occurredAt}`, occurredAt, usage, context: { service } });
  });
}

async function status(ledger: string, now: string): Promise<Record<string, unknown>[]> {
  const args = ["budget", "status", "--ledger", ledger, "--now", now, "--format", "json"];
  const { exitCode, stdout } = await runCli(args);
  expect(exitCode).toBe(0);
  return (JSON.parse(stdout) as { budgets: Record<string, unknown>[] }).budgets;
}

describe("farthing budget", () => {
  it("keeps an amount per period, changes it and takes it back", async () => {
    const ledger = await aLedger(november(3));
    const set = (...args: string[]) => runCli(["budget", "set", ...args, "--ledger", ledger]);
    expect((await set("all", "500")).stdout).toBe("all  $500 a month\n");
    expect((await set("search", "20", "--per", "week", "--where", "service=search")).stdout).toBe(
      "all  $500 a month\nsearch  $20 a week where service=search\n",
    );
    expect((await set("all", "600.5")).stdout).toContain("all  $600.5 a month\n");
    expect((await set("all", "none")).stdout).toBe("search  $20 a week where service=search\n");
    expect((await set("search", "none")).stdout).toBe("no budget is set\n");
  });

  it.each([
    [["all", "0"]],
    [["all", "lots"]],
    [["", "5"]],
    [["all", "5", "--per", "year"]],
    [["all", "5", "--where", "colour=red"]],
    [["other", "none"]],
  ])("refuses to set %j", async (args) => {
    const ledger = await aLedger([]);
    expect((await runCli(["budget", "set", ...args, "--ledger", ledger])).exitCode).toBe(2);
    expect((await runCli(["budget", "status", "--ledger", ledger])).exitCode).toBe(3);
  });

  it("says what is spent of each, and forecasts the end of the period", async () => {
    const ledger = await aLedger([...november(20), ...november(20, "chat")]);
    await runCli(["budget", "set", "search", "120", "--ledger", ledger, "--where", "service=search"]);
    await runCli(["budget", "set", "all", "299", "--ledger", ledger]);
    // $10 a day for 20 days, and for 10 more; the first day is not recorded whole.
    expect(await status(ledger, "2026-11-21T00:00:00Z")).toMatchObject([
      {
        name: "all",
        spent: "200",
        state: "forecast-past",
        forecast: { low: "300", expected: "300", high: "300" },
        fullDays: 19,
      },
      { name: "search", spent: "100", state: "forecast-past", forecast: { expected: "150" } },
    ]);
    const { stdout } = await runCli(["budget", "status", "all", "--ledger", ledger, "--now", "2026-11-21"]);
    expect(stdout.split("\n").slice(1, 4)).toEqual([
      "all  $299 a month: PAST IT BY THE FORECAST",
      "  $200.00 of $299.00, 67 %; 1 Nov - 30 Nov 2026",
      "  forecast $300.00, 80 % range $300.00 - $300.00, from 19 full days",
    ]);
  });

  it("knows a budget that is passed, and one whose period began anew", async () => {
    const ledger = await aLedger(november(20));
    await runCli(["budget", "set", "all", "19", "--per", "week", "--ledger", ledger]);
    // 16 to 20 November are five days of a week that begins on Monday, 16 November.
    expect(await status(ledger, "2026-11-20T13:00:00Z")).toMatchObject([{ spent: "25", state: "passed" }]);
    expect(await status(ledger, "2026-11-23T00:00:00Z")).toMatchObject([
      { spent: "0", since: "2026-11-23T00:00:00.000Z" },
    ]);
  });

  it("counts what has no known cost, and never takes it for nothing", async () => {
    const at = { occurredAt: "2026-11-02T13:00:00.000Z" };
    const ledger = await aLedger([
      ...november(2),
      aRequestCompleted({ ...at, id: "msg:new", servedModel: "claude-haiku-9" }),
      aRequestFailed({ ...at, cost: "unknown" }),
    ]);
    await runCli(["budget", "set", "all", "100", "--ledger", ledger]);
    const { stdout } = await runCli(["budget", "status", "--ledger", ledger, "--now", "2026-11-03"]);
    expect(stdout).toContain("at least $10.00 of $100.00");
    expect(stdout).toContain("1 response without a price, not in it: their cost is unknown");
    expect(stdout).toContain("1 attempt without an answer, not in it: they may have been billed");
    expect(stdout).toContain("no forecast: 1 of 7 full days are recorded; enough on 9 Nov 2026");
  });
});
