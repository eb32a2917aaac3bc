import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { describeWithSharedData, sharedData } from "../support/shared-data.ts";
import { emptyFolder, runCli } from "../support/run-cli.ts";

interface ExpectedModel {
  readonly requests: number;
  readonly uncached_input: number;
  readonly cache_write_5m: number;
  readonly cache_write_1h: number;
  readonly cache_read: number;
  readonly output: number;
  readonly usd: string;
}

interface Expected {
  readonly requests: number;
  readonly total_usd: string;
  readonly models: Readonly<Record<string, ExpectedModel>>;
}

describeWithSharedData("real transcripts, through the command line", "claude-code/real/projects", (projects) => {
  it("import and sum to every expected figure, and importing them again changes nothing", async () => {
    const path = sharedData("claude-code/expected.json");
    const expected = JSON.parse(readFileSync(path ?? "", "utf8")) as Expected;
    const ledger = join(emptyFolder(), "ledger");
    const spend = ["spend", "--ledger", ledger, "--by", "model", "--format", "json"];

    const imported = await runCli(["import", "claude-code", projects, "--ledger", ledger]);
    expect([imported.exitCode, imported.stderr]).toEqual([0, ""]);
    const { stdout } = await runCli(spend);
    const document = JSON.parse(stdout) as {
      total: { usd: string; requests: number };
      rows: { by: { model: string }; usd: string; requests: number; tokens: Record<string, number> }[];
    };
    expect(document.total).toMatchObject({ usd: expected.total_usd, requests: expected.requests });
    expect(Object.fromEntries(document.rows.map((row) => [row.by.model, row]))).toMatchObject(
      Object.fromEntries(
        Object.entries(expected.models).map(([model, each]) => [
          model,
          {
            usd: each.usd,
            requests: each.requests,
            tokens: {
              uncachedInput: each.uncached_input,
              cacheWrite5m: each.cache_write_5m,
              cacheWrite1h: each.cache_write_1h,
              cacheRead: each.cache_read,
              output: each.output,
            },
          },
        ]),
      ),
    );

    const again = await runCli(["import", "claude-code", projects, "--ledger", ledger]);
    expect(again.stdout).toContain("0 new");
    expect((await runCli(spend)).stdout).toBe(stdout);
  });

  it("show the dearest request first, within 80 columns", async () => {
    const ledger = join(emptyFolder(), "ledger");
    await runCli(["import", "claude-code", projects, "--ledger", ledger]);
    const { stdout } = await runCli(["requests", "--ledger", ledger, "--sort", "usd", "--limit", "10"]);
    const lines = stdout.trimEnd().split("\n");
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    const amounts = lines.slice(1, 11).map((line) => Number(/\$(\d+\.\d+)/.exec(line)?.[1]));
    expect(amounts).toEqual([...amounts].sort((a, b) => b - a));
    expect(amounts[0]).toBeGreaterThan(0);
  });
});

describeWithSharedData("hostile transcripts, through the command line", "claude-code/edge", (folder) => {
  it("import with a report of what was skipped and why, and exit 0", async () => {
    const ledger = join(emptyFolder(), "ledger");
    const { exitCode, stdout } = await runCli(["import", "claude-code", folder, "--ledger", ledger]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/malformed\.jsonl:\d+: malformed-json: /);
    expect(stdout).toMatch(/unpriced .*models without a price: /);
  });
});
