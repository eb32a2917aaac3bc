import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LedgerEvent } from "@farthing/ledger";
import { aLedger } from "../support/a-ledger.ts";
import { emptyFolder, runCli, type CliOptions, type CliResult } from "../support/run-cli.ts";

/** What a row of the analytics API is grouped by, under its own names. */
export type Group = Readonly<Record<string, string | null>>;

const DAY = { starting_at: "2026-10-01T00:00:00Z", ending_at: "2026-10-02T00:00:00Z" };

/** A row of costs of 1 October 2026, in whole dollars before a discount of a tenth. */
export function costRow(group: Group, dollars: number): object {
  const cost = { amount: String(dollars * 90), list_amount: String(dollars * 100), currency: "USD" };
  return { ...DAY, group, cost };
}

/** A row of usage of the same day. */
export function usageRow(group: Group, usage: object): object {
  return { ...DAY, group, usage };
}

/** One page that is all of a report. */
export function page(data: readonly object[], hasMore = false): object {
  return { data, has_more: hasMore, next_page: hasMore ? "page_2" : null, data_refreshed_at: "2026-11-02T06:00:00Z" };
}

/** A ledger that holds these events and these reports. */
export async function aLedgerWith(
  reports: { readonly cost?: object; readonly usage?: object },
  events: readonly LedgerEvent[] = [],
): Promise<string> {
  const ledger = await aLedger(events);
  for (const [side, report] of Object.entries(reports)) {
    const file = join(emptyFolder(), `${side}.json`);
    writeFileSync(file, JSON.stringify(report));
    await runCli(["import", `${side}-report`, file, "--ledger", ledger]);
  }
  return ledger;
}

export async function reportOn(
  ledger: string,
  flags: readonly string[] = [],
  options: CliOptions = {},
): Promise<CliResult> {
  return runCli(["report", "--ledger", ledger, ...flags], options);
}

export interface BillJson {
  readonly usd: string | null;
  readonly basis: string;
  readonly complete: boolean;
  readonly toldApart: readonly string[];
  readonly rows: readonly (Readonly<Record<string, unknown>> & {
    readonly usd: string | null;
    readonly ceilings: readonly { readonly lever: string; readonly usd: string; readonly model: string | null }[];
  })[];
  readonly services: { readonly by: string; readonly basis: string; readonly rows: readonly object[] } | null;
  readonly attachFirst: Readonly<Record<string, unknown>> | null;
  readonly next: readonly { readonly what: string; readonly code: string | null }[];
}

/** What a report says of the bill alone; undefined where it says nothing. */
export async function billIn(ledger: string, flags: readonly string[] = []): Promise<BillJson | undefined> {
  const { exitCode, stdout } = await reportOn(ledger, ["--format", "json", ...flags]);
  if (exitCode !== 0) throw new Error(`exit ${String(exitCode)}`);
  return (JSON.parse(stdout) as { bill?: BillJson }).bill;
}

const IDS = {
  a: { api_key_id: "apikey_01Rj2N8SVvo6BePZj99NhmiT", workspace_id: "wrkspc_01JwQvzr7rXLA5AGx3HKfFUJ" },
  b: { api_key_id: "apikey_01Qm7T4LKcx9WdHYs33PpaeV", workspace_id: null },
};
const tokens = (model: string, type: string, tier: string): Group => ({
  model,
  cost_type: "tokens",
  token_type: type,
  service_tier: tier,
});

/** Two keys and what has none: $1,770 at list prices. */
export const TWO_KEYS: object = page([
  costRow({ ...IDS.a, ...tokens("claude-opus-5", "uncached_input_tokens", "standard") }, 1000),
  costRow({ ...IDS.a, ...tokens("claude-opus-5", "output_tokens", "standard") }, 400),
  costRow({ ...IDS.b, ...tokens("claude-opus-4-6", "cache_creation.ephemeral_1h_input_tokens", "batch") }, 300),
  costRow({ ...IDS.b, model: null, cost_type: "web_search", token_type: null, service_tier: null }, 50),
  costRow({ api_key_id: null, workspace_id: null, ...tokens("claude-x-1", "output_tokens", "standard") }, 20),
]);
