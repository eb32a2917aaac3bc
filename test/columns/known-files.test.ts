import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import {
  askView,
  foldAccount,
  nodeFileSystem,
  openLedger,
  openView,
  type FileSystem,
  type LedgerEvent,
} from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { aPlaceholder, aRequestCompleted, aUsageCorrected } from "../support/builders.ts";
import { emptyFolder } from "../support/run-cli.ts";
import { saidByAccount, saidByView } from "../support/what-a-view-says.ts";
import { yearsLater } from "./later-catalogue.ts";

describe("a question to a ledger of which the catalogue names every column file", () => {
  it("opens as many files, and looks at no column file, however many segments there are", async () => {
    const [few, many] = [await touchedBySpend(20), await touchedBySpend(30)];
    expect(many.opened).toEqual(few.opened);
    expect(many.columnsLookedAt).toBe(0);
    expect(few.columnsLookedAt).toBe(0);
    // What was recorded is looked at all the same.
    expect(many.segmentsLookedAt - few.segmentsLookedAt).toBe(10);
  });

  it("notices a column file that was changed where it lies, and makes it again", async () => {
    const { path, recorded } = await aKnownLedger();
    const file = columnFiles(path)[3] ?? "";
    writeFileSync(file, Buffer.alloc(statSync(file).size));
    expect(await askView([path], { fileSystem: yearsLater() }, saidByView)).toEqual(
      saidByAccount(foldAccount(recorded)),
    );
    expect(readFileSync(file).some((byte) => byte !== 0)).toBe(true);
  });

  it("notices a column file that is gone", async () => {
    const { path, recorded } = await aKnownLedger();
    const file = columnFiles(path)[3] ?? "";
    rmSync(file);
    for (const columns of ["use", "build"] as const) {
      expect(await askView([path], { columns, fileSystem: yearsLater() }, saidByView)).toEqual(
        saidByAccount(foldAccount(recorded)),
      );
    }
    expect(columnFiles(path)).toContain(file);
  });

  it("notices that another process made a column file again, and one after it that replaces rows of the new one", async () => {
    const { path, recorded } = await aKnownLedger();
    rmSync(columnFiles(path)[3] ?? "");
    await openView([path], { fileSystem: withoutCatalogue() });
    expect(await askView([path], { fileSystem: yearsLater() }, saidByView)).toEqual(
      saidByAccount(foldAccount(recorded)),
    );
    const again = [aRequestCompleted({ id: "msg:3" }), aRequestCompleted({ id: "msg:4" })];
    await appendEach(path, [...again, aRequestCompleted({ id: "msg:end" })]);
    await openView([path], { fileSystem: withoutCatalogue() });
    for (const columns of ["use", "build"] as const) {
      expect(await askView([path], { columns, fileSystem: yearsLater() }, saidByView)).toEqual(
        saidByAccount(foldAccount([...recorded, ...again, aRequestCompleted({ id: "msg:end" })])),
      );
    }
  });

  it("notices a segment that is no longer what its column file was made from", async () => {
    const { path } = await aKnownLedger();
    expect(await requestsIn(path)).toBe(20);
    const file = join(path, "segments", readdirSync(join(path, "segments")).sort()[9] ?? "");
    writeFileSync(file, "");
    expect(await requestsIn(path)).toBe(19);
  });

  it("takes away by what column files say, and gives back where a correction of that is new", async () => {
    const { path, recorded } = await aKnownLedger();
    await using ledger = await openLedger(path, { mode: "write" });
    const back = aUsageCorrected({ id: "correction:2", corrects: "correction:1" });
    await ledger.append([back]);
    expect(await askView([path], { fileSystem: yearsLater() }, saidByView)).toEqual(
      saidByAccount(foldAccount([...recorded, back])),
    );
  });
});

/** A ledger with as many segments, every column file of which is in the catalogue, and a checkpoint of its spend. */
async function aKnownLedger(segments = 20): Promise<{ path: string; recorded: readonly LedgerEvent[] }> {
  const path = join(emptyFolder(), "ledger");
  const ids = Array.from({ length: segments - 3 }, (_, index) => `msg:${String(index)}`);
  const recorded = [
    aPlaceholder({ id: "msg:4" }),
    ...ids.map((id) => aRequestCompleted({ id })),
    aUsageCorrected({ id: "correction:1", corrects: "msg:6" }),
    ...["msg:next", "msg:newest", "msg:last", "msg:open"].map((id) => aRequestCompleted({ id })),
  ];
  await appendEach(path, recorded);
  await requestsIn(path);
  expect(readdirSync(join(path, "columns"))).toContain("catalogue");
  return { path, recorded };
}

/** How many responses a question finds that starts from the checkpoint of the one before. */
async function requestsIn(path: string, fileSystem = yearsLater()): Promise<number> {
  await using ledger = await openLedger(path, { mode: "read", fileSystem });
  return (await ledger.spend()).total.requests;
}

/** What a question touches that starts from a checkpoint, with one new event. */
async function touchedBySpend(
  segments: number,
): Promise<{ opened: readonly string[]; columnsLookedAt: number; segmentsLookedAt: number }> {
  const { path } = await aKnownLedger(segments);
  {
    await using ledger = await openLedger(path, { mode: "write", partBytes: 1 });
    await ledger.append([aRequestCompleted({ id: "msg:since" })]);
  }
  const opened: string[] = [];
  const lookedAt: string[] = [];
  const fileSystem = yearsLater();
  const note = (name: string): number => opened.push(name.replace(/^.*(?=\.)/, ""));
  await requestsIn(path, {
    ...fileSystem,
    async open(file, how) {
      note(basename(file));
      return fileSystem.open(file, how);
    },
    async readFile(file) {
      note(basename(file));
      return fileSystem.readFile(file);
    },
    readNow(file, buffer, at) {
      note(basename(file));
      return fileSystem.readNow(file, buffer, at);
    },
    stateNow(file) {
      lookedAt.push(basename(file));
      return fileSystem.stateNow(file);
    },
  });
  return {
    opened,
    columnsLookedAt: lookedAt.filter((name) => name.endsWith(".col")).length,
    segmentsLookedAt: lookedAt.filter((name) => name.endsWith(".ndjson")).length,
  };
}

/** Each event into a segment of its own. */
async function appendEach(path: string, recorded: readonly LedgerEvent[]): Promise<void> {
  await using ledger = await openLedger(path, { mode: "write", create: true, segmentBytes: 1 });
  for (const event of recorded) await ledger.append([event]);
}

function columnFiles(path: string): readonly string[] {
  const folder = join(path, "columns");
  return readdirSync(folder)
    .filter((name) => name.endsWith(".col"))
    .sort()
    .map((name) => join(folder, name));
}

function withoutCatalogue(): FileSystem {
  return {
    ...nodeFileSystem,
    stateNow: (path) => (basename(path) === "catalogue" ? null : nodeFileSystem.stateNow(path)),
    // It leaves the one that is there.
    rename: async (from, to) =>
      basename(to) === "catalogue" ? nodeFileSystem.remove(from) : nodeFileSystem.rename(from, to),
  };
}
