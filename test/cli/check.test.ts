import type { LedgerEvent } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { aLedger } from "../support/a-ledger.ts";
import { aRequestCompleted, aUsage } from "../support/builders.ts";
import { runCli } from "../support/run-cli.ts";

/** Requests of Opus 5, one a minute; input is $5 per million tokens, read from the cache $0.50. */
function requests(day: string, inputs: readonly number[], cacheRead = 0): LedgerEvent[] {
  return inputs.map((uncachedInput, minute) => {
    const at = new Date(Date.parse(day) + minute * 60_000).toISOString();
    return aRequestCompleted({ id: `msg:${at}`, occurredAt: at, usage: aUsage({ uncachedInput, cacheRead }) });
  });
}

const alike = (count: number, tokens: number): number[] => Array.from({ length: count }, () => tokens);
const COST = ["--max-cost-per-request-increase", "10%"];
const HITS = ["--max-cache-hit-drop", "5%"];

async function check(
  ledger: string,
  ...args: string[]
): Promise<{ exitCode: number; results: Record<string, unknown>[] }> {
  const { exitCode, stdout } = await runCli(["check", ...args, "--ledger", ledger, "--format", "json"]);
  return { exitCode, results: (JSON.parse(stdout) as { results: Record<string, unknown>[] }).results };
}

describe("farthing check", () => {
  it("fails on a budget that is passed, and by its forecast when asked to", async () => {
    // $5 a day at noon for ten days of November.
    const ledger = await aLedger(
      Array.from({ length: 10 }, (_, day) =>
        requests(`2026-11-${String(day + 1).padStart(2, "0")}T12:00:00Z`, [1_000_000]),
      ).flat(),
    );
    const at = ["--now", "2026-11-11"];
    await runCli(["budget", "set", "all", "100", "--ledger", ledger]);
    expect((await check(ledger, ...at)).exitCode).toBe(0);
    expect(await check(ledger, ...at, "--forecast")).toMatchObject({ exitCode: 1, results: [{ outcome: "failed" }] });
    await runCli(["budget", "set", "all", "49", "--ledger", ledger]);
    expect((await check(ledger, ...at)).exitCode).toBe(1);
    // What came later is not known yet: on the fifth, four days were spent, and three of them recorded whole.
    expect(await check(ledger, "--now", "2026-11-05", "--forecast")).toMatchObject({
      exitCode: 0,
      results: [{ outcome: "not-judged", budget: { spent: "20", forecast: null, fullDays: 3 } }],
    });
  });

  it("fails where a request costs more by more than the limit, and not by less", async () => {
    const ledger = await aLedger([
      ...requests("2026-10-05", alike(40, 1000)),
      ...requests("2026-11-05", alike(40, 1090)),
      ...requests("2026-11-06", alike(40, 1110)),
    ]);
    expect((await check(ledger, "2026-10-05", "2026-11-05", ...COST)).exitCode).toBe(0);
    expect((await check(ledger, "2026-10-05", "2026-11-06", ...COST)).exitCode).toBe(1);
    expect((await check(ledger, "2026-11-06", "2026-10-05", ...COST)).exitCode).toBe(0);
  });

  it("takes the calls of a trial for no regression, and counts them in budgets", async () => {
    const ledger = await aLedger([
      ...requests("2026-10-05", alike(40, 1000), 9000),
      ...requests("2026-11-05", alike(40, 1000), 9000),
      ...requests("2026-11-05T12:00:00Z", alike(40, 50_000)).map((event) => ({
        ...event,
        labels: { "farthing-trial": "t1" },
      })),
    ]);
    expect((await check(ledger, "2026-10-05", "2026-11-05", ...COST, ...HITS)).exitCode).toBe(0);
    // 80 requests of 1,000 input and 9,000 cached tokens cost $0.76; the 40 of the trial cost $10.
    await runCli(["budget", "set", "all", "5", "--ledger", ledger]);
    expect((await check(ledger, "--now", "2026-11-06")).exitCode).toBe(1);
  });

  it("calls no rise that may be chance a regression", async () => {
    // One request in forty is a hundred times as large as the others, and then two are: the mean nearly doubles.
    const sides = [1, 2].map((large) =>
      alike(40, 1000).map((tokens, index) => (index < large ? 100 * tokens : tokens)),
    );
    const ledger = await aLedger([
      ...requests("2026-10-05", sides[0] ?? []),
      ...requests("2026-11-05", sides[1] ?? []),
    ]);
    const { exitCode, results } = await check(ledger, "2026-10-05", "2026-11-05", ...COST);
    expect([exitCode, results[0]]).toMatchObject([0, { outcome: "passed", regression: { verdict: "noise" } }]);
  });

  it("fails on a cache hit rate that fell by more than the limit", async () => {
    const ledger = await aLedger([
      ...requests("2026-10-05", alike(40, 1000), 9000),
      ...requests("2026-11-05", alike(40, 1400), 8600),
      ...requests("2026-11-06", alike(40, 1600), 8400),
    ]);
    expect((await check(ledger, "2026-10-05", "2026-11-05", ...HITS)).exitCode).toBe(0);
    expect((await check(ledger, "2026-10-05", "2026-11-06", ...HITS)).exitCode).toBe(1);
  });

  it("judges no side with few responses, says so, and passes", async () => {
    const ledger = await aLedger([
      ...requests("2026-10-05", alike(40, 10)),
      ...requests("2026-11-05", alike(29, 1000)),
    ]);
    const { exitCode, stdout } = await runCli(["check", "2026-10", "2026-11", ...COST, "--ledger", ledger]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("OPEN  cost per request: 29 responses on the smaller side, 30 needed");
  });

  it("writes Markdown in which a name is no markup", async () => {
    const ledger = await aLedger(requests("2026-11-05", [1]));
    await runCli(["budget", "set", "<b>|x", "5", "--ledger", ledger]);
    const { stdout } = await runCli(["check", "--ledger", ledger, "--format", "markdown"]);
    expect(stdout).toContain("| **PASS** | budget &#60;b&#62;&#124;x  $5 a month |");
  });

  it.each([
    [[], "nothing to check"],
    [["2026-10", "2026-11"], "give a limit"],
    [COST, "two periods"],
    [["2026-10", ...COST], "two periods"],
    [["2026-10", "2026-11", "--max-cache-hit-drop", "some"], "percentage"],
  ])("refuses %j", async (args, hint) => {
    const { exitCode, stderr } = await runCli(["check", ...args, "--ledger", await aLedger([])]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(hint);
  });

  it("needs a ledger", async () => {
    expect((await runCli(["check"])).exitCode).toBe(3);
    const ledger = await aLedger(requests("2026-10-05", [1]));
    expect((await runCli(["check", "--ledger", ledger, "--ledger-b", `${ledger}-none`, ...COST])).exitCode).toBe(3);
  });
});
