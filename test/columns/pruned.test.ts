import { cpSync } from "node:fs";
import { join } from "node:path";
import {
  LedgerPrunedError,
  openLedger,
  openView,
  pruneLedger,
  type Account,
  type LedgerEvent,
  type Position,
} from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventIds, events } from "../support/arbitraries.ts";
import { aRequestCompleted } from "../support/builders.ts";
import { isFullRun } from "../support/full-run.ts";
import { aLedgerOfSegments } from "../support/many-segments.ts";
import { emptyFolder } from "../support/run-cli.ts";
import { saidByAccount, saidByView } from "../support/what-a-view-says.ts";

const lists = fc.array(events(eventIds), { minLength: 1, maxLength: 8 });
const instants = fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2027, 6, 1) });
const RUNS = { numRuns: isFullRun ? 100 : 8 };

describe("a view of a ledger of which detail was pruned", () => {
  it("says what its account says, also when what was pruned is recorded again", async () => {
    await fc.assert(
      fc.asyncProperty(lists, instants, async (recorded, before) => {
        const path = await aLedgerOfSegments([recorded], 2);
        await openView([path]);
        await pruneLedger(path, { before });
        expect(await saidByView(await openView([path]))).toEqual(saidByAccount(await accountOf(path)));
        await append(path, recorded);
        expect(await saidByView(await openView([path]))).toEqual(saidByAccount(await accountOf(path)));
      }),
      RUNS,
    );
  });

  it("says the same with a copy from before the prune beside it", async () => {
    await fc.assert(
      fc.asyncProperty(lists, instants, async (recorded, before) => {
        const path = await aLedgerOfSegments([recorded], 2);
        await openView([path]);
        const copy = join(emptyFolder(), "copy");
        cpSync(path, copy, { recursive: true });
        await pruneLedger(path, { before });
        const expected = saidByAccount(await accountOf(path));
        expect(await saidByView(await openView([path, copy]))).toEqual(expected);
        expect(await saidByView(await openView([copy, path]))).toEqual(expected);
      }),
      RUNS,
    );
  });
});

describe("a view as of a moment before a prune", () => {
  it("is refused, by instant and by position, and from the prune on says what the account says", async () => {
    let prunes = 0;
    await fc.assert(
      fc.asyncProperty(lists, instants, instants, async (recorded, first, second) => {
        let clock = 1_000;
        const path = await aLedgerOfSegments([recorded], 2, () => clock);
        for (const before of [first, second]) {
          const { position } = await openView([path]);
          clock += 1_000;
          const { requests } = await pruneLedger(path, { before, now: () => clock });
          const expected = saidByAccount(await accountOf(path));
          expect(await saidByView(await openView([path], { asOf: clock }))).toEqual(expected);
          const { position: after } = await openView([path]);
          expect(await saidByView(await openView([path], { asOf: after }))).toEqual(expected);
          if (requests === 0) continue;
          prunes += 1;
          await expect(openView([path], { asOf: clock - 1 })).rejects.toThrow(LedgerPrunedError);
          await expect(openView([path], { asOf: position })).rejects.toThrow(LedgerPrunedError);
        }
      }),
      RUNS,
    );
    expect(prunes).toBeGreaterThan(0);
  });

  it("is still told where the position takes in nothing of what was pruned", async () => {
    const recorded = [aRequestCompleted({ id: "msg:1" }), aRequestCompleted({ id: "msg:2" })];
    const path = await aLedgerOfSegments([recorded], 2);
    await pruneLedger(path, { before: Date.parse("2026-11-01"), now: () => 2_000 });
    const view = await openView([path], { asOf: "" as Position });
    expect(await saidByView(view)).toMatchObject({ requests: [], rollups: [] });
  });
});

async function accountOf(path: string): Promise<Account> {
  await using ledger = await openLedger(path, { mode: "read" });
  return await ledger.account();
}

async function append(path: string, events: readonly LedgerEvent[]): Promise<void> {
  await using ledger = await openLedger(path, { mode: "write" });
  for (const event of events) await ledger.append([event]);
}
