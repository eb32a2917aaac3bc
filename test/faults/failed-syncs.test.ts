import { setImmediate as turn } from "node:timers/promises";
import { LedgerUnavailableError, verifyLedger, type Ledger, type LedgerEvent } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { aRequestCompleted } from "../support/builders.ts";
import { CrashDisk } from "../support/crash-disk.ts";
import type { CallFault, DiskCall } from "../support/crash-file-system.ts";
import { CrashWorld, expectKept, expectSurvival, type CrashProcess } from "../support/crash-world.ts";
import { somePowerLosses } from "../support/power-losses.ts";

const SEGMENT = /\.ndjson$/;

function anEvent(number: number): LedgerEvent {
  return aRequestCompleted({ id: `msg:${String(number)}` });
}

/** Refuses so many syncs of segments, once told to. */
class RefusedSyncs {
  left = 0;
  readonly fault = ({ kind, path }: DiskCall): CallFault | null => {
    if (!kind.startsWith("sync") || !SEGMENT.test(path) || this.left === 0) return null;
    this.left -= 1;
    return { code: "EIO" };
  };
}

interface Scene {
  readonly world: CrashWorld;
  readonly syncs: RefusedSyncs;
  readonly process: CrashProcess;
  readonly ledger: Ledger;
}

/** A process that has appended an event. */
async function aWriter(segmentBytes = 1_000_000): Promise<Scene> {
  const world = new CrashWorld(new CrashDisk(), { segmentBytes });
  const syncs = new RefusedSyncs();
  const process = world.start({ fault: syncs.fault });
  const ledger = await process.open("write");
  await world.append(ledger, [anEvent(1)]);
  return { world, syncs, process, ledger };
}

async function answers(world: CrashWorld, ledger: Ledger, events: readonly LedgerEvent[]): Promise<string[]> {
  return (await world.append(ledger, events)).map(({ outcome }) => outcome);
}

/** Whatever a loss of power leaves now, everything acknowledged is there, and nothing is damaged. */
async function expectKeptByAnyDisk(world: CrashWorld): Promise<void> {
  for (const disk of somePowerLosses(world.disk, 20)) {
    await expectSurvival({ disk, told: world.told });
    const left = new CrashWorld(CrashDisk.of(disk));
    expect(await verifyLedger("/ledger", { fileSystem: left.start().program.fileSystem })).toMatchObject({ lost: 0 });
  }
}

describe("an event of which a sync failed", () => {
  it("is not taken for one that is there by the process itself, recorded or appended", async () => {
    const { world, syncs, ledger } = await aWriter();
    syncs.left = 1;
    world.record(ledger, [anEvent(2)]);
    await expect(world.flush(ledger)).rejects.toThrow(LedgerUnavailableError);
    syncs.left = 1;
    await expect(world.append(ledger, [anEvent(3)])).rejects.toThrow(LedgerUnavailableError);
    expect(await answers(world, ledger, [anEvent(1), anEvent(2), anEvent(3)])).toEqual([
      "exists",
      "appended",
      "appended",
    ]);
    await expectKeptByAnyDisk(world);
  });

  it("is not taken for one that is there by the first append of the process", async () => {
    const syncs = new RefusedSyncs();
    const world = new CrashWorld(new CrashDisk(), {}, { fault: syncs.fault });
    const ledger = await world.start().open("write");
    syncs.left = 1;
    world.record(ledger, [anEvent(1)]);
    await expect(world.flush(ledger)).rejects.toThrow(LedgerUnavailableError);
    expect(await answers(world, ledger, [anEvent(1)])).toEqual(["appended"]);
    await expectKeptByAnyDisk(world);
  });

  it.each(["is running", "was closed", "was killed"])(
    "is not taken for it by another, while its writer %s",
    async (how) => {
      const { world, syncs, process, ledger } = await aWriter();
      syncs.left = 1;
      await expect(world.append(ledger, [anEvent(2)])).rejects.toThrow(LedgerUnavailableError);
      if (how === "was closed") await ledger.close();
      if (how !== "is running") process.kill();

      const other = await world.start().open("write");
      expect((await other.account()).responses).toHaveLength(2);
      expect(await answers(world, other, [anEvent(1), anEvent(2)])).toEqual(["exists", "appended"]);
      await expectKeptByAnyDisk(world);
    },
  );

  it("is not taken for it although the mark was refused at first", async () => {
    const syncs = new RefusedSyncs();
    let marks = 0;
    const fault = (call: DiskCall): CallFault | null => {
      if (call.path.endsWith(".unsure") && marks-- > 0) return { code: "ENOSPC" };
      return syncs.fault(call);
    };
    const world = new CrashWorld();
    const ledger = await world.start({ fault }).open("write");
    await world.append(ledger, [anEvent(1)]);
    [syncs.left, marks] = [1, 2];
    await expect(world.append(ledger, [anEvent(2)])).rejects.toThrow(LedgerUnavailableError);
    await expect(world.append(ledger, [anEvent(3)])).rejects.toThrow(LedgerUnavailableError);
    expect(await answers(world, ledger, [anEvent(2), anEvent(3)])).toEqual(["appended", "appended"]);
    const other = await world.start().open("write");
    expect(await answers(world, other, [anEvent(2)])).toEqual(["exists"]);
    await expectKeptByAnyDisk(world);
  });

  it("has no column file made of its segment", async () => {
    const { world, syncs, ledger } = await aWriter(2_500);
    syncs.left = 1;
    await expect(world.append(ledger, [anEvent(2)])).rejects.toThrow(LedgerUnavailableError);
    for (const number of [3, 4, 5, 6, 7]) await world.append(ledger, [anEvent(number)]);
    const other = await world.start().open("write");
    for (const number of [2, 8, 9]) await world.append(other, [anEvent(number)]);

    const { program } = world.start();
    expect((await (await world.start().open("read")).view()).files.length).toBeGreaterThan(1);
    const [mark = ""] = (await program.fileSystem.list("/ledger/segments")).filter((name) => name.endsWith(".unsure"));
    const columns = await program.fileSystem.list("/ledger/columns");
    expect(columns.length).toBeGreaterThan(0);
    expect(columns).not.toContain(mark.replace(/\..*/, ".col"));
    const { isSound, problems } = await verifyLedger("/ledger", { fileSystem: program.fileSystem });
    expect([isSound, problems.filter(({ kind }) => kind === "unknown-file")]).toEqual([true, []]);
    await expectKept(world);
    await expectKeptByAnyDisk(world);
  });
});

