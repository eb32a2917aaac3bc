import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { REPOSITORY } from "../support/repository.ts";
import { runCommand, type CommandResult } from "../support/run-command.ts";

const PLAYGROUND = join(REPOSITORY, "test/.generated");
let folder = "";

/** Runs one test file with the reporter of this repository. */
function runTests(text: string): CommandResult {
  mkdirSync(PLAYGROUND, { recursive: true });
  folder = mkdtempSync(join(PLAYGROUND, "reporter-"));
  writeFileSync(join(folder, "a.test.ts"), `import { beforeAll, describe, expect, it } from "vitest";\n${text}`);
  const reporter = join(REPOSITORY, "test/support/reporter.ts");
  const config = { test: { reporters: ["default", reporter] } };
  writeFileSync(join(folder, "vitest.config.js"), `export default ${JSON.stringify(config)};\n`);
  return runCommand(process.execPath, [join(REPOSITORY, "node_modules/vitest/vitest.mjs"), "run"], { cwd: folder });
}

function lastLine(text: string): string | undefined {
  return text.trimEnd().split("\n").at(-1);
}

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("the last line of a test run", { timeout: 30_000 }, () => {
  it("counts what passed, failed and was skipped, and the reasons stand above it", () => {
    const { exitCode, stdout } = runTests(`
      it("a", () => {});
      it("b", () => { expect(1).toBe(2); });
      describe.skip("c (skipped: no server)", () => { it("d", () => {}); it("e", () => {}); });
      it("f", ({ skip }) => { skip("no browser"); });
    `);
    expect({ exitCode, lastLine: lastLine(stdout) }).toEqual({
      exitCode: 1,
      lastLine: "1 passed, 1 failed, 3 skipped",
    });
    expect(stdout).toContain("a.test.ts > c (skipped: no server)\n");
    expect(stdout).toContain("a.test.ts > f (skipped: no browser)\n");
  });

  it("counts a suite that cannot be prepared, and an error outside every test, as failures", () => {
    const { exitCode, stdout } = runTests(`
      describe("a", () => { beforeAll(() => { throw new Error("x"); }); it("b", () => {}); });
      it("c", () => { setTimeout(() => { throw new Error("late"); }, 1); });
    `);
    expect({ exitCode, lastLine: lastLine(stdout) }).toEqual({
      exitCode: 1,
      lastLine: "1 passed, 2 failed, 1 skipped",
    });
  });

  it("counts a file that does not load as a failure", () => {
    const { exitCode, stdout } = runTests('throw new Error("x");');
    expect({ exitCode, lastLine: lastLine(stdout) }).toEqual({
      exitCode: 1,
      lastLine: "0 passed, 1 failed, 0 skipped",
    });
  });

  it("is there when all is well", () => {
    const { exitCode, stdout } = runTests('it("a", () => {});');
    expect({ exitCode, lastLine: lastLine(stdout) }).toEqual({
      exitCode: 0,
      lastLine: "1 passed, 0 failed, 0 skipped",
    });
  });
});
