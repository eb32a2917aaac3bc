import type { LedgerEvent } from "@farthing/ledger";
import { checkSchema, type CheckDocument } from "@farthing/advisor/schemas";
import { describe, expect, it } from "vitest";
import { aLedger } from "../support/a-ledger.ts";
import { aRequestCompleted, aUsage } from "../support/builders.ts";
import { runCli } from "../support/run-cli.ts";

/** Requests of Opus 5, one a minute; input is $5 per million tokens, read from the cache $0.50. */
function requests(
  day: string,
  inputs: readonly number[],
  cacheRead = 0,
  { service = null, session = null, model = "claude-opus-5" }: Of = {},
): LedgerEvent[] {
  return inputs.map((uncachedInput, minute) => {
    const at = new Date(Date.parse(day) + minute * 60_000).toISOString();
    return aRequestCompleted({
      id: `msg:${at}${service ?? ""}${session ?? ""}`,
      occurredAt: at,
      servedModel: model,
      usage: aUsage({ uncachedInput, cacheRead }),
      context: { service, session },
    });
  });
}

interface Of {
  readonly service?: string | null;
  readonly session?: string | null;
  readonly model?: string;
}

const alike = (count: number, tokens: number): number[] => Array.from({ length: count }, () => tokens);
const COST = ["--max-cost-per-request-increase", "10%"];
const HITS = ["--max-cache-hit-drop", "5%"];

