import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  buildMissingColumns,
  nodeFileSystem,
  nodeProcesses,
  openLedger,
  type FileSystem,
  type LedgerEvent,
  type OpenFile,
} from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { anUnknownEvent, aPlaceholder, aRequestCompleted, aRequestFailed, aUsage } from "../support/builders.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const EVENTS: readonly LedgerEvent[] = [
  ...Array.from({ length: 60 }, (_, index) => aRequestCompleted({ id: `msg:${String(index)}` })),
  aPlaceholder({ id: "msg:early" }),
  aRequestFailed({ id: "req:1" }),
  anUnknownEvent({ id: "unknown:1" }),
];

/** A ledger of many small segments, of which the sealed ones have columns. */
async function aLedger(): Promise<string> {
  const path = join(temporaryFolder(), "ledger");
  await using ledger = await openLedger(path, { mode: "write", create: true, segmentBytes: 6000 });
  for (const event of EVENTS) await ledger.append([event]);
  await ledger.append([aRequestCompleted({ id: "msg:last" }), aRequestCompleted({ id: "msg:later" })]);
  expect(await buildMissingColumns(path, { fileSystem: nodeFileSystem, processes: nodeProcesses })).toBe(true);
  return path;
}

/** A ledger of many small segments, and no columns. */
async function aLedgerWithoutColumns(): Promise<string> {
  const path = join(temporaryFolder(), "ledger");
  await using ledger = await openLedger(path, { mode: "write", create: true, segmentBytes: 2000 });
  for (const event of EVENTS) await ledger.append([event]);
  expect(readdirSync(path)).not.toContain("columns");
  expect(readdirSync(join(path, "segments")).length).toBeGreaterThan(20);
  return path;
}

/** The real file system, and the bytes that are read of each file. */
function watchingFileSystem(): { readonly fileSystem: FileSystem; readonly read: Map<string, number> } {
  const read = new Map<string, number>();
  const fileSystem: FileSystem = {
    ...nodeFileSystem,
    async open(path, how) {
      const file: OpenFile = await nodeFileSystem.open(path, how);
      return {
        ...file,
        async read(buffer, length, at) {
          const count = await file.read(buffer, length, at);
          read.set(path, (read.get(path) ?? 0) + count);
          return count;
        },
      };
    },
  };
  return { fileSystem, read };
}

const outcomesOf = async (path: string, events: readonly LedgerEvent[], fileSystem = nodeFileSystem) => {
  await using ledger = await openLedger(path, { mode: "write", fileSystem });
  return (await ledger.append(events)).map(({ outcome }) => outcome);
};

describe("an append to a ledger whose sealed segments have columns", () => {
  it("finds what is in them by id, and says what it adds", async () => {
    const path = await aLedger();
    expect(new Set(await outcomesOf(path, EVENTS))).toEqual(new Set(["exists"]));
    const conflicting = aRequestCompleted({ id: "msg:3", usage: aUsage({ uncachedInput: 100, output: 11 }) });
    expect(
      await outcomesOf(path, [
        aRequestCompleted({ id: "msg:new" }),
        aRequestCompleted({ id: "msg:early" }),
        conflicting,
        aRequestCompleted({ id: "msg:7", labels: { team: "search" } }),
      ]),
    ).toEqual(["appended", "merged", "conflict", "merged"]);
    await using reader = await openLedger(path, { mode: "read" });
    expect((await reader.account()).conflicts.map(({ id }) => id)).toEqual(["msg:3"]);
  });

  it("reads no sealed segment for ids that are new", async () => {
    const path = await aLedger();
    const { fileSystem, read } = watchingFileSystem();
    expect(await outcomesOf(path, [aRequestCompleted({ id: "msg:new" })], fileSystem)).toEqual(["appended"]);
    const segments = readdirSync(join(path, "segments")).sort();
    expect(segments.length).toBeGreaterThan(5);
    // The newest one is read, and the end of the one before, which it has to follow.
    for (const name of segments.slice(0, -2)) {
      // A look at the end of a segment tells whether its columns are still those of it.
      const bytes = read.get(join(path, "segments", name)) ?? 0;
      expect(bytes).toBeLessThan(readFileSync(join(path, "segments", name)).length / 2);
    }
  });

  it("is right though a column file is damaged", async () => {
    const path = await aLedger();
    for (const name of readdirSync(join(path, "columns"))) {
      const file = join(path, "columns", name);
      const bytes = readFileSync(file);
      const last = bytes.length - 5;
      bytes[last] = (bytes[last] ?? 0) ^ 0xff;
      const middle = bytes.length >> 1;
      bytes[middle] = (bytes[middle] ?? 0) ^ 0xff;
      writeFileSync(file, bytes);
    }
    expect(new Set(await outcomesOf(path, EVENTS))).toEqual(new Set(["exists"]));
  });

  it("finds what many segments without columns hold, and makes none for that", async () => {
    const path = await aLedgerWithoutColumns();
    const all = [...EVENTS, aRequestCompleted({ id: "msg:new" })];
    const outcomes = await outcomesOf(path, all);
    expect(outcomes).toEqual(all.map(({ id }) => (id === "msg:new" ? "appended" : "exists")));
    expect(readdirSync(path)).not.toContain("columns");
  });

  it("takes no damaged line of such a segment for one that is there", async () => {
    const path = await aLedgerWithoutColumns();
    const segment = join(path, "segments", readdirSync(join(path, "segments")).sort()[2] ?? "");
    const bytes = readFileSync(segment);
    const place = bytes.indexOf('"usage"');
    bytes[place + 2] = (bytes[place + 2] ?? 0) ^ 1;
    writeFileSync(segment, bytes);
    expect((await outcomesOf(path, EVENTS)).filter((outcome) => outcome !== "exists")).toEqual(["appended"]);
  });

  it("makes the columns itself where many are missing, of more lines than it may remember", async () => {
    const path = await aLedgerWithoutColumns();
    await using ledger = await openLedger(path, { mode: "write", linesInMemory: 40 });
    const outcomes = await ledger.append(EVENTS);
    expect(new Set(outcomes.map(({ outcome }) => outcome))).toEqual(new Set(["exists"]));
    expect(readdirSync(join(path, "columns")).length).toBeGreaterThan(16);
  });

  it("goes on with columns where it has appended more lines than it may remember", async () => {
    const path = join(temporaryFolder(), "ledger");
    await using ledger = await openLedger(path, { mode: "write", create: true, segmentBytes: 2000, linesInMemory: 20 });
    for (const event of EVENTS) await ledger.append([event]);
    expect(readdirSync(join(path, "columns")).length).toBeGreaterThan(16);
    const outcomes = await ledger.append(EVENTS);
    expect(new Set(outcomes.map(({ outcome }) => outcome))).toEqual(new Set(["exists"]));
  });
});

describe("columns made on sealing", () => {
  it("are there for every full segment when the ledger is closed", async () => {
    const path = join(temporaryFolder(), "ledger");
    {
      const options = { mode: "write", create: true, segmentBytes: 6000, columns: "on-seal" } as const;
      await using ledger = await openLedger(path, options);
      for (const event of EVENTS.slice(0, 30)) await ledger.append([event]);
      for (const event of EVENTS.slice(30)) ledger.record(event);
    }
    const sealed = readdirSync(join(path, "segments")).sort().slice(0, -1);
    expect(sealed.length).toBeGreaterThan(3);
    expect(readdirSync(join(path, "columns")).sort()).toEqual(sealed.map((name) => name.replace(".ndjson", ".col")));
    expect(new Set(await outcomesOf(path, EVENTS))).toEqual(new Set(["exists"]));
  });
});
