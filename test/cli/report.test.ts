import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { aLedger } from "../support/a-ledger.ts";
import { aRequestCompleted } from "../support/builders.ts";
import { emptyFolder, runCli } from "../support/run-cli.ts";
import { wasteful } from "../support/wasteful-service.ts";

/** The example is replayed anew by every run. */
const TIMEOUT_MS = 60_000;

describe("farthing report", { timeout: TIMEOUT_MS }, () => {
  it("reports over the bundled example, marked as such, and makes no ledger", async () => {
    const home = emptyFolder();
    const { exitCode, stdout, stderr } = await runCli(["report", "--example"], { home });
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("EXAMPLE DATA");
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(readdirSync(home)).toEqual([]);
  });

  it("answers the documented JSON", async () => {
    const { exitCode, stdout } = await runCli(["report", "--example", "--format", "json"]);
    expect(exitCode).toBe(0);
    const document = JSON.parse(stdout) as Record<string, unknown>;
    expect(document["schemaVersion"]).toBe(1);
    for (const key of [
      "period",
      "total",
      "billing",
      "coverage",
      "replayGap",
      "joint",
      "recommendations",
      "abstained",
      "due",
      "findings",
    ]) {
      expect(document).toHaveProperty(key);
    }
  });

  it("explains a recommendation by number or id, and replays some alone", async () => {
    const wastefulServices = ["report", "--ledger", await aLedger([...wasteful("rag"), ...wasteful("docs")])];
    const { stdout } = await runCli([...wastefulServices, "--format", "json"]);
    const { recommendations } = JSON.parse(stdout) as { recommendations: { id: string }[] };
    const id = recommendations[0]?.id ?? "";
    const explained = await runCli([...wastefulServices, "--explain", id]);
    expect(explained.exitCode).toBe(0);
    expect((await runCli([...wastefulServices, "--explain", "1"])).stdout).toBe(explained.stdout);
    const alone = await runCli([...wastefulServices, "--only", "1", "--format", "json"]);
    expect(
      (JSON.parse(alone.stdout) as typeof recommendations & { recommendations: unknown[] }).recommendations,
    ).toMatchObject([{ id }]);
    for (const flags of [
      ["--explain", "99"],
      ["--only", "1,nonsense"],
    ]) {
      const { exitCode, stderr } = await runCli([...wastefulServices, ...flags]);
      expect(exitCode).toBe(2);
      expect(stderr).toContain(flags[0]);
    }
  });

  it("reports over a ledger that holds next to nothing", async () => {
    for (const events of [[], [aRequestCompleted()]]) {
      const { exitCode, stdout, stderr } = await runCli(["report", "--ledger", await aLedger(events)]);
      expect([exitCode, stderr]).toEqual([0, ""]);
      expect(stdout).toMatch(/^farthing report/);
    }
  });

  it("writes to a file whole or not at all", async () => {
    const cwd = emptyFolder();
    writeFileSync(join(cwd, "report.md"), "the old one");
    const report = ["report", "--ledger", await aLedger([aRequestCompleted()])];
    const args = [...report, "--format", "markdown", "--output", "report.md"];
    expect(await runCli(args, { cwd })).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    expect(readFileSync(join(cwd, "report.md"), "utf8")).toMatch(/^# What Claude API calls cost/);
    expect(readdirSync(cwd)).toEqual(["report.md"]);
    const { exitCode, stderr } = await runCli([...report, "--output", "nowhere/report.txt"], { cwd });
    expect(exitCode).toBe(3);
    expect(stderr).toContain("nowhere");
  });
});
