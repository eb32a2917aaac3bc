import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { aLedger } from "../support/a-ledger.ts";
import { aRequestCompleted, aUsage } from "../support/builders.ts";
import { emptyFolder, runCli } from "../support/run-cli.ts";

const CARD = {
  model: "claude-haiku-9",
  effectiveFrom: "2026-01-01",
  rates: { uncachedInput: "2", cacheWrite5m: null, cacheWrite1h: null, cacheRead: null, output: "4" },
  usGeography: false,
  regionalPremium: false,
  source: "our contract",
  checkedOn: "2026-11-01",
};

function cardFile(content: unknown): string {
  const path = join(emptyFolder(), "cards.json");
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

describe("farthing prices", () => {
  it("shows every price in force with its source and the day it was checked", async () => {
    const { exitCode, stdout, stderr } = await runCli(["prices"]);
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^claude-opus-5 +2026-07-24 +5 +6\.25 +10 +0\.5 +25$/m);
    expect(stdout).toMatch(/^ {2}prompt > 100000 +0\.5 +0\.625 +1 +0\.05 +2\.5$/m);
    expect(stdout).toMatch(/^ {2}\d{4}-\d{2}-\d{2} {2}platform\.claude\.com pricing page; /m);
    expect(stdout).toMatch(/^ {6}.*claude-opus-5,/m);
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(stdout).toMatch(/^claude-mythos-preview .*unpriced/m);
    expect(stdout).toContain("UNPRICED  claude-mythos-preview");
  });

  it("shows one model at a time, decorated ids included", async () => {
    const read = async (at: string): Promise<unknown> => {
      const { stdout } = await runCli(["prices", "claude-sonnet-5-5[1m]", "--at", at, "--format", "json"]);
      return (JSON.parse(stdout) as { prices: { rates: { cacheRead: string } }[] }).prices.map(
        ({ rates }) => rates.cacheRead,
      );
    };
    expect(await read("2026-10-06")).toEqual(["0.2"]);
    expect(await read("2026-10-07")).toEqual(["0.1"]);
  });

  it("shows fast mode while it is offered", async () => {
    const fast = async (at: string): Promise<boolean> =>
      (await runCli(["prices", "claude-opus-4-8", "--at", at])).stdout.includes("fast, to 2026-11-30");
    expect([await fast("2026-11-29"), await fast("2026-11-30")]).toEqual([true, false]);
  });

  it("says that an unknown model is unpriced, and why", async () => {
    const { exitCode, stdout } = await runCli(["prices", "claude-haiku-9"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("claude-haiku-9: unpriced (unknown-model)");
  });
});

describe("farthing prices set", () => {
  it("prices what had no price, in spend, price and prices alike", async () => {
    const usage = aUsage({ uncachedInput: 1_000_000 });
    const ledger = await aLedger([aRequestCompleted({ servedModel: "claude-haiku-9", usage })]);
    const before = await runCli(["spend", "--ledger", ledger, "--format", "json"]);
    expect(JSON.parse(before.stdout)).toMatchObject({ total: { usd: "0", unpricedRequests: 1 } });

    const set = await runCli(["prices", "set", cardFile(CARD), "--ledger", ledger]);
    expect([set.exitCode, set.stderr]).toEqual([0, ""]);
    const after = await runCli(["spend", "--ledger", ledger, "--format", "json"]);
    expect(JSON.parse(after.stdout)).toMatchObject({ total: { usd: "2", unpricedRequests: 0 } });
    const one = JSON.stringify({ input_tokens: 1_000_000, output_tokens: 0 });
    const priced = await runCli(["price", "claude-haiku-9", "--usage", one, "--ledger", ledger]);
    expect(JSON.parse(priced.stdout)).toMatchObject({ usd: "2" });
    expect((await runCli(["prices", "claude-haiku-9", "--ledger", ledger])).stdout).toContain("our contract");
  });

  it("leaves prices as they were known before", async () => {
    const ledger = await aLedger([aRequestCompleted({ servedModel: "claude-haiku-9", usage: aUsage({ output: 1 }) })]);
    await runCli(["prices", "set", cardFile(CARD), "--ledger", ledger]);
    const known = ["spend", "--ledger", ledger, "--prices-known-at", "2026-11-21", "--format", "json"];
    expect(JSON.parse((await runCli(known)).stdout)).toMatchObject({ total: { unpricedRequests: 1 } });
  });

  it("says of what was rated otherwise before by how much, per model", async () => {
    const usage = aUsage({ uncachedInput: 1_000_000 });
    const ledger = await aLedger([aRequestCompleted({ servedModel: "claude-opus-5", usage })]);
    const card = { ...CARD, model: "claude-opus-5", rates: { ...CARD.rates, uncachedInput: "6" } };
    await runCli(["prices", "set", cardFile(card), "--ledger", ledger]);
    const rerated = [{ model: "claude-opus-5", requests: 1, usd: "6", usdThen: "5", difference: "1" }];
    const words = /claude-opus-5, 1 response: \$6\.00 at these prices,\s+\$1\.00\s+more\s+than\s+at\s+those\s+known/;
    for (const command of ["spend", "report"]) {
      const { stdout } = await runCli([command, "--ledger", ledger, "--format", "json"]);
      expect(JSON.parse(stdout)).toMatchObject({ total: { usd: "6" }, rerated });
      expect((await runCli([command, "--ledger", ledger])).stdout).toMatch(words);
      const known = [command, "--ledger", ledger, "--prices-known-at", "2026-11-21", "--format", "json"];
      expect(JSON.parse((await runCli(known)).stdout)).toMatchObject({ total: { usd: "5" }, rerated: [] });
    }
  });

  it("records a card once, however often it is set", async () => {
    const ledger = await aLedger([]);
    const file = cardFile([CARD, { ...CARD, effectiveFrom: "2026-06-01" }]);
    expect((await runCli(["prices", "set", file, "--ledger", ledger])).stdout).toContain("2 of 2 rate cards are new");
    const again = ["prices", "set", file, "--ledger", ledger, "--now", "2026-12-01"];
    expect((await runCli(again)).stdout).toContain("0 of 2 rate cards are new");
  });

  it.each([
    ["not JSON", "{", "cards.json"],
    ["misspelt", { ...CARD, rates: { ...CARD.rates, ouput: "4" } }, "ouput"],
    ["half good", [CARD, { ...CARD, rates: { ...CARD.rates, output: "-4" } }], "card 2"],
  ])("records nothing of a file that is %s, and exits 3", async (_, content, hint) => {
    const ledger = await aLedger([]);
    const { exitCode, stderr } = await runCli(["prices", "set", cardFile(content), "--ledger", ledger]);
    expect(exitCode).toBe(3);
    expect(stderr).toContain(hint);
    expect((await runCli(["prices", "claude-haiku-9", "--ledger", ledger])).stdout).toContain("unpriced");
  });

  it("exits 3 for a file that is not there", async () => {
    const { exitCode, stderr } = await runCli(["prices", "set", "nowhere.json", "--ledger", await aLedger([])]);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/nowhere\.json: there is no such file/);
  });
});

describe("a price", () => {
  it("is asked without making a ledger", async () => {
    const home = emptyFolder();
    await runCli(["prices"], { home });
    expect(() => readFileSync(join(home, ".local"))).toThrow(/ENOENT/);
  });
});