describe("lines that a killed process never synced", () => {
  it("are durable before a process that claims their log writes on, and columns are made of them", async () => {
    const world = new CrashWorld(new CrashDisk(), { segmentBytes: 1_000 });
    const killed = world.start();
    const ledger = await killed.open("write");
    world.record(ledger, [anEvent(1), anEvent(2)]);
    await turn();
    await turn();
    killed.kill();
    const next = world.start();
    const claimed = await next.open("write");
    for (const number of [3, 4]) {
      world.record(claimed, [anEvent(number)]);
      await world.flush(claimed);
    }
    await (await world.start().open("read")).view();
    await expectKeptByAnyDisk(world);
    const other = await world.start().open("write");
    await world.append(other, [anEvent(1), anEvent(2)]);
    await expectKeptByAnyDisk(world);
  });
});

describe("lines that are not durable yet", () => {
  it("are before a column file is made of them", async () => {
    const world = new CrashWorld(new CrashDisk(), { segmentBytes: 1_000 });
    const ledger = await world.start().open("write");
    for (const number of [1, 2]) {
      world.record(ledger, [anEvent(number)]);
      await turn();
      await turn();
    }
    const segments = [...world.disk.folder("/ledger/segments").names.keys()];
    expect(segments).toHaveLength(2);
    await (await world.start().open("read")).view();
    expect([...world.disk.folder("/ledger/columns").names.keys()]).toHaveLength(1);
    const sealed = `/ledger/segments/${segments[0] ?? ""}`;
    const { durable, bytes } = world.disk.file(sealed);
    expect(durable).toEqual(bytes);
  });

  it("are before a projection keeps where it stopped, and nothing is kept of those that may go", async () => {
    const { world, syncs, ledger } = await aWriter();
    world.record(ledger, [anEvent(2)]);
    await turn();
    await turn();
    const reader = await world.start().open("read");
    const count = { name: "count", version: 1, initialState: () => 0, evolve: (state: number) => state + 1 };
    expect(await reader.project(count)).toBe(2);
    const kept = "/ledger/checkpoints/projection-count.checkpoint";
    const checkpoint = world.disk.file(kept).bytes;
    const [segment = ""] = world.disk.folder("/ledger/segments").names.keys();
    const { durable, bytes } = world.disk.file(`/ledger/segments/${segment}`);
    expect(durable).toEqual(bytes);

    syncs.left = 1;
    await expect(world.append(ledger, [anEvent(3)])).rejects.toThrow(LedgerUnavailableError);
    expect(await reader.project(count)).toBe(3);
    expect(world.disk.file(kept).bytes).toEqual(checkpoint);
  });
});
