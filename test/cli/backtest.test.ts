import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { aLedger } from "../support/a-ledger.ts";
import { aRequestCompleted } from "../support/builders.ts";
import { emptyFolder, runCli } from "../support/run-cli.ts";
import { wasteful } from "../support/wasteful-service.ts";

/** The example is replayed anew by every run. */
const TIMEOUT_MS = 60_000;

interface Printed {
  readonly split: { readonly at: string; readonly trainShare: number | null };
  readonly before: { readonly requests: number };
  readonly after: { readonly requests: number };
  readonly realisedBy: string;
  readonly overall: { readonly inRange: boolean | null };
  readonly changes: readonly {
    readonly id: string;
    readonly workload: string;
    readonly realised: string | null;
    readonly inRange: boolean | null;
  }[];
}

async function printed(args: readonly string[]): Promise<Printed> {
  const { exitCode, stdout, stderr } = await runCli(["backtest", "--format", "json", ...args]);
  expect([exitCode, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout) as Printed;
}

describe("farthing backtest", { timeout: TIMEOUT_MS }, () => {
  it("holds advice on the first part of the bundled example against the rest of it", async () => {
    const home = emptyFolder();
    const { exitCode, stdout, stderr } = await runCli(["backtest", "--example"], { home });
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("EXAMPLE DATA");
    expect(stdout.replace(/\s+/g, " ")).toContain("which the advice never saw, with its changes made. No bill has");
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(readdirSync(home)).toEqual([]);
  });

  it("finds every saving of the example within its range: its services behave the same for all of the thirty days", async () => {
    const { changes, overall, realisedBy } = await printed(["--example"]);
    expect(changes.map(({ inRange }) => inRange)).toEqual(changes.map(() => true));
    expect(changes.length).toBeGreaterThan(4);
    expect([overall.inRange, realisedBy]).toEqual([true, "replay"]);
  });

  it("advises under the ids of a report on the same requests", async () => {
    const { changes } = await printed(["--example", "--where", "service=rag-answers", "--split", "2026-11-10"]);
    const { stdout } = await runCli([
      "report",
      "--example",
      "--where",
      "service=rag-answers",
      "--until",
      "2026-11-10",
      "--format",
      "json",
    ]);
    const { recommendations } = JSON.parse(stdout) as { recommendations: { id: string }[] };
    expect(changes.map(({ id }) => id)).toEqual(recommendations.map(({ id }) => id));
  });

  it("splits at the beginning of the day before which a share of the responses started, or at a given time", async () => {
    const ledger = ["--ledger", await aLedger(wasteful("rag"))];
    expect((await printed([...ledger, "--train-share", "0.5"])).split).toMatchObject({
      at: "2026-10-30T00:00:00.000Z",
      trainShare: 0.5,
    });
    // Five a day from 01:00 on, the first of them on the 20th.
    expect(await printed([...ledger, "--split", "2026-10-30"])).toMatchObject({
      split: { at: "2026-10-30T00:00:00.000Z", trainShare: null },
      before: { requests: 50 },
      after: { requests: 50 },
    });
    const zoned = await printed([...ledger, "--split", "2026-10-30", "--tz", "America/New_York"]);
    expect(zoned.split.at).toBe("2026-10-30T04:00:00.000Z");
  });

  it("prints the same bytes for the same ledger, and creates none", async () => {
    const path = await aLedger([...wasteful("rag"), ...wasteful("docs")]);
    const args = ["backtest", "--ledger", path, "--now", "2026-11-20"];
    const [first, second] = [await runCli(args), await runCli(args)];
    expect(first.exitCode).toBe(0);
    expect(second).toEqual(first);
    const cwd = emptyFolder();
    expect((await runCli(["backtest"], { cwd })).exitCode).toBe(3);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it("looks at the requests a filter keeps alone", async () => {
    const ledger = ["--ledger", await aLedger([...wasteful("rag"), ...wasteful("docs")])];
    const { changes } = await printed([...ledger, "--where", "service=rag"]);
    expect(new Set(changes.map(({ workload }) => workload))).toEqual(new Set(["rag"]));
  });

  it("says plainly that there is too little", async () => {
    for (const events of [[], [aRequestCompleted()]]) {
      const { exitCode, stdout, stderr } = await runCli(["backtest", "--ledger", await aLedger(events)]);
      expect([exitCode, stderr]).toEqual([0, ""]);
      expect(stdout).toContain("needs responses on both sides of the split");
    }
  });

  it.each([
    [["--split", "yesterday"], "--split"],
    [["--split", "2026-11-01", "--train-share", "0.5"], "--train-share"],
    [["--train-share", "1"], "between 0 and 1"],
    [["--train-share", "0"], "between 0 and 1"],
    [["--train-share", "many"], "between 0 and 1"],
    [["--ledger", "x"], "--ledger"],
    [["--as-of", "2026-11-01"], "--as-of"],
  ])("refuses %j", async (flags, named) => {
    const { exitCode, stdout, stderr } = await runCli(["backtest", "--example", ...flags]);
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(named);
  });
});
