import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  askView,
  foldAccount,
  nodeFileSystem,
  openLedger,
  openView,
  pruneLedger,
  verifyLedger,
  type FileSystem,
  type LedgerEvent,
  type ViewOptions,
} from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventIds, events } from "../support/arbitraries.ts";
import { aRequestCompleted, aUsageCorrected } from "../support/builders.ts";
import { isFullRun } from "../support/full-run.ts";
import { emptyFolder } from "../support/run-cli.ts";
import { saidByAccount, saidByView } from "../support/what-a-view-says.ts";

const RUNS = { numRuns: isFullRun ? 60 : 12 };

/** What one process appends between opening a ledger and closing it, after which its newest segment has a part file. */
type Session = readonly LedgerEvent[];
const sessions = fc.array(fc.array(events(eventIds), { maxLength: 6 }), { minLength: 1, maxLength: 5 });
/** Of so many bytes a segment is full: some sessions fill several, some go on in one. */
const segmentBytes = fc.constantFrom(1, 3_000, 12_000, 1_000_000);

/** Appends what processes do at the same time, each to a log of its own, session after session. */
async function append(path: string, processes: readonly (readonly Session[])[], bytes: number): Promise<void> {
  const rounds = Math.max(...processes.map((own) => own.length));
  for (let round = 0; round < rounds; round += 1) {
    const options = { mode: "write", create: true, segmentBytes: bytes, partBytes: 1 } as const;
    const ledgers = [];
    for (const _ of processes) ledgers.push(await openLedger(path, options));
    for (const [index, ledger] of ledgers.entries()) {
      for (const event of processes[index]?.[round] ?? []) await ledger.append([event]);
    }
    for (const ledger of ledgers) await ledger.close();
    // So that some of the files are made before a part, and others after it.
    if (round % 2 === 0) await openView([path]);
  }
}

async function aLedgerWithParts(...own: readonly Session[]): Promise<string> {
  const path = join(emptyFolder(), "ledger");
  await append(path, [own], 1_000_000);
  return path;
}

function partsOf(path: string): string[] {
  const folder = join(path, "columns");
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".part")) : [];
  return names.map((name) => join(folder, name));
}

/** The real file system, and how many bytes were read of segments. */
function countingReads(): { readonly fileSystem: FileSystem; readonly bytes: () => number } {
  let count = 0;
  const fileSystem: FileSystem = {
    ...nodeFileSystem,
    async open(path, how) {
      const file = await nodeFileSystem.open(path, how);
      if (!path.endsWith(".ndjson")) return file;
      const read = file.read.bind(file);
      return Object.assign(file, {
        read: async (...args: Parameters<typeof read>) => {
          const filled = await read(...args);
          count += filled;
          return filled;
        },
      });
    },
  };
  return { fileSystem, bytes: () => count };
}

