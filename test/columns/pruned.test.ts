import { cpSync } from "node:fs";
import { join } from "node:path";
import { openLedger, openView, pruneLedger, type Account, type LedgerEvent } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventIds, events } from "../support/arbitraries.ts";
import { isFullRun } from "../support/full-run.ts";
import { aLedgerOfSegments } from "../support/many-segments.ts";
import { emptyFolder } from "../support/run-cli.ts";
import { saidByAccount, saidByView } from "../support/what-a-view-says.ts";

const lists = fc.array(events(eventIds), { minLength: 1, maxLength: 8 });
const instants = fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2027, 6, 1) });
const RUNS = { numRuns: isFullRun ? 40 : 8 };

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

async function accountOf(path: string): Promise<Account> {
  await using ledger = await openLedger(path, { mode: "read" });
  return await ledger.account();
}

async function append(path: string, events: readonly LedgerEvent[]): Promise<void> {
  await using ledger = await openLedger(path, { mode: "write" });
  for (const event of events) await ledger.append([event]);
}