async function check(ledger: string, ...args: string[]): Promise<CheckDocument & { exitCode: number }> {
  const { exitCode, stdout } = await runCli(["check", ...args, "--ledger", ledger, "--format", "json"]);
  return { exitCode, ...checkSchema.parse(JSON.parse(stdout)) };
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

  it("explains a dearer request by what requests became, and not by how many there were", async () => {
    // 40 requests of 1,000 tokens, then 400 of 1,500: nearly all of the total is volume, none of the mean.
    const ledger = await aLedger([
      ...requests("2026-10-05", alike(40, 1000), 0, { service: "chat" }),
      ...requests("2026-11-05", alike(400, 1500), 0, { service: "chat" }),
    ]);
    const args = ["check", "2026-10", "2026-11", ...COST, "--ledger", ledger];
    const { exitCode, stdout } = await runCli(args);
    expect(exitCode).toBe(1);
    expect(stdout).toContain("WHY   $0.00250 more a request: chat sent 50 % longer prompts (+$0.00250)");
    expect((await check(ledger, ...args.slice(1, 5))).comparison).toMatchObject({
      perRequest: {
        difference: "0.0025",
        mix: "0",
        parts: [{ workload: "chat", cause: "prompt-size", usd: "0.0025" }],
      },
    });
  });

  it("tells what other shares of the workloads make of the mean from what requests became", async () => {
    // Shares of a dear service, $0.01 a request, and a cheap one, $0.001, go from a half each to three quarters and one;
    // the cheap one's requests become twice as large. Means are $0.0055 and $0.0080.
    const [dear, cheap] = [{ service: "dear" }, { service: "cheap" }];
    const ledger = await aLedger([
      ...requests("2026-10-05", alike(40, 2000), 0, dear),
      ...requests("2026-10-06", alike(40, 200), 0, cheap),
      ...requests("2026-11-05", alike(60, 2000), 0, dear),
      ...requests("2026-11-06", alike(20, 400), 0, cheap),
    ]);
    const { comparison } = await check(ledger, "2026-10", "2026-11", ...COST);
    // $0.001 more in three eighths of the requests; a quarter of them went from $0.0015 to $0.01.
    expect(comparison).toMatchObject({
      perRequest: {
        difference: "0.0025",
        mix: "0.002125",
        parts: [{ workload: "cheap", cause: "prompt-size", usd: "0.000375" }],
      },
    });
    const { stdout } = await runCli(["check", "2026-10", "2026-11", ...COST, "--ledger", ledger]);
    expect(stdout.replaceAll(/\s+/g, " ")).toContain("other shares of the workloads (+$0.00212)");
  });

  it("takes requests of one session for no independent ones", async () => {
    // 40 requests in four sessions on each side, one of them large: of 40 single requests this would be no chance.
    const side = (day: string, large: number) =>
      [0, 1, 2, 3].flatMap((session) =>
        requests(`${day}T0${String(session)}:00:00Z`, alike(10, session < large ? 4000 : 1000), 0, {
          session: `${day}-${String(session)}`,
        }),
      );
    const ledger = await aLedger([...side("2026-10-05", 1), ...side("2026-11-05", 2), ...side("2026-12-05", 0)]);
    const { exitCode, results } = await check(ledger, "2026-10", "2026-11", ...COST);
    expect([exitCode, results[0]]).toMatchObject([0, { regression: { verdict: "noise", clusters: 4 } }]);
    // All sessions alike in October and dearer in November are a rise.
    const alikeSessions = await aLedger([...side("2026-10-05", 0), ...side("2026-11-05", 4)]);
    expect((await check(alikeSessions, "2026-10", "2026-11", ...COST)).exitCode).toBe(1);
  });

  it("takes requests of one day for no independent ones, where there are days enough", async () => {
    // Eight days of 20 requests on each side: one large day, then two.
    const side = (month: string, large: number) =>
      [1, 2, 3, 4, 5, 6, 7, 8].flatMap((day) =>
        requests(`${month}-0${String(day)}`, alike(20, day <= large ? 4000 : 1000)),
      );
    const ledger = await aLedger([...side("2026-10", 1), ...side("2026-11", 2)]);
    const { exitCode, results } = await check(ledger, "2026-10", "2026-11", ...COST);
    expect([exitCode, results[0]]).toMatchObject([0, { regression: { verdict: "noise", clusters: 8 } }]);
  });

  it("takes days that differ less than their requests do for no proof", async () => {
    // Each of 20 days has a hit and a miss, but for five: 20 hits of 35, then 15. Of single requests that is chance.
    const side = (month: string, onlyMisses: boolean) =>
      Array.from({ length: 20 }, (_, day) => {
        const date = `${month}-${String(day + 1).padStart(2, "0")}`;
        const hit = requests(`${date}T01:00:00Z`, [1000], 20_000);
        const miss = requests(`${date}T02:00:00Z`, [21_000]);
        return day >= 15 ? (onlyMisses ? miss : hit) : [...hit, ...miss];
      }).flat();
    const ledger = await aLedger([...side("2026-10", false), ...side("2026-11", true)]);
    const { exitCode, results } = await check(ledger, "2026-10", "2026-11", ...HITS);
    expect([exitCode, results[0]]).toMatchObject([0, { regression: { verdict: "noise", clusters: 35 } }]);
  });

  it("judges nothing where a side is one session, and says so", async () => {
    const ledger = await aLedger([
      ...requests("2026-10-05", alike(40, 1000)),
      ...requests("2026-11-05", alike(40, 9000), 0, { session: "one" }),
    ]);
    const { exitCode, stdout } = await runCli(["check", "2026-10", "2026-11", ...COST, "--ledger", ledger]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("OPEN  cost per request: all responses of a side are of one session, 2 needed");
  });

  it("calls no fall of the cache hit rate that may be chance a regression", async () => {
    // Each session reads nine tenths of its prompts from the cache, or nothing: one of four, then two.
    const side = (day: string, misses: number) =>
      [0, 1, 2, 3].flatMap((session) =>
        requests(
          `${day}T0${String(session)}:00:00Z`,
          alike(10, session < misses ? 10_000 : 1000),
          session < misses ? 0 : 9000,
          { session: `${day}-${String(session)}` },
        ),
      );
    const ledger = await aLedger([...side("2026-10-05", 1), ...side("2026-11-05", 2)]);
    const { exitCode, results } = await check(ledger, "2026-10", "2026-11", ...HITS);
    expect([exitCode, results[0]]).toMatchObject([0, { outcome: "passed", regression: { verdict: "noise" } }]);
    expect(results[0]?.why).toContain("may be chance: 80 % range from");
  });

  it("has no figure where a side has nothing to measure", async () => {
    const ledger = await aLedger([
      ...requests("2026-10-05", alike(40, 1000)),
      ...requests("2026-11-05", alike(40, 1000), 0, { model: "claude-mystery-9" }),
    ]);
    const { results, comparison } = await check(ledger, "2026-10", "2026-11", ...COST, ...HITS);
    expect(results).toMatchObject([
      {
        outcome: "not-judged",
        regression: { before: 0.005, after: null, worseBy: null, low: null, verdict: "too-few" },
        why: "0 responses on the smaller side, 30 needed; 40 responses without a price left out",
      },
      { outcome: "passed", regression: { before: 0, after: 0, worseBy: 0 } },
    ]);
    expect(comparison).toMatchObject({ perRequest: null });
    const none = await check(ledger, "2026-08", "2026-10", ...HITS);
    expect(none.results).toMatchObject([{ outcome: "not-judged", regression: { before: null, worseBy: null } }]);
  });

  it("says which ledgers, times, zone and prices it is about, and what to know before believing it", async () => {
    const ledger = await aLedger([
      ...requests("2026-10-05", alike(40, 1000)),
      ...requests("2026-11-05", alike(40, 1000)),
      ...requests("2026-11-06", [1], 0, { model: "claude-mystery-9" }),
    ]);
    await runCli(["budget", "set", "all", "5", "--ledger", ledger]);
    const args = ["check", "2026-10", "2026-11", ...COST, "--ledger", ledger];
    for (const format of ["text", "markdown"]) {
      const { stdout } = await runCli([...args, "--format", format], { env: { COLUMNS: "1000" } });
      const shown = stdout.replaceAll("&#45;", "-").replaceAll("&#95;", "_");
      expect(shown).toContain(`budgets at 2026-11-22 12:00Z, days in UTC, of ${ledger}`);
      expect(shown).toContain(`before: 1 Oct - 31 Oct 2026, days in UTC, of ${ledger}`);
      expect(shown).toContain(`after: 1 Nov - 30 Nov 2026, days in UTC, of ${ledger}`);
      expect(shown).toMatch(/USD at API list prices, prices [0-9a-f]{12}/);
      expect(shown).toContain("responses without a price, 0 before and 1 after, are in no amount");
    }
    expect(await check(ledger, ...args.slice(1, 5))).toMatchObject({
      ledgers: [ledger],
      now: "2026-11-22T12:00:00.000Z",
      timeZone: "UTC",
      comparison: { before: { since: "2026-10-01T00:00:00.000Z" }, after: { unpricedRequests: 1 } },
    });
  });

  it("says which budgets of several ledgers it does not check, and refuses to check nothing else", async () => {
    const [a, b] = [
      await aLedger([...requests("2026-10-05", alike(40, 1000)), ...requests("2026-11-05", alike(40, 1000))]),
      await aLedger(requests("2026-10-06", [1])),
    ];
    await runCli(["budget", "set", "search", "0.01", "--ledger", b]);
    const both = ["--ledger", a, "--ledger", b];
    const { exitCode, stdout } = await runCli(["check", "2026-10", "2026-11", ...COST, ...both]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("NOTE  budgets are not checked, each ledger has its own: search");
    expect(await runCli(["check", ...both])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("name one"),
    });
  });

  it("judges no budget that no response ever matched", async () => {
    const ledger = await aLedger(requests("2026-11-05", alike(40, 1000)));
    await runCli(["budget", "set", "search", "5", "--where", "service=serch", "--ledger", ledger]);
    const { exitCode, stdout } = await runCli(["check", "--ledger", ledger]);
    expect(exitCode).toBe(0);
    expect(stdout.replaceAll(/\s+/g, " ")).toContain(
      "OPEN budget search $5 a month where service=serch: $0.00 of $5.00, 0 %; no forecast: no response ever matched its conditions",
    );
  });

  it("leaves a budget open whose forecast lacks prices, unless the priced responses alone pass it", async () => {
    const ledger = await aLedger([
      ...[1, 2, 3, 4, 5, 6, 7, 8, 9].flatMap((day) => requests(`2026-11-0${String(day)}T12:00:00Z`, [1_000_000])),
      ...requests("2026-11-05", [1], 0, { model: "claude-mystery-9" }),
    ]);
    const at = ["--now", "2026-11-10", "--forecast"];
    await runCli(["budget", "set", "all", "1000", "--ledger", ledger]);
    expect(await check(ledger, ...at)).toMatchObject({ exitCode: 0, results: [{ outcome: "not-judged" }] });
    await runCli(["budget", "set", "all", "100", "--ledger", ledger]);
    expect(await check(ledger, ...at)).toMatchObject({ exitCode: 1, results: [{ outcome: "failed" }] });
  });

  it("cuts the periods of budgets in the ledger's zone, whatever --tz says", async () => {
    const ledger = await aLedger(requests("2026-11-05T12:00:00Z", alike(1, 1_000_000)));
    await runCli(["budget", "set", "all", "50", "--per", "day", "--ledger", ledger]);
    expect((await check(ledger, "--now", "2026-11-05T13:00:00Z", "--tz", "Pacific/Auckland")).results).toMatchObject([
      { budget: { since: "2026-11-05T00:00:00.000Z", spent: "5" } },
    ]);
  });

  it("needs a ledger", async () => {
    expect((await runCli(["check"])).exitCode).toBe(3);
    const ledger = await aLedger(requests("2026-10-05", [1]));
    expect((await runCli(["check", "--ledger", ledger, "--ledger-b", `${ledger}-none`, ...COST])).exitCode).toBe(3);
  });
});
