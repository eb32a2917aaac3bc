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

  it("keeps of a budget what is not named when it is set anew", async () => {
    const ledger = await aLedger(november(3));
    const set = (...args: string[]) => runCli(["budget", "set", ...args, "--ledger", ledger]);
    await set("search", "5", "--per", "week", "--where", "service=search");
    expect((await set("search", "6")).stdout).toBe("search  $6 a week where service=search\n");
    expect((await set("search", "7", "--per", "day")).stdout).toBe("search  $7 a day where service=search\n");
    expect((await set("search", "7", "--where", "service=chat")).stdout).toBe("search  $7 a day where service=chat\n");
    await set("search", "none");
    expect((await set("search", "8")).stdout).toBe("search  $8 a month\n");
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

  it("forecasts nothing from days after the last response of the ledger, and says since when there was none", async () => {
    const ledger = await aLedger(november(20));
    await runCli(["budget", "set", "all", "100", "--ledger", ledger]);
    // Days 2 to 19 are full; in December $5 a day may come, as long as it is.
    expect(await status(ledger, "2026-12-01T00:00:00Z")).toMatchObject([
      { spent: "0", forecast: { expected: "155" }, fullDays: 18, recordedUntil: "2026-11-20T12:00:00.000Z" },
    ]);
    const at = async (now: string) => (await runCli(["budget", "status", "--ledger", ledger, "--now", now])).stdout;
    expect(await at("2026-12-01")).toContain("nothing recorded since 20 Nov 2026");
    expect(await at("2026-11-21T12:00:00Z")).not.toContain("nothing recorded");
    // What was recorded later is not known yet.
    expect(await at("2026-11-10T12:00:00Z")).not.toContain("nothing recorded");
    expect(await status(ledger, "2026-11-10T12:00:00Z")).toMatchObject([{ recordedUntil: "2026-11-09T12:00:00.000Z" }]);
  });

  it("takes days before a budget's first response for none of its days", async () => {
    // chat is there all November, search from the 10th on.
    const ledger = await aLedger([...november(20, "chat"), ...november(20).slice(9)]);
    await runCli(["budget", "set", "search", "1000", "--ledger", ledger, "--where", "service=search"]);
    expect(await status(ledger, "2026-11-21T00:00:00Z")).toMatchObject([
      { spent: "55", forecast: { expected: "105" }, fullDays: 10, matchedSince: "2026-11-10T12:00:00.000Z" },
    ]);
    expect(await status(ledger, "2026-11-15T00:00:00Z")).toMatchObject([
      { forecast: null, noForecast: "too-few-days", fullDays: 4, forecastFrom: "2026-11-18T00:00:00.000Z" },
    ]);
  });

  it("forecasts nothing where responses of the full days have no price, and what the others come to at least", async () => {
    const ledger = await aLedger([
      ...november(20),
      aRequestCompleted({ id: "msg:new", occurredAt: "2026-11-08T13:00:00.000Z", servedModel: "claude-haiku-9" }),
    ]);
    await runCli(["budget", "set", "all", "160", "--ledger", ledger]);
    const at = "2026-11-21T00:00:00Z";
    const unpriced = { forecast: null, noForecast: "unpriced", forecastAtLeast: "150", fullDays: 19 };
    expect(await status(ledger, at)).toMatchObject([{ ...unpriced, state: "within" }]);
    await runCli(["budget", "set", "all", "149", "--ledger", ledger]);
    expect(await status(ledger, at)).toMatchObject([{ ...unpriced, state: "forecast-past" }]);
    const { stdout } = await runCli(["budget", "status", "--ledger", ledger, "--now", at], {
      env: { COLUMNS: "120" },
    });
    expect(stdout).toContain("no forecast: 1 response of 19 full days without a price; at least $150.00 without them");
  });

  it("says of a budget that no response ever matched that it says nothing", async () => {
    const ledger = await aLedger(november(20));
    await runCli(["budget", "set", "search", "5", "--ledger", ledger, "--where", "service=serch"]);
    expect(await status(ledger, "2026-11-21")).toMatchObject([
      { state: "never-matched", spent: "0", forecast: null, noForecast: "never-matched", matchedSince: null },
    ]);
    const { stdout } = await runCli(["budget", "status", "--ledger", ledger]);
    expect(stdout).toContain("search  $5 a month where service=serch: NOTHING COUNTED");
    expect(stdout).toContain("no response ever matched its conditions");
  });

  it.each([
    ["15.000001", "just under 100 %"],
    ["15", "100 %"],
    ["14.999999", "just over 100 %"],
  ])("calls $15 of $%s %s", async (limit, words) => {
    const ledger = await aLedger(november(3));
    await runCli(["budget", "set", "all", limit, "--ledger", ledger]);
    expect((await runCli(["budget", "status", "--ledger", ledger])).stdout).toContain(`$15.00 of $15.00, ${words};`);
  });
});
