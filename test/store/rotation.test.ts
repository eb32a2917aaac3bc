import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { nodeFileSystem, openLedger, type FileSystem, type LedgerEvent, type OpenFile } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { aRequestCompleted } from "../support/builders.ts";
import { eventsOf } from "../support/describe-event-store.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

function events(count: number, from = 0): LedgerEvent[] {
  return Array.from({ length: count }, (_, index) => aRequestCompleted({ id: `msg:${String(from + index)}` }));
}

function segmentsOf(path: string): string[] {
  return readdirSync(join(path, "segments"))
    .sort()
    .map((name) => join(path, "segments", name));
}

/** The real file system, and how often it was asked to write to and sync segments. */
function countingFileSystem(): { readonly fileSystem: FileSystem; readonly counts: { writes: number; syncs: number } } {
  const counts = { writes: 0, syncs: 0 };
  const counted = (path: string, file: OpenFile): OpenFile =>
    path.endsWith(".ndjson")
      ? {
          ...file,
          appendNow: (bytes) => ((counts.writes += 1), file.appendNow(bytes)),
          sync: () => ((counts.syncs += 1), file.sync()),
        }
      : file;
  const fileSystem: FileSystem = {
    ...nodeFileSystem,
    open: async (path, how) => counted(path, await nodeFileSystem.open(path, how)),
    createNow: (path) => counted(path, nodeFileSystem.createNow(path)),
  };
  return { fileSystem, counts };
}

describe("segments", () => {
  it("get no more lines once they hold as many bytes as was asked for, and are never written again", async () => {
    const path = join(temporaryFolder(), "ledger");
    const all = events(40);
    const sealed = new Map<string, Buffer>();
    for (let round = 0; round < 4; round += 1) {
      await using ledger = await openLedger(path, { mode: "write", create: true, segmentBytes: 5000 });
      for (const event of all.slice(round * 10, round * 10 + 10)) {
        await ledger.append([event]);
        for (const segment of segmentsOf(path).slice(0, -1)) {
          const bytes = sealed.get(segment) ?? readFileSync(segment);
          expect(readFileSync(segment)).toEqual(bytes);
          sealed.set(segment, bytes);
        }
      }
    }
    expect(sealed.size).toBeGreaterThan(5);
    for (const segment of sealed.keys()) expect(statSync(segment).size).toBeGreaterThanOrEqual(5000);
    await using reader = await openLedger(path, { mode: "read" });
    expect(await eventsOf(reader)).toEqual(all);
    expect(reader.damage()).toEqual([]);
  });

  it("are begun also within one large append, and hold it whole", async () => {
    const path = join(temporaryFolder(), "ledger");
    await using ledger = await openLedger(path, { mode: "write", create: true, segmentBytes: 1_500_000 });
    const all = events(6000);
    await ledger.append(all);
    expect(segmentsOf(path).length).toBeGreaterThan(3);
    expect((await eventsOf(ledger)).map(({ id }) => id)).toEqual(all.map(({ id }) => id));
    expect(ledger.damage()).toEqual([]);
  });
});

describe("appends that wait for each other", () => {
  it("share writes and syncs, and are each answered for their own events", async () => {
    const { fileSystem, counts } = countingFileSystem();
    const path = join(temporaryFolder(), "ledger");
    await using ledger = await openLedger(path, { mode: "write", create: true, fileSystem });
    await ledger.append(events(1));
    const before = { ...counts };
    const outcomes = await Promise.all(events(200).map((event) => ledger.append([event])));
    expect(outcomes.flat().map(({ id, outcome }) => `${id} ${outcome}`)).toEqual(
      events(200).map(({ id }, index) => `${id} ${index === 0 ? "exists" : "appended"}`),
    );
    expect(counts.writes - before.writes).toBeLessThanOrEqual(2);
    expect(counts.syncs - before.syncs).toBeLessThanOrEqual(2);
  });

  it("are refused one by one: what is wrong with one concerns no other", async () => {
    const path = join(temporaryFolder(), "ledger");
    await using ledger = await openLedger(path, { mode: "write", create: true });
    const [one, two] = events(2);
    const results = await Promise.allSettled([
      ledger.append([one, two].filter((event) => event !== undefined)),
      ledger.append([aRequestCompleted({ id: "" })]),
      ledger.append([aRequestCompleted({ id: "msg:9" }), aRequestCompleted({ id: "msg:9", servedModel: "other" })]),
      ledger.append(events(1, 3)),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
    expect((await eventsOf(ledger)).map(({ id }) => id)).toEqual(["msg:0", "msg:1", "msg:3"]);
  });
});
