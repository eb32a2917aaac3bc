import { rmSync } from "node:fs";
import { join } from "node:path";
import { LedgerUnavailableError, openLedger, verifyLedger, type LedgerEvent } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { aRequestCompleted } from "../support/builders.ts";
import { CrashDisk } from "../support/crash-disk.ts";
import { CrashWorld, expectKept, expectView } from "../support/crash-world.ts";
import { eventsOf } from "../support/describe-event-store.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

function anEvent(number: number): LedgerEvent {
  return aRequestCompleted({ id: `msg:${String(number)}` });
}

/** Path of the segments on the disk of a world. */
function segmentsOf(world: CrashWorld): string[] {
  return [...world.disk.durable().keys()].filter((path) => path.endsWith(".ndjson"));
}

describe("an unfinished line of a process that is running", () => {
  it("is left alone by every other process, and counts when it is finished", async () => {
    const world = new CrashWorld();
    const running = await world.start().open("write");
    await world.append(running, [anEvent(1)]);
    const [segment = ""] = segmentsOf(world);
    const whole = world.disk.file(segment).bytes;
    const [start, rest] = [whole.subarray(0, 300), whole.subarray(300)];
    world.disk.truncate(world.disk.file(segment), 0);
    world.disk.write(world.disk.file(segment), start);

    const other = await world.start().open("write");
    await world.append(other, [anEvent(2)]);
    expect(await eventsOf(other)).toEqual([anEvent(2)]);
    expect(world.disk.file(segment).bytes).toEqual(start);

    world.disk.write(world.disk.file(segment), rest);
    expect(await eventsOf(other)).toHaveLength(2);
    await expectKept(world);
  });
});

describe("processes that start, fill segments and make column files at once", () => {
  it.each([1, 2, 3, 4, 5, 6])("are each answered rightly, however their calls fall together (%d)", async (seed) => {
    let state = seed;
    const pace = (): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return (state >>> 16) % 3;
    };
    const world = new CrashWorld(new CrashDisk(), { segmentBytes: 2_000 }, { pace });
    const processes = Array.from({ length: 4 }, () => world.start());
    await Promise.all(
      processes.map(async (process, index) => {
        const ledger = await process.open("write");
        for (let turn = 0; turn < 4; turn += 1) {
          // The numbers of neighbours overlap: several processes see one response.
          await world.append(ledger, [anEvent(turn * 3 + index), anEvent(turn * 3 + index + 1)]);
          if (turn % 2 === index % 2) await ledger.view();
        }
        await ledger.settings.patch({ discountPercent: String(index) });
        await ledger.close();
      }),
    );
    await expectKept(world);
    await expectView(await world.start().open("read"), "use");
    await expectKept(world.afterPowerLoss());
    const { fileSystem } = world.start().program;
    expect(await verifyLedger("/ledger", { fileSystem })).toMatchObject({ isSound: true, lost: 0 });
  });
});

describe("a column file with rows that rest on another segment too", () => {
  it("is made again when a loss of power has taken lines of that segment", async () => {
    const world = new CrashWorld(new CrashDisk(), { segmentBytes: 1_000 });
    const ledgers = [await world.start().open("write"), await world.start().open("write")];
    for (const [index, ledger] of ledgers.entries()) {
      const sighting = aRequestCompleted({ id: "msg:1", labels: { seen: String(index) } });
      for (const event of [sighting, anEvent(index + 2), anEvent(index + 4)]) await world.append(ledger, [event]);
    }
    const reader = await world.start().open("read");
    expect((await reader.view()).files.length).toBeGreaterThan(1);
    for (const segment of segmentsOf(world).filter((path) => path.endsWith("-00000001.ndjson"))) {
      const disk = world.disk.clone();
      disk.truncate(disk.file(segment), 0);
      const left = await new CrashWorld(disk).start().open("read");
      await expectView(left, "use");
      await expectView(left, "build");
    }
  });
});

describe("a reader while segments are filled", () => {
  it("finds at every moment all that was acknowledged by then, in the log and in the view, and nothing damaged", async () => {
    const world = new CrashWorld(new CrashDisk(), { segmentBytes: 1_500 });
    const writer = await world.start().open("write");
    const reader = await world.start({ pace: () => 1 }).open("read");
    const reading = (async () => {
      while (world.told.acknowledged.length < 40) {
        const { acknowledged } = world.told;
        const ids = new Set((await eventsOf(reader)).map(({ id }) => id));
        expect(acknowledged.filter(({ id }) => !ids.has(id))).toEqual([]);
        const { position } = await reader.view();
        expect(position.length > 0 || acknowledged.length === 0).toBe(true);
      }
    })();
    for (let number = 0; number < 40; number += 1) await world.append(writer, [anEvent(number)]);
    await reading;
    expect(reader.damage()).toEqual([]);
    expect(segmentsOf(world).length).toBeGreaterThan(10);
    await expectKept(world);
  });
});

describe("a clock that is set back", () => {
  it("loses nothing, and the times of a log never go back", async () => {
    const times = [5_000, 1_000, 3_000, 2_000, 9_000];
    const world = new CrashWorld(new CrashDisk(), { now: () => times.shift() ?? 4_000, segmentBytes: 1_000 });
    for (let number = 0; number < 6; number += 1) {
      const process = world.start();
      const ledger = await process.open("write");
      await world.append(ledger, [anEvent(number)]);
      await ledger.close();
      process.kill();
    }
    await expectKept(world);
    const { fileSystem } = world.start().program;
    expect(await verifyLedger("/ledger", { fileSystem })).toMatchObject({ isSound: true, counts: { damage: 0 } });
  });
});

describe("a folder that is removed under a ledger", () => {
  it("fails every append from then on, and acknowledges none", async () => {
    const path = join(temporaryFolder(), "ledger");
    const ledger = await openLedger(path, { mode: "write", create: true });
    await ledger.append([anEvent(1)]);
    rmSync(path, { recursive: true });
    for (const number of [2, 3, 4]) {
      await expect(ledger.append([anEvent(number)])).rejects.toThrow(LedgerUnavailableError);
    }
    ledger.record(anEvent(5));
    await expect(ledger.flush()).rejects.toThrow(LedgerUnavailableError);
    await ledger.close().catch((error: unknown) => {
      expect(error).toBeInstanceOf(LedgerUnavailableError);
    });
    await using again = await openLedger(path, { mode: "write", create: true });
    await again.append([anEvent(2)]);
    expect(await eventsOf(again)).toEqual([anEvent(2)]);
  });
});
