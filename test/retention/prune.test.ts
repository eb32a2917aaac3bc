import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  listPriceBook,
  openLedger,
  pruneLedger,
  querySpend,
  withPriceSets,
  type Account,
  type GroupKey,
  type LedgerEvent,
} from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { events } from "../support/arbitraries.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** Every dimension that a prune keeps. */
const KEPT: readonly GroupKey[] = [
  ...(["hour", "day", "month", "model", "workload", "service", "project", "source", "release", "environment"] as const),
  ...(["label:team", "label:ticket"] as const),
];

const ids = fc.constantFrom("msg:1", "msg:2", "msg:3", "msg:4", "req:5", "req:6", "batch:b/\u00fc 7", "batch:b/8");

/** Events as they are appended one by one, with the end of a segment after some of them. */
const histories = fc.array(fc.record({ event: events(ids), endsSegment: fc.boolean() }), { maxLength: 24 });

const instants = fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2027, 6, 1) });

interface Step {
  readonly event: LedgerEvent;
  readonly endsSegment: boolean;
}

/** Appends to a ledger as a process would whose segments are full now and then. */
async function record(path: string, history: readonly Step[]): Promise<void> {
  for (const { event, endsSegment } of history) {
    const ledger = await openLedger(path, { mode: "write", create: true });
    await ledger.append([event]);
    await ledger.close();
    if (endsSegment) endSegment(path);
  }
}

function endSegment(path: string): void {
  const folder = join(path, "segments");
  const last = readdirSync(folder)
    .filter((name) => !name.startsWith("rollup"))
    .sort()
    .at(-1);
  const [, writer = "", number = ""] = /^(.+)-(\d+)\.ndjson$/.exec(last ?? "") ?? [];
  if (writer !== "") writeFileSync(join(folder, `${writer}-${String(Number(number) + 1).padStart(8, "0")}.ndjson`), "");
}

async function accountOf(path: string): Promise<Account> {
  const ledger = await openLedger(path, { mode: "read" });
  const account = await ledger.account();
  expect(ledger.damage()).toEqual([]);
  await ledger.close();
  return account;
}

/** Whatever of an account a prune must leave as it was. */
function figuresOf(account: Account): object {
  const { book, rejected } = withPriceSets(listPriceBook(), account.priceSets);
  const query = { where: [], since: null, until: null, book };
  return {
    spend: ["UTC", "Asia/Kathmandu"].map((timeZone) => querySpend(account, { ...query, timeZone, by: KEPT })),
    rejected,
    others: account.others,
    corrected: account.corrected,
    conflicts: account.conflicts,
    unknownTypes: account.unknownTypes,
  };
}

describe("a prune", () => {
  it("changes no figure, done once or twice, whatever is imported again afterwards", async () => {
    await fc.assert(
      fc.asyncProperty(histories, instants, instants, async (history, first, second) => {
        const path = join(temporaryFolder(), "ledger");
        await record(path, history);
        fc.pre(history.length > 0);
        const before = figuresOf(await accountOf(path));
        const foretold = await pruneLedger(path, { before: first, dryRun: true });
        const done = await pruneLedger(path, { before: first });
        expect(foretold).toEqual(done);
        expect(figuresOf(await accountOf(path))).toEqual(before);
        await record(path, history);
        expect(figuresOf(await accountOf(path))).toEqual(before);
        await pruneLedger(path, { before: second });
        expect(figuresOf(await accountOf(path))).toEqual(before);
        await record(path, history.toReversed());
        expect(figuresOf(await accountOf(path))).toEqual(before);
      }),
      { numRuns: 40 },
    );
  });
});
