import { describe, expect, it } from "vitest";
import { aLedger } from "../support/a-ledger.ts";
import { aRequestCompleted, aRequestInterrupted, aUsage } from "../support/builders.ts";
import { runCli } from "../support/run-cli.ts";

const EVENTS = [
  aRequestCompleted({ id: "msg:cheap", ids: { message: "cheap" }, usage: aUsage({ output: 12 }) }),
  aRequestInterrupted({
    id: "msg:dear",
    ids: { message: "dear" },
    occurredAt: "2026-10-02T23:30:00.000Z",
    usage: aUsage({ output: 1000 }),
    timing: { occurredAtProvenance: "estimated" },
    context: { session: "258c7280-8f3e-4a3e-9c49-4bd0a4f3e0aa", agent: "a1b2" },
  }),
];

describe("farthing requests", () => {
  it("prints one line per response, dearest first, and marks lower bounds and estimates", async () => {
    const { exitCode, stdout } = await runCli(["requests", "--ledger", await aLedger(EVENTS), "--sort", "usd"]);
    expect(exitCode).toBe(0);
    const [titles, first, second, ...footer] = stdout.trimEnd().split("\n");
    expect(titles).toMatch(/^time +usd +model +prompt +output +who +id$/);
    expect(first).toMatch(/^2026-10-02 23:30~ +\$0\.0250\+ +opus-5 +0 +1,000 +258c7280\/a1b2 +dear$/);
    expect(second).toMatch(/^2026-10-01 10:00 +\$0\.0003 +opus-5 +0 +12 +\(none\) +cheap$/);
    expect(footer.join("\n")).toContain("at least");
    expect(footer.join("\n")).toContain("estimated time");
  });

  it("shows times in the zone asked for", async () => {
    const { stdout } = await runCli(["requests", "--ledger", await aLedger(EVENTS), "--tz", "Europe/Berlin"]);
    expect(stdout).toContain("2026-10-03 01:30~");
  });

  it("stops at the limit and says of how many", async () => {
    const { stdout } = await runCli(["requests", "--ledger", await aLedger(EVENTS), "--sort", "usd", "--limit", "1"]);
    expect(stdout).toContain("1 response of 2");
    expect(stdout).not.toContain("cheap");
  });

  it("gives every figure as JSON, in one document or one per line", async () => {
    const ledger = await aLedger(EVENTS);
    const dear = { id: "msg:dear", usd: "0.025", outputIsLowerBound: true, agent: "a1b2", tokens: { output: 1000 } };
    const json = await runCli(["requests", "--ledger", ledger, "--sort", "usd", "--format", "json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      schemaVersion: 1,
      matched: 2,
      requests: [dear, { usd: "0.0003" }],
    });
    const ndjson = await runCli(["requests", "--ledger", ledger, "--sort", "usd", "--format", "ndjson"]);
    const lines = ndjson.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
    expect(lines).toMatchObject([{ schemaVersion: 1, ...dear }, { usd: "0.0003" }]);
  });

  it("cuts ids to the screen unless --wide says otherwise", async () => {
    const message = `msg_${"0123456789".repeat(10)}`;
    const ledger = await aLedger([aRequestCompleted({ id: `msg:${message}`, ids: { message } })]);
    const cut = await runCli(["requests", "--ledger", ledger]);
    expect(cut.stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(cut.stdout).toContain("--wide shows them whole");
    const { stdout } = await runCli(["requests", "--ledger", ledger, "--wide"]);
    expect(stdout).toContain(message);
    expect(stdout).not.toContain("--wide");
  });
});
