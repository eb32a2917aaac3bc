import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { runCli } from "../support/run-cli.ts";

const COMMANDS = [
  "report",
  "spend",
  "requests",
  "compare",
  "check",
  "bill",
  "price",
  "prices",
  "prices set",
  "simulate",
  "backtest",
  "trial",
  "advice",
  "advice list",
  "advice show",
  "advice accept",
  "advice dismiss",
  "budget",
  "budget set",
  "budget status",
  "import claude-code",
  "import events",
  "settings",
  "settings get",
  "settings set",
  "close",
  "verify",
  "doctor",
  "prune",
];

describe("farthing", () => {
  it("prints the release of its package", async () => {
    const manifest = JSON.parse(
      readFileSync(new URL("../../packages/advisor/package.json", import.meta.url), "utf8"),
    ) as { version: string };
    expect(await runCli(["--version"])).toEqual({ exitCode: 0, stdout: `${manifest.version}\n`, stderr: "" });
  });

  it("shows an example in the help of every command", async () => {
    for (const command of COMMANDS) {
      const { exitCode, stdout } = await runCli([...command.split(" "), "--help"]);
      expect([exitCode, /^Examples?: farthing /m.test(stdout)], command).toEqual([0, true]);
    }
  });

  it("lists every command and exit codes", async () => {
    const { exitCode, stdout, stderr } = await runCli(["--help"]);
    expect([exitCode, stderr]).toEqual([0, ""]);
    for (const name of [
      "report",
      "advice",
      "spend",
      "requests",
      "compare",
      "budget",
      "check",
      "import",
      "price",
      "prices",
      "simulate",
      "backtest",
      "trial",
      "settings",
      "verify",
      "doctor",
      "prune",
      "bill",
      "reconcile",
      "close",
      "export",
    ]) {
      expect(stdout).toMatch(new RegExp(`^  ${name} `, "m"));
    }
    expect(stdout).toContain("Exit codes:");
  });

  it("keeps help within 80 columns", async () => {
    for (const command of [
      [],
      ["report"],
      ["advice"],
      ["advice", "list"],
      ["advice", "show"],
      ["advice", "accept"],
      ["advice", "dismiss"],
      ["spend"],
      ["requests"],
      ["compare"],
      ["budget"],
      ["budget", "set"],
      ["budget", "status"],
      ["check"],
      ["import"],
      ["import", "claude-code"],
      ["prices"],
      ["simulate"],
      ["backtest"],
      ["trial"],
      ["settings"],
      ["verify"],
      ["doctor"],
      ["prune"],
    ]) {
      const { stdout } = await runCli([...command, "--help"]);
      expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    }
  });

  it.each([
    [["spent"], "spend"],
    [["spend", "--fromat", "json"], "--format"],
    [["spend", "--format", "xml"], "text, json"],
    [["requests", "--sort", "price"], "usd, time, tokens"],
    [["requests", "--limit", "-1"], "--limit"],
    [["requests", "--limit", "1.5"], "--limit"],
    [["requests", "--limit", "0"], "--limit"],
    [["spend", "--since"], "--since"],
    [["spend", "extra"], "too many arguments"],
    [["settings", "set", "billing"], "value"],
  ])("exits 2 for %j and says what was expected", async (args, hint) => {
    const { exitCode, stdout, stderr } = await runCli(args);
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^farthing: /);
    expect(stderr).toContain(hint);
  });
});
