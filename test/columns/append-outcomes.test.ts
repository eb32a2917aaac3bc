import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openLedger, openMemoryStore, openView, type AppendOutcome, type LedgerEvent } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventIds, events } from "../support/arbitraries.ts";
import { isFullRun } from "../support/full-run.ts";
import { aLedgerOfSegments } from "../support/many-segments.ts";

const lists = fc.array(events(eventIds), { maxLength: 10 });
const RUNS = { numRuns: isFullRun ? 100 : 8 };

describe("what an append says of an id that is only in full segments", () => {
  it("is what it would say without column files", async () => {
    await fc.assert(
      fc.asyncProperty(lists, lists, async (before, after) => {
        const path = await aLedgerOfSegments([before], 2);
        await openView([path]);
        expect(await outcomes(path, after)).toEqual(await outcomesInMemory(before, after));
      }),
      RUNS,
    );
  });

  it("is the same where a byte of a column file was changed", async () => {
    await fc.assert(
      fc.asyncProperty(lists, lists, fc.nat(), fc.nat(), async (before, after, which, where) => {
        const path = await aLedgerOfSegments([[...before, ...before, ...before]], 2);
        await openView([path]);
        const folder = join(path, "columns");
        const names = existsSync(folder) ? readdirSync(folder) : [];
        const name = names[which % Math.max(1, names.length)];
        if (name !== undefined) flipByte(join(folder, name), where);
        expect(await outcomes(path, after)).toEqual(await outcomesInMemory(before, after));
      }),
      RUNS,
    );
  });
});

async function outcomes(path: string, events: readonly LedgerEvent[]): Promise<AppendOutcome[]> {
  await using ledger = await openLedger(path, { mode: "write" });
  const said: AppendOutcome[] = [];
  for (const event of events) said.push(...(await ledger.append([event])));
  return said;
}

async function outcomesInMemory(
  before: readonly LedgerEvent[],
  events: readonly LedgerEvent[],
): Promise<AppendOutcome[]> {
  const store = openMemoryStore();
  for (const event of before) await store.append([event]);
  const said: AppendOutcome[] = [];
  for (const event of events) said.push(...(await store.append([event])));
  return said;
}

function flipByte(path: string, where: number): void {
  const bytes = readFileSync(path);
  const at = where % bytes.length;
  bytes[at] = (bytes[at] ?? 0) ^ 0x10;
  writeFileSync(path, bytes);
}
