import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { foldAccount, openView, RowRoom, type RequestRows, type ViewOptions } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventIds, events } from "../support/arbitraries.ts";
import { isFullRun } from "../support/full-run.ts";
import { aLedgerOfSegments } from "../support/many-segments.ts";
import { saidByAccount, saidByView } from "../support/what-a-view-says.ts";

const logs = fc.array(fc.array(events(eventIds), { maxLength: 8 }), { minLength: 1, maxLength: 3 });
const RUNS = { numRuns: isFullRun ? 100 : 12 };

describe("a view of a ledger", () => {
  it("says what the account of all events says, whatever of it is in column files", async () => {
    await fc.assert(
      fc.asyncProperty(
        logs,
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom<Required<ViewOptions>["columns"]>("build", "use", "ignore"),
        async (recorded, linesPerSegment, columns) => {
          const path = await aLedgerOfSegments(recorded, linesPerSegment);
          const expected = saidByAccount(foldAccount(recorded.flat()));
          expect(await saidByView(await openView([path], { columns }))).toEqual(expected);
        },
      ),
      RUNS,
    );
  });

  it("says the same whichever column files are deleted, in whatever order they are made again", async () => {
    await fc.assert(
      fc.asyncProperty(
        logs,
        fc.array(fc.array(fc.nat(), { maxLength: 4 }), { maxLength: 4 }),
        async (recorded, rounds) => {
          const path = await aLedgerOfSegments(recorded, 2);
          const expected = saidByAccount(foldAccount(recorded.flat()));
          expect(await saidByView(await openView([path]))).toEqual(expected);
          for (const deletions of rounds) {
            for (const deletion of deletions) deleteOne(join(path, "columns"), deletion);
            expect(await saidByView(await openView([path], { columns: "use" }))).toEqual(expected);
            expect(await saidByView(await openView([path]))).toEqual(expected);
          }
        },
      ),
      RUNS,
    );
  });

  it("gives the same rows in room of their own and in room that one file after the other is read into", async () => {
    await fc.assert(
      fc.asyncProperty(logs, fc.integer({ min: 1, max: 4 }), async (recorded, linesPerSegment) => {
        const { files } = await openView([await aLedgerOfSegments(recorded, linesPerSegment)]);
        const own = await Promise.all(files.map((file) => file.open()));
        const room = new RowRoom();
        const inRoom: unknown[] = [];
        for (const file of files) inRoom.push(said((await file.open({ room })).rows));
        expect(inRoom).toEqual(own.map(({ rows }) => said(rows)));
      }),
      RUNS,
    );
  });

  it("says the same where the hashes of all ids are equal", async () => {
    await fc.assert(
      fc.asyncProperty(logs, fc.integer({ min: 1, max: 4 }), async (recorded, linesPerSegment) => {
        const path = await aLedgerOfSegments(recorded, linesPerSegment);
        const view = await openView([path], { idHash: (id) => id.length % 2 });
        expect(await saidByView(view)).toEqual(saidByAccount(foldAccount(recorded.flat())));
      }),
      RUNS,
    );
  });
});

/** Everything about rows but their details, in memory of its own. */
function said(rows: RequestRows): unknown {
  const { terms, contexts } = rows;
  const session = contexts.column?.("session");
  return structuredClone({
    ...rows,
    details: null,
    terms: Array.from({ length: terms.length }, (_entry, index) => terms.at(index)),
    contexts: Array.from({ length: contexts.length }, (_entry, index) => contexts.at(index)),
    sessions: Array.from(session?.numbers ?? [], (number) => session?.value(number)),
  });
}

function deleteOne(folder: string, which: number): void {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const name = names[which % Math.max(1, names.length)];
  if (name !== undefined) rmSync(join(folder, name));
}
