import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  buildMissingColumns,
  foldAccount,
  nodeFileSystem,
  nodeProcesses,
  openView,
  type FileSystem,
  type LedgerEvent,
} from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aRequestCompleted, NO_IDS } from "../support/builders.ts";
import { isFullRun } from "../support/full-run.ts";
import { aLedgerOfSegments } from "../support/many-segments.ts";
import { saidByAccount, saidByView } from "../support/what-a-view-says.ts";

/** More than any table of ids is made of at once, and some. */
const MANY = 290;

describe("the columns of hundreds of segments", () => {
  it("count an id once, however many segments lie between those that hold it", async () => {
    // Every id lies in segments of which the first and the last are as far apart as any are.
    const recorded = Array.from({ length: MANY }, (_, index) => aSighting((index * index) % 97, index));
    const path = await aLedgerOfSegments([recorded], 1);
    const view = await openView([path], { columns: "use" });
    expect(view.files).toHaveLength(MANY);
    expect(await saidByView(view)).toEqual(saidByAccount(foldAccount(recorded)));
  });

  it("tell ids apart of which the hashes are equal", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(30), { minLength: 40, maxLength: 40 }), async (numbers) => {
        const recorded = numbers.map((number, index) => aSighting(number, index));
        const path = await aLedgerOfSegments([recorded], 1);
        const view = await openView([path], { columns: "use", idHash: (id) => id.length % 2 });
        expect(await saidByView(view)).toEqual(saidByAccount(foldAccount(recorded)));
      }),
      { numRuns: isFullRun ? 20 : 2 },
    );
  });

  it("are made with about as many readings of other column files for the last as for the first", async () => {
    const counts = [await readingsToMake(60), await readingsToMake(120)];
    // Were each file asked for each segment, it would be four times as many.
    expect(counts[1]).toBeLessThan(2.4 * (counts[0] ?? 0));
  });

  it("are right where one that ids are looked up in was damaged, or replaced meanwhile", async () => {
    const recorded = Array.from({ length: 30 }, (_, index) => aSighting(index % 9, index));
    const path = await aLedgerOfSegments([recorded], 1);
    const folder = join(path, "columns");
    await openView([path]);
    const names = readdirSync(folder)
      .filter((name) => name.endsWith(".col"))
      .sort();
    for (const name of names.slice(20)) rmSync(join(folder, name));
    const damaged = join(folder, names[3] ?? "");
    const bytes = readFileSync(damaged);
    const { start, at } = hashesOf(bytes);
    bytes[start + at] = (bytes[start + at] ?? 0) ^ 1;
    writeFileSync(damaged, bytes);
    expect(await saidByView(await openView([path]))).toEqual(saidByAccount(foldAccount(recorded)));
    expect(readFileSync(damaged).equals(bytes)).toBe(false);
  });
});

function aSighting(number: number, index: number): LedgerEvent {
  const message = `msg_${String(number)}`;
  return aRequestCompleted({ id: `msg:${message}`, ids: { ...NO_IDS, message }, sources: [`from ${String(index)}`] });
}

/** How often column files are read while those of so many segments, which share no id, are made. */
async function readingsToMake(segments: number): Promise<number> {
  const path = await aLedgerOfSegments([Array.from({ length: segments }, (_, index) => aSighting(index, 0))], 1);
  let readings = 0;
  const fileSystem: FileSystem = {
    ...nodeFileSystem,
    readNow(file, buffer, at) {
      if (file.endsWith(".col")) readings += 1;
      return nodeFileSystem.readNow(file, buffer, at);
    },
  };
  await buildMissingColumns(path, { fileSystem, processes: nodeProcesses });
  return readings;
}

/** Where the sections of a column file start, and the hashes of its ids among them. */
function hashesOf(bytes: Buffer): { readonly start: number; readonly at: number } {
  const length = bytes.readUInt32LE(8);
  const header = JSON.parse(bytes.toString("utf8", 16, 16 + length)) as {
    readonly sections: { readonly hashes: { readonly offset: number } };
  };
  return { start: 16 + length, at: header.sections.hashes.offset };
}