describe("the columns of a segment that can still grow", () => {
  it("say, with what came after them, what the account of all events says", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(sessions, { minLength: 1, maxLength: 3 }),
        sessions,
        segmentBytes,
        fc.constantFrom<Required<ViewOptions>["columns"]>("build", "use"),
        async (processes, more, bytes, columns) => {
          const path = join(emptyFolder(), "ledger");
          await append(path, processes, bytes);
          const expected = foldAccount(processes.flat(2));
          expect(await saidByView(await openView([path], { columns }))).toEqual(saidByAccount(expected));
          // Without parts of their own, behind those that are there.
          const ledger = await openLedger(path, { mode: "write", segmentBytes: bytes, partBytes: Infinity });
          for (const event of more.flat()) await ledger.append([event]);
          await ledger.close();
          const all = saidByAccount(foldAccount([...processes.flat(2), ...more.flat()]));
          expect(await saidByView(await openView([path], { columns }))).toEqual(all);
        },
      ),
      RUNS,
    );
  });

  it("are done without where they, or column files made before or after them, are deleted", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(sessions, { minLength: 1, maxLength: 3 }),
        fc.array(fc.nat(), { minLength: 1, maxLength: 6 }),
        async (processes, deletions) => {
          const path = join(emptyFolder(), "ledger");
          await append(path, processes, 3_000);
          const expected = saidByAccount(foldAccount(processes.flat(2)));
          for (const [index, deletion] of deletions.entries()) {
            const folder = join(path, "columns");
            const names = existsSync(folder) ? readdirSync(folder) : [];
            const name = names[deletion % Math.max(1, names.length)];
            if (name !== undefined) rmSync(join(folder, name));
            const columns = index % 2 === 0 ? "use" : "build";
            expect(await saidByView(await openView([path], { columns }))).toEqual(expected);
          }
        },
      ),
      RUNS,
    );
  });

  it("spare reading the lines again", async () => {
    const events = Array.from({ length: 200 }, (_, index) => aRequestCompleted({ id: `msg:${String(index)}` }));
    const path = await aLedgerWithParts(events);
    expect(partsOf(path)).toHaveLength(1);
    const withPart = countingReads();
    const view = await openView([path], withPart);
    expect(view.tail.map(({ rows }) => rows.count)).toEqual([200]);
    expect(withPart.bytes()).toBe(0);

    const ledger = await openLedger(path, { mode: "write" });
    await ledger.append([aRequestCompleted({ id: "msg:new" })]);
    await ledger.close();
    const withOneMore = countingReads();
    const grown = await openView([path], withOneMore);
    expect(grown.tail.map(({ rows }) => rows.count)).toEqual([200, 1]);
    expect(withOneMore.bytes()).toBeLessThan(4_000);
    expect(grown.position > view.position).toBe(true);
  });

  it("are made by who asks, too, once half of a full segment's size is in none", async () => {
    const path = join(emptyFolder(), "ledger");
    const ledger = await openLedger(path, { mode: "write", create: true });
    const labels = { text: "x".repeat(1_000_000) };
    for (let index = 0; index < 7; index += 1) {
      await ledger.append([aRequestCompleted({ id: `msg:${String(index)}`, labels })]);
    }
    await ledger.spend();
    expect(partsOf(path)).toHaveLength(0);
    await ledger.append([7, 8].map((index) => aRequestCompleted({ id: `msg:${String(index)}`, labels })));
    const { total } = await ledger.spend();
    expect([partsOf(path).length, total.requests]).toEqual([1, 9]);
    await ledger.close();
  });

  it("give way to the column file of the segment when it is full", async () => {
    const path = join(emptyFolder(), "ledger");
    const event = (index: number): LedgerEvent => aRequestCompleted({ id: `msg:${String(index)}` });
    await append(path, [[[event(0)], [event(1)], [event(2), event(3)]]], 3_000);
    await openView([path]);
    await openView([path]);
    const full = readdirSync(join(path, "columns")).filter((name) => name.endsWith(".col"));
    const replaced = partsOf(path).filter((part) => full.some((name) => part.endsWith(name.replace(".col", ".part"))));
    expect([full.length > 0, replaced]).toEqual([true, []]);
  });

  it("are never believed where a byte of them was changed, whichever", async () => {
    const events = [0, 1, 2].map((index) => aRequestCompleted({ id: `msg:${String(index)}` }));
    const path = await aLedgerWithParts([...events, aUsageCorrected({ corrects: "msg:1" })]);
    const [part = ""] = partsOf(path);
    const good = readFileSync(part);
    const expected = saidByAccount(foldAccount([...events, aUsageCorrected({ corrects: "msg:1" })]));
    for (let at = 0; at < good.length; at += isFullRun ? 3 : 61) {
      const bytes = Buffer.from(good);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
      writeFileSync(part, bytes);
      expect(await askView([path], { columns: "use" }, saidByView), `byte ${String(at)}`).toEqual(expected);
    }
  });

  it("are not believed where the segment is another one now, or shorter", async () => {
    const event = (index: number): LedgerEvent => aRequestCompleted({ id: `msg:${String(index)}` });
    const path = await aLedgerWithParts([event(0), event(1)]);
    const other = await aLedgerWithParts([event(2), event(3)]);
    const [own = "", others = ""] = [path, other].map((each) => {
      const folder = join(each, "segments");
      return join(folder, readdirSync(folder).find((name) => name.endsWith(".ndjson")) ?? "");
    });
    const good = readFileSync(own);
    const ids = async (): Promise<string[]> =>
      (await saidByView(await openView([path], { columns: "use" }))).requests.map(
        (request) => (JSON.parse(request) as { readonly id: string }).id,
      );
    writeFileSync(own, good.subarray(0, good.indexOf("\n") + 1));
    expect(await ids()).toEqual(["msg:0"]);
    writeFileSync(own, readFileSync(others));
    expect(await ids()).toEqual(["msg:2", "msg:3"]);
    writeFileSync(own, good);
    expect(await ids()).toEqual(["msg:0", "msg:1"]);
  });

  it("replace what column files say of the same responses", async () => {
    const path = join(emptyFolder(), "ledger");
    const full = { mode: "write", create: true, segmentBytes: 1, partBytes: Infinity } as const;
    const one = await openLedger(path, full);
    await one.append([aRequestCompleted({ id: "msg:1" })]);
    await one.append([aUsageCorrected({ corrects: "msg:2" })]);
    await one.append([aRequestCompleted({ id: "msg:3" })]);
    await openView([path]);
    const two = await openLedger(path, { mode: "write", partBytes: 1 });
    const again = aRequestCompleted({ id: "msg:1", labels: { team: "a" } });
    const taken = aRequestCompleted({ id: "msg:2" });
    await two.append([again, taken]);
    await Promise.all([one.close(), two.close()]);
    expect(partsOf(path)).toHaveLength(1);
    const view = await openView([path], { columns: "use" });
    expect(view.files.map(({ dead, current }) => [dead.length, current.length])).toEqual([
      [0, 1],
      [0, 0],
    ]);
    const events = [aRequestCompleted({ id: "msg:1" }), again, taken, aRequestCompleted({ id: "msg:3" })];
    const expected = saidByAccount(foldAccount([...events, aUsageCorrected({ corrects: "msg:2" })]));
    expect(await saidByView(view)).toEqual(expected);
  });

  // One of the two is not the order in which they are made again.
  it.each([
    [0, 1],
    [1, 0],
  ])("are not believed where the column files were made again in another order than %i, %i", async (...order) => {
    const path = join(emptyFolder(), "ledger");
    const full = { mode: "write", create: true, segmentBytes: 1, partBytes: Infinity } as const;
    const ledgers = [await openLedger(path, full), await openLedger(path, full)];
    const event = (id: string): LedgerEvent => aRequestCompleted({ id: `msg:${id}` });
    for (const index of order) {
      await ledgers[index]?.append([event(String(index))]);
      await ledgers[index]?.append([event(`${String(index)} last`)]);
      await openView([path]);
    }
    const third = await openLedger(path, { mode: "write", partBytes: 1 });
    await third.append([aRequestCompleted({ id: "msg:1", labels: { team: "a" } })]);
    for (const ledger of [...ledgers, third]) await ledger.close();
    const before = await saidByView(await openView([path], { columns: "use" }));
    expect(partsOf(path)).toHaveLength(1);
    const folder = join(path, "columns");
    for (const name of readdirSync(folder)) if (name.endsWith(".col")) rmSync(join(folder, name));
    expect(await saidByView(await openView([path]))).toEqual(before);
    expect(before.rows).toHaveLength(4);
  });

  it("say the same after a prune", async () => {
    const old = aRequestCompleted({ id: "msg:old", occurredAt: "2026-01-05T10:00:00.000Z" });
    const path = join(emptyFolder(), "ledger");
    const now = (): number => Date.parse("2026-01-06T00:00:00.000Z");
    const options = { mode: "write", create: true, partBytes: 1, now } as const;
    const one = await openLedger(path, { ...options, segmentBytes: 1 });
    await one.append([old]);
    await one.append([aRequestCompleted({ id: "msg:new", occurredAt: "2026-01-05T23:00:00.000Z" })]);
    const two = await openLedger(path, options);
    await two.append([{ ...old, sources: ["import"] }]);
    await Promise.all([one.close(), two.close()]);
    // What is in use is not pruned.
    const writers = [await openLedger(path, options), await openLedger(path, options)];
    const spent = async (): Promise<unknown> => (await writers[0]?.spend())?.total;
    const before = await spent();
    await pruneLedger(path, { before: Date.parse("2026-01-05T12:00:00.000Z"), now });
    expect([partsOf(path).length > 0, await spent()]).toEqual([true, before]);
    for (const ledger of writers) await ledger.close();
  });

  it("serve a view that was opened before they were replaced", async () => {
    const event = (index: number): LedgerEvent => aRequestCompleted({ id: `msg:${String(index)}` });
    const path = await aLedgerWithParts([event(1), event(2)]);
    const view = await openView([path]);
    await append(path, [[[event(3)]]], 1_000_000);
    const [batch] = view.tail;
    const events = batch === undefined ? [] : await view.events(batch, [0]);
    expect(events.map(({ id }) => id)).toEqual(["msg:1"]);
  });

  it("are made again, once, where one is found damaged", async () => {
    const event = (index: number): LedgerEvent => aRequestCompleted({ id: `msg:${String(index)}` });
    const path = await aLedgerWithParts([event(1), event(2)]);
    const [part = ""] = partsOf(path);
    const bytes = readFileSync(part);
    bytes[bytes.length - 9] = (bytes[bytes.length - 9] ?? 0) ^ 1;
    writeFileSync(part, bytes);
    await askView([path], {}, saidByView);
    expect(partsOf(path)).toEqual([]);
  });

  it("end before a line that is damaged, which everybody is told of", async () => {
    const path = join(emptyFolder(), "ledger");
    const event = (index: number): LedgerEvent => aRequestCompleted({ id: `msg:${String(index)}` });
    await append(path, [[[event(1), event(2), event(3)]]], 1_000_000);
    for (const part of partsOf(path)) rmSync(part);
    const segments = join(path, "segments");
    const segment = join(segments, readdirSync(segments).find((name) => name.endsWith(".ndjson")) ?? "");
    const lines = readFileSync(segment, "utf8").split(/(?<=\n)/);
    writeFileSync(segment, [lines[0], lines[1]?.replace("msg:2", "msg:7"), lines[2]].join(""));
    const read = await openView([path], { columns: "ignore" });
    await append(path, [[[event(4)]]], 1_000_000);
    expect(partsOf(path)).toHaveLength(1);
    for (let turn = 0; turn < 2; turn += 1) {
      const view = await openView([path]);
      expect(view.tail.map(({ rows }) => rows.count)).toEqual([1, 2]);
      expect(view.damage).toEqual(read.damage);
    }
    const { problems } = await verifyLedger(path, { deep: true });
    expect(problems.map(({ kind }) => kind)).not.toContain("wrong-row");
  });

  it("are verified to their last row", async () => {
    const events = [0, 1, 2].map((index) => aRequestCompleted({ id: `msg:${String(index)}` }));
    const path = await aLedgerWithParts(events);
    expect((await verifyLedger(path, { deep: true })).problems).toEqual([]);
    const [part = ""] = partsOf(path);
    const bytes = readFileSync(part);
    bytes[bytes.length - 9] = (bytes[bytes.length - 9] ?? 0) ^ 1;
    writeFileSync(part, bytes);
    expect((await verifyLedger(path)).problems).toMatchObject([{ kind: "damaged-columns", file: part }]);
  });
});
