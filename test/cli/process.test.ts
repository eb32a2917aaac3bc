import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { aLedger } from "../support/a-ledger.ts";
import { aRequestCompleted } from "../support/builders.ts";
import { modulesLoadedBy } from "../support/modules-loaded.ts";
import { REPOSITORY } from "../support/repository.ts";

const FARTHING = join(REPOSITORY, "packages/advisor/bin/farthing.js");

/** Names, flags and help of the commands, the values that flags take, and how a failure is told. */
const DESCRIBES_COMMANDS =
  /^advisor\/dist\/cli\/(program\/|flags\/(ledger-options|setting-names)|[\w-]+\.js)|^advisor\/dist\/(exports\/focus-sellers|strategies\/strategy|reconcile\/residual-limit)\.js$|^ledger\/dist\/(money\/|errors\.js)/;

describe("the farthing process", () => {
  it("loads neither schemas nor an API client to answer spend, requests and report", async () => {
    const ledger = await aLedger([aRequestCompleted()]);
    for (const command of ["spend", "requests", "report"]) {
      const modules = modulesLoadedBy([command, "--ledger", ledger]);
      expect(modules.some((url) => url.includes("/packages/advisor/dist/"))).toBe(true);
      expect(modules.filter((url) => /\/zod\/|\/@anthropic-ai\/|\/packages\/adapters\//.test(url))).toEqual([]);
    }
  });

  it("loads what describes its commands to say what they are, and nothing of what they do", () => {
    const files = modulesLoadedBy(["--help"]).filter((url) => url.startsWith("file:"));
    expect(files.length).toBeLessThanOrEqual(7);
    const text = files.map((url) => readFileSync(new URL(url), "utf8")).join("\n");
    const modules = [...text.matchAll(/^\/\/ packages\/(.+)$/gm)].map(([, path = ""]) => path);
    expect(modules).toContain("advisor/dist/cli/program/program.js");
    expect(modules.filter((path) => !DESCRIBES_COMMANDS.test(path))).toEqual([]);
    expect(text).not.toContain("node:child_process");
  });

  it("loads next to nothing to say its version", () => {
    expect(modulesLoadedBy(["--version"]).filter((url) => url.startsWith("file:")).length).toBeLessThanOrEqual(6);
  });

  it("ends quietly when its reader has seen enough", async () => {
    const child = spawn(process.execPath, [FARTHING, "price", "--stdin"], { stdio: ["pipe", "pipe", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.stdin.on("error", () => undefined);
    child.stdout.once("data", () => child.stdout.destroy());
    const line = `${JSON.stringify({ model: "claude-opus-5", usage: { input_tokens: 1, output_tokens: 0 } })}\n`;
    child.stdin.end(line.repeat(20_000));
    const [exitCode] = (await once(child, "exit")) as [number | null];
    expect([exitCode, stderr]).toEqual([0, ""]);
  });

  it("exits 130 when interrupted", async () => {
    const child = spawn(process.execPath, [FARTHING, "price", "--stdin"], { stdio: ["pipe", "pipe", "pipe"] });
    child.stdin.write(`${JSON.stringify({ model: "claude-opus-5", usage: { input_tokens: 1, output_tokens: 0 } })}\n`);
    await once(child.stdout, "data");
    child.kill("SIGINT");
    const [exitCode] = (await once(child, "exit")) as [number | null];
    expect(exitCode).toBe(130);
  });
});
