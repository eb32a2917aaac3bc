import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { aLedger } from "../support/a-ledger.ts";
import { aRequestCompleted } from "../support/builders.ts";
import { emptyFolder, runCli } from "../support/run-cli.ts";

/** A ledger whose bill, of a month that was closed, is under a contract, and names a key that is on none of its calls, and usage that has no price in it. */
export async function aBilledLedger(): Promise<string> {
  const labels = { "api-key": "apikey_1" };
  const ledger = await aLedger([
    aRequestCompleted({ occurredAt: "2026-10-05T10:00:00.000Z", labels }),
    aRequestCompleted({ id: "msg:2", servedModel: "claude-haiku-9", occurredAt: "2026-10-05T10:00:00.000Z", labels }),
  ]);
  const file = join(emptyFolder(), "cost.json");
  const row = (api_key_id: string, model: string) => ({
    group: { api_key_id, model, cost_type: "tokens", token_type: "output_tokens" },
    cost: { amount: "86", list_amount: "100", currency: "USD" },
  });
  const results = [row("apikey_1", "claude-haiku-9"), row("apikey_2", "claude-opus-5")];
  const times = { starting_at: "2026-10-05T00:00:00Z", ending_at: "2026-10-06T00:00:00Z" };
  const data = results.map((each) => ({ ...times, ...each }));
  writeFileSync(file, JSON.stringify({ data, has_more: false, next_page: null, data_refreshed_at: times.ending_at }));
  await runCli(["import", "cost-report", file, "--ledger", ledger]);
  for (const [name, value] of [
    ["billing", "per-token"],
    ["discount-percent", "14"],
    ["monthly-commitment-usd", "5000"],
    ["currency", "EUR=0.92"],
  ] as const) {
    await runCli(["settings", "set", name, value, "--ledger", ledger]);
  }
  await runCli(["close", "2026-10", "--ledger", ledger]);
  return ledger;
}

/** A ledger of one month under a contract, with a price for all that was used. */
export async function aContractLedger(): Promise<string> {
  const ledger = await aLedger([aRequestCompleted({ occurredAt: "2026-10-05T10:00:00.000Z" })]);
  for (const [name, value] of [
    ["billing", "per-token"],
    ["monthly-commitment-usd", "5"],
  ] as const) {
    await runCli(["settings", "set", name, value, "--ledger", ledger]);
  }
  return ledger;
}

/** A ledger of whose bill one amount is known. */
export async function aStatedLedger(): Promise<string> {
  const ledger = await aLedger([aRequestCompleted({ occurredAt: "2026-09-05T10:00:00.000Z" })]);
  await runCli(["bill", "set", "2026-09", "12.50", "--ledger", ledger]);
  return ledger;
}

/** A ledger that holds a bill and no call. */
export async function aLedgerOfABillAlone(): Promise<string> {
  const ledger = await aLedger([]);
  await runCli(["import", "cost-report", billOfAKey(), "--ledger", ledger]);
  return ledger;
}

function billOfAKey(): string {
  const group = {
    api_key_id: "apikey_1",
    model: "claude-opus-5",
    token_type: "output_tokens",
    service_tier: "standard",
  };
  const cost = { amount: "86", list_amount: "100", currency: "USD" };
  const times = { starting_at: "2026-10-05T00:00:00Z", ending_at: "2026-10-06T00:00:00Z" };
  const file = join(emptyFolder(), "cost.json");
  writeFileSync(file, JSON.stringify({ data: [{ ...times, group, cost }], has_more: false, next_page: null }));
  return file;
}

/** A page with a row of one side, and one that cannot be read. */
export function billPage(side: "usage" | "cost"): string {
  const row = side === "cost" ? { amount: "150", currency: "USD" } : { output_tokens: 5, uncached_input_tokens: 7 };
  const wrong = side === "cost" ? { amount: "150", currency: "EUR" } : { output_tokens: -5 };
  const file = join(emptyFolder(), "page.json");
  const times = { starting_at: "2026-10-01T00:00:00Z", ending_at: "2026-10-02T00:00:00Z" };
  writeFileSync(file, JSON.stringify({ data: [{ ...times, results: [row, wrong] }], has_more: true, next_page: "x" }));
  return file;
}
