import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { REPOSITORY } from "../support/repository.ts";
import { emptyFolder } from "../support/run-cli.ts";
import { runCommand } from "../support/run-command.ts";

const WORKFLOW = readFileSync(join(REPOSITORY, "docs/guides/cost-check.yml"), "utf8");

/** The shell commands of the workflow's steps that call farthing, in order. */
function stepsOf(workflow: string): string[] {
  const steps = [...workflow.matchAll(/^ {8}run: \|\n((?: {10}.*\n)+)/gm)].map(([, body = ""]) =>
    body.replaceAll(/^ {10}/gm, ""),
  );
  return steps.filter((step) => /^farthing /m.test(step));
}

/** Calls of a service, one a minute, in the short form of events. */
function calls(count: number, model: string, read: number): string {
  return Array.from({ length: count }, (_, index) => {
    const at = new Date(Date.UTC(2026, 10, 20, 8, index)).toISOString();
    const usage = { input_tokens: 1000 + index, cache_read_input_tokens: read, output_tokens: 100 };
    return `${JSON.stringify({ at, model, service: "chat", id: `call-${String(index)}`, usage })}\n`;
  }).join("");
}

/** Runs the steps as a runner does: each in a shell that ends with the first failure, until one fails. */
function runWorkflow(baseline: string, usage: string): { exitCode: number; summary: string; shown: string } {
  const [workspace, temporary, programs] = [emptyFolder(), emptyFolder(), emptyFolder()];
  mkdirSync(join(workspace, "test"));
  writeFileSync(join(workspace, "test/baseline.ndjson"), baseline);
  writeFileSync(join(workspace, "usage.ndjson"), usage);
  const farthing = join(REPOSITORY, "packages/advisor/bin/farthing.js");
  writeFileSync(join(programs, "farthing"), `#!/bin/sh\nexec "${process.execPath}" "${farthing}" "$@"\n`);
  chmodSync(join(programs, "farthing"), 0o755);
  const summary = join(temporary, "summary.md");
  writeFileSync(summary, "");
  const declared = [...WORKFLOW.matchAll(/^ {6}([A-Z]+): (.*)$/gm)].map(([, name = "", value = ""]) => [name, value]);
  const env = {
    ...(Object.fromEntries(declared) as Record<string, string>),
    PATH: [programs, process.env["PATH"]].join(delimiter),
    HOME: emptyFolder(),
    RUNNER_TEMP: temporary,
    GITHUB_STEP_SUMMARY: summary,
  };
  let shown = "";
  for (const step of stepsOf(WORKFLOW)) {
    const { exitCode, stdout, stderr } = runCommand("bash", ["-eo", "pipefail", "-c", step], { cwd: workspace, env });
    shown += stdout + stderr;
    if (exitCode !== 0) return { exitCode, summary: readFileSync(summary, "utf8"), shown };
  }
  return { exitCode: 0, summary: readFileSync(summary, "utf8"), shown };
}

describe("the sample workflow", { timeout: 60_000 }, () => {
  it("has steps that call farthing", () => {
    expect(stepsOf(WORKFLOW)).toHaveLength(2);
  });

  it("passes where nothing got worse", () => {
    const { exitCode, summary, shown } = runWorkflow(
      calls(40, "claude-haiku-4-5", 9000),
      calls(45, "claude-haiku-4-5", 9000),
    );
    expect([exitCode, shown.includes("farthing: ")]).toEqual([0, false]);
    expect(summary).toContain("### Cost check: none of 2 failed");
    expect(summary).toContain("| **PASS** | cost per request |");
  });

  it("fails where requests cost more and less of them is read from the cache, and says why in the summary", () => {
    const { exitCode, summary } = runWorkflow(calls(40, "claude-haiku-4-5", 9000), calls(40, "claude-opus-5", 0));
    expect(exitCode).toBe(1);
    expect(summary).toContain("### Cost check: 2 of 2 failed");
    expect(summary).toContain("| **FAIL** | cost per request |");
    expect(summary).toContain("chat moved from haiku-4-5 to opus-5");
  });

  it("fails nothing where too little was recorded to tell", () => {
    const { exitCode, summary } = runWorkflow(calls(40, "claude-haiku-4-5", 9000), calls(29, "claude-opus-5", 0));
    expect(exitCode).toBe(0);
    expect(summary).toContain("29 responses on the smaller side, 30 needed");
  });
});
