import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  canonicalJson,
  listPriceBook,
  loadParseEvent,
  openLedger,
  querySpend,
  type Account,
  type GroupKey,
} from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { generateLedger } from "../bench/ledger/generate-ledger.ts";
import type { GroupTotals } from "../bench/ledger/oracle.ts";
import type { LedgerPlan } from "../bench/ledger/traffic.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const SMALL: LedgerPlan = { seed: 7, events: 2_000 };
/** Large enough for corrections and final counts that disagree. */
const LARGER: LedgerPlan = { seed: 7, events: 24_000 };

describe("the ledger of the benchmarks", () => {
  it("is the same for the same seed, byte for byte, and another for another", () => {
    const bytes = (plan: LedgerPlan) => bytesBelow(generateLedger(plan, join(temporaryFolder(), "ledger")).path);

    expect(bytes(SMALL)).toEqual(bytes(SMALL));
    expect(bytes({ ...SMALL, seed: 8 })).not.toEqual(bytes(SMALL));
  });

  it("holds canonical events that would be accepted as they are", async () => {
    const { path } = generateLedger(SMALL, join(temporaryFolder(), "ledger"));
    const parseEvent = await loadParseEvent();
    for (const line of linesOf(path)) {
      const event = line.slice(line.indexOf('"event":') + '"event":'.length, line.lastIndexOf(',"at":'));
      const json: unknown = JSON.parse(event);
      expect(canonicalJson(json)).toBe(event);
      expect(parseEvent(json)).toEqual(json);
    }
  });

  it("has interleaved, sealed logs of four writers, and a median line of 2 KB", () => {
    const { path, medianLineBytes } = generateLedger(SMALL, join(temporaryFolder(), "ledger"));

    expect(readdirSync(join(path, "segments"))).toHaveLength(8);
    expect(linesOf(path)).toHaveLength(2_000);
    expect(medianLineBytes).toBe(2_048);
  });

  it.each([SMALL, LARGER])("costs what its requests cost one by one: $events events", async (plan) => {
    const { path, oracle } = generateLedger(plan, join(temporaryFolder(), "ledger"));
    await using ledger = await openLedger(path, { mode: "read" });
    const account = await ledger.account();
    const { totals } = oracle;

    expect(ledger.damage()).toEqual([]);
    expect(spendBy(account, [])).toMatchObject({
      total: {
        usd: totals.usd,
        requests: totals.requests,
        unpricedRequests: totals.unpricedRequests,
        tokens: { ...totals.tokens, thinking: totals.thinking },
        failed: totals.failed,
        failedAtUnknownCost: totals.failedAtUnknownCost,
      },
      notBilled: { requests: totals.notBilledRequests },
      lowerBoundRequests: totals.lowerBoundRequests,
    });
    expect(account.conflicts).toHaveLength(totals.conflicts);
    expect(account.corrected).toHaveLength(totals.corrected);
    for (const key of ["day", "model", "service", "workload"] as const) {
      expect(groups(account, key)).toEqual(new Map(sorted(oracle.by[key])));
    }
  });
});

function spendBy(account: Account, by: readonly GroupKey[]) {
  return querySpend(account, { by, where: [], since: null, until: null, timeZone: "UTC", book: listPriceBook() });
}

function groups(account: Account, key: GroupKey): Map<string, GroupTotals> {
  const rows = spendBy(account, [key]).rows.map(({ by, requests, usd }) => [by[key] ?? "", { requests, usd }] as const);
  return new Map(sorted(rows));
}

function sorted(groups: Iterable<readonly [string, GroupTotals]>): (readonly [string, GroupTotals])[] {
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

function bytesBelow(path: string): Record<string, string> {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map(({ name, parentPath }) => [name, readFileSync(join(parentPath, name), "latin1")]),
  );
}

function linesOf(path: string): string[] {
  const folder = join(path, "segments");
  const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
  return texts.flatMap((text) => text.split("\n").filter((line) => line !== ""));
}
