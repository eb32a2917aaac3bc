import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { emptyFolder, runCli } from "../support/run-cli.ts";

describe("farthing report without a ledger", () => {
  it("names the four ways to a first report, makes nothing, and exits 3", async () => {
    const home = emptyFolder();
    const { exitCode, stdout, stderr } = await runCli(["report"], { home });
    expect([exitCode, stdout]).toEqual([3, ""]);
    const [what, ...ways] = stderr.trimEnd().split("\n");
    expect(what).toContain(join(home, ".local", "share", "farthing"));
    expect(ways).toEqual([
      expect.stringContaining("attach(client, ledger)"),
      expect.stringMatching(/farthing import claude-code +\(nothing in ~\/\.claude\/projects, /),
      expect.stringContaining("farthing import cost-report FILE..."),
      expect.stringContaining("farthing report --example"),
    ]);
    expect(readdirSync(home)).toEqual([]);
  });

  it("offers the transcripts that are there", async () => {
    const home = emptyFolder();
    const project = join(home, ".claude", "projects", "-work-shop");
    mkdirSync(project, { recursive: true });
    for (const name of ["a.jsonl", "b.jsonl", "notes.txt"]) writeFileSync(join(project, name), "");
    expect((await runCli(["report"], { home })).stderr).toMatch(/farthing import claude-code +\(2 transcripts found\)/);
  });

  it("is answered in one line where a ledger was named", async () => {
    const { exitCode, stderr } = await runCli(["report", "--ledger", join(emptyFolder(), "nowhere")]);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/^farthing: [^\n]+\n$/);
  });
});
