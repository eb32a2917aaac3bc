import { cpSync } from "node:fs";
import { join } from "node:path";
import { foldAccount, openLedger, openView, type LedgerEvent } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventIds, events } from "../support/arbitraries.ts";
import { isFullRun } from "../support/full-run.ts";
import { aLedgerOfSegments } from "../support/many-segments.ts";
import { emptyFolder } from "../support/run-cli.ts";
import { saidByAccount, saidByView } from "../support/what-a-view-says.ts";

const lists = fc.array(events(eventIds), { maxLength: 7 });
const columns = fc.constantFrom("build" as const, "use" as const);
const RUNS = { numRuns: isFullRun ? 100 : 8 };

describe("a view of several ledgers", () => {
  it("says what one ledger with all their events would say, in any order, twice", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(lists, { minLength: 2, maxLength: 3 }),
        fc.integer({ min: 1, max: 3 }),
        columns,
        async (recorded, linesPerSegment, how) => {
          const paths: string[] = [];
          for (const each of recorded) paths.push(await aLedgerOfSegments([each], linesPerSegment));
          const expected = saidByAccount(foldAccount(recorded.flat()));
          for (const order of [paths, paths.toReversed(), [...paths, ...paths]]) {
            expect(await saidByView(await openView(order, { columns: how }))).toEqual(expected);
          }
        },
      ),
      RUNS,
    );
  });

  it("takes what was copied from one to the other once, and what each recorded since from each", async () => {
    await fc.assert(
      fc.asyncProperty(
        lists,
        lists,
        lists,
        fc.integer({ min: 1, max: 3 }),
        columns,
        async (first, here, there, cut, how) => {
          const original = await aLedgerOfSegments([first], cut);
          await openView([original]);
          const copy = join(emptyFolder(), "copy");
          cpSync(original, copy, { recursive: true });
          // Both go on with the same log.
          await append(original, here);
          await append(copy, there);
          const expected = saidByAccount(foldAccount([...first, ...here, ...there]));
          for (const order of [
            [original, copy],
            [copy, original],
          ]) {
            expect(await saidByView(await openView(order, { columns: how }))).toEqual(expected);
          }
        },
      ),
      RUNS,
    );
  });
});

async function append(path: string, events: readonly LedgerEvent[]): Promise<void> {
  await using ledger = await openLedger(path, { mode: "write" });
  for (const event of events) await ledger.append([event]);
}
