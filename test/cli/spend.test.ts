import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { aLedger } from "../support/a-ledger.ts";
import { aRequestCompleted, aRequestFailed, aUsage } from "../support/builders.ts";
import { emptyFolder, runCli } from "../support/run-cli.ts";

const NO_COUNTS = { uncachedInput: 0, cacheWrite5m: 0, cacheWrite1h: 0, cacheRead: 0, output: 0, thinking: 0 };

const EVENTS = [
  aRequestCompleted({
    id: "msg:a",
    occurredAt: "2026-10-01T10:00:00.000Z",
    servedModel: "claude-opus-5",
    usage: aUsage({ uncachedInput: 1000, output: 100 }, { thinkingTokens: 40 }),
    context: { service: "rag-answers" },
    labels: { team: "search" },
  }),
  aRequestCompleted({
    id: "msg:b",
    occurredAt: "2026-10-02T10:00:00.000Z",
    servedModel: "claude-haiku-9",
    usage: aUsage({ cacheRead: 70, output: 3 }),
  }),
  aRequestFailed({ id: "req:c", occurredAt: "2026-10-02T11:00:00.000Z" }),
];

async function jsonOf(args: readonly string[]): Promise<Record<string, unknown>> {
  const { exitCode, stdout, stderr } = await runCli([...args, "--format", "json"]);
  expect([exitCode, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe("farthing spend", () => {
  it("answers the documented JSON, by hand: 1000 at 5 and 100 at 25 USD/MTok", async () => {
    const document = await jsonOf(["spend", "--ledger", await aLedger(EVENTS), "--by", "model,service"]);
    const a = { ...NO_COUNTS, uncachedInput: 1000, output: 100, thinking: 40 };
    const b = { ...NO_COUNTS, cacheRead: 70, output: 3 };
    expect(document).toMatchObject({
      schemaVersion: 1,
      total: {
        usd: "0.0075",
        requests: 2,
        unpricedRequests: 1,
        failed: 1,
        tokens: { ...NO_COUNTS, uncachedInput: 1000, cacheRead: 70, output: 103, thinking: 40 },
      },
      rows: [
        {
          by: { model: "claude-opus-5", service: "rag-answers" },
          usd: "0.0075",
          requests: 1,
          unpricedRequests: 0,
          tokens: a,
        },
        { by: { model: "claude-haiku-9", service: null }, usd: "0", requests: 1, unpricedRequests: 1, tokens: b },
      ],
      unpriced: [{ model: "claude-haiku-9", reason: "unknown-model", requests: 1, tokens: b }],
    });
  });

  it("filters by every condition, by time and by label", async () => {
    const ledger = await aLedger(EVENTS);
    const requests = async (...args: string[]): Promise<unknown> => {
      const { total } = (await jsonOf(["spend", "--ledger", ledger, ...args])) as { total: { requests: number } };
      return total.requests;
    };
    expect(await requests("--where", "model=claude-opus-5")).toBe(1);
    expect(await requests("--where", "label:team=search", "--where", "service=rag-answers")).toBe(1);
    expect(await requests("--where", "label:team=search", "--where", "service=chat")).toBe(0);
    expect(await requests("--where", "service=")).toBe(1);
    expect(await requests("--since", "2026-10-02")).toBe(1);
    expect(await requests("--until", "2026-10-02")).toBe(1);
    expect(await requests("--since", "2026-10-02T10:00:00.001Z")).toBe(0);
  });

  it("shows unpriced usage with its tokens and never as an amount", async () => {
    const { stdout } = await runCli(["spend", "--ledger", await aLedger(EVENTS), "--by", "model"]);
    expect(stdout).toContain("UNPRICED  1 response, not in the total");
    expect(stdout).toMatch(/^ {2}claude-haiku-9 {2}unknown-model {2}1 response {2}70 prompt, 3 output$/m);
    expect(stdout).toMatch(/^claude-haiku-9 +unpriced /m);
    expect(stdout).not.toContain("$0.00");
  });

  it("names no amount where nothing has a price", async () => {
    const { stdout } = await runCli(["spend", "--ledger", await aLedger(EVENTS.slice(1))]);
    expect(stdout).toContain("TOTAL unknown: no price");
    expect(stdout).not.toContain("$");
  });

  it("says at API list prices, and spent only where each token is paid for", async () => {
    const ledger = await aLedger(EVENTS);
    const total = async (): Promise<string> => (await runCli(["spend", "--ledger", ledger])).stdout;
    expect(await total()).toMatch(/^TOTAL \$0\.01 at API list prices/m);
    expect(await total()).not.toMatch(/spent/i);
    await runCli(["settings", "set", "billing", "per-token", "--ledger", ledger]);
    expect(await total()).toMatch(/^SPENT \$0\.01 {3}2 responses/m);
    await runCli(["settings", "set", "billing.test", "subscription", "--ledger", ledger]);
    expect(await total()).not.toMatch(/spent/i);
  });

  it("stays within 80 columns and writes no colour codes where there is no terminal", async () => {
    const long = aRequestCompleted({
      id: "msg:d",
      context: { project: "-home-someone-with-a-very-long-name-projects-and-more" },
    });
    const { stdout } = await runCli(["spend", "--ledger", await aLedger([...EVENTS, long]), "--by", "project,model"]);
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(stdout).not.toContain("\u001b");
  });

  it("obeys NO_COLOR on a terminal", async () => {
    const args = ["spend", "--ledger", await aLedger(EVENTS)];
    const terminal = { columns: 100 };
    expect((await runCli(args, { terminal })).stdout).toContain("\u001b[1m");
    expect((await runCli(args, { terminal, env: { NO_COLOR: "1" } })).stdout).not.toContain("\u001b");
  });

  it("counts a response that several ledgers hold once", async () => {
    const [one, two] = [await aLedger(EVENTS.slice(0, 1)), await aLedger(EVENTS)];
    const document = await jsonOf(["spend", "--ledger", one, "--ledger", two]);
    expect(document["total"]).toMatchObject({ usd: "0.0075", requests: 2, failed: 1 });
  });

  it("finds the ledger in .farthing above", async () => {
    const project = emptyFolder();
    const below = join(project, "src");
    mkdirSync(below);
    const line = JSON.stringify(EVENTS[0]);
    const imported = await runCli(["import", "events", "--ledger", join(project, ".farthing")], { stdin: line });
    expect(imported.exitCode).toBe(0);
    const { stdout } = await runCli(["spend"], { cwd: below });
    expect(stdout).toContain("1 response");
  });

  it("refuses a dimension nobody knows, or one given twice", async () => {
    for (const by of ["colour", "model,model", "label:"]) {
      const { exitCode, stderr } = await runCli(["spend", "--by", by]);
      expect(exitCode).toBe(2);
      expect(stderr).toContain("--by");
    }
    expect((await runCli(["spend", "--where", "model"])).exitCode).toBe(2);
    expect((await runCli(["spend", "--where", "colour=red"])).exitCode).toBe(2);
  });
});
