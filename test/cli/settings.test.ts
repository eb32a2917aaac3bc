import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { aLedger } from "../support/a-ledger.ts";
import { emptyFolder, runCli } from "../support/run-cli.ts";

async function get(ledger: string, key: string): Promise<string> {
  return (await runCli(["settings", "get", key, "--ledger", ledger])).stdout.trimEnd();
}

describe("farthing settings", () => {
  it("begins with nothing known", async () => {
    const { exitCode, stdout } = await runCli(["settings", "get", "--ledger", await aLedger([])]);
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      "billing  unknown\ndiscount-percent  none\nmonthly-commitment-usd  none\ncurrency  none\ntime-zone  UTC\npersonal-labels  none\ndisk-limit-bytes  none\n",
    );
  });

  it.each([
    ["billing", "per-token"],
    ["billing.claude-code", "subscription"],
    ["discount-percent", "12.5"],
    ["monthly-commitment-usd", "5000"],
    ["currency", "EUR=0.92"],
    ["time-zone", "Europe/Berlin"],
    ["personal-labels", "email,user"],
    ["disk-limit-bytes", "5000000000"],
  ])("keeps %s %s", async (key, value) => {
    const ledger = await aLedger([]);
    const set = await runCli(["settings", "set", key, value, "--ledger", ledger]);
    expect([set.exitCode, set.stdout]).toEqual([0, `${key}  ${value}\n`]);
    expect(await get(ledger, key)).toBe(value);
  });

  it("takes back a value with none", async () => {
    const ledger = await aLedger([]);
    await runCli(["settings", "set", "discount-percent", "10", "--ledger", ledger]);
    await runCli(["settings", "set", "discount-percent", "none", "--ledger", ledger]);
    expect(await get(ledger, "discount-percent")).toBe("none");
  });

  it("applies billing to every source that has no entry of its own", async () => {
    const ledger = await aLedger([]);
    await runCli(["settings", "set", "billing", "per-token", "--ledger", ledger]);
    await runCli(["settings", "set", "billing.claude-code", "subscription", "--ledger", ledger]);
    expect([await get(ledger, "billing.batches"), await get(ledger, "billing.claude-code")]).toEqual([
      "per-token",
      "subscription",
    ]);
  });

  it.each([
    ["colour", "red"],
    ["billing", "free"],
    ["billing.", "per-token"],
    ["discount-percent", "101"],
    ["discount-percent", "-1"],
    ["discount-percent", "ten"],
    ["monthly-commitment-usd", "-5"],
    ["time-zone", "Mars/Olympus"],
    ["personal-labels", "user,,email"],
    ["disk-limit-bytes", "0"],
    ["disk-limit-bytes", "1.5"],
    ["disk-limit-bytes", "5 GB"],
  ])("refuses %s %s and changes nothing", async (key, value) => {
    const ledger = await aLedger([]);
    const before = await get(ledger, "");
    const { exitCode, stderr } = await runCli(["settings", "set", "--ledger", ledger, "--", key, value]);
    expect(exitCode).toBe(2);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(await get(ledger, "")).toBe(before);
  });

  it("needs a ledger, and makes none", async () => {
    const home = emptyFolder();
    expect((await runCli(["settings", "get"], { home })).exitCode).toBe(3);
    expect((await runCli(["settings", "set", "billing", "per-token"], { home })).exitCode).toBe(3);
    expect(existsSync(join(home, ".local"))).toBe(false);
  });
});
