import type { LedgerEvent } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { aPlaceholder, aRequestCompleted, aUsage, anUnknownEvent } from "../support/builders.ts";
import { CrashDisk } from "../support/crash-disk.ts";
import {
  crashStatesOf,
  CrashWorld,
  expectSurvival,
  expectSurvivalOfKill,
  type CrashState,
  type LedgerOptions,
} from "../support/crash-world.ts";
import { isFullRun } from "../support/full-run.ts";

const [first, second, third, fourth] = ["msg:1", "msg:2", "msg:3", "msg:4"].map((id) => aRequestCompleted({ id })) as [
  LedgerEvent,
  LedgerEvent,
  LedgerEvent,
  LedgerEvent,
];

interface History {
  readonly options?: LedgerOptions;
  readonly happens: (world: CrashWorld) => Promise<void>;
}

/** What a ledger's life consists of; every moment of each is a crash. */
const HISTORIES: Readonly<Record<string, History>> = {
  "a new ledger": {
    happens: async (world) => {
      const ledger = await world.start().open("write");
      await world.append(ledger, [aPlaceholder({ id: "msg:1" })]);
      await world.append(ledger, [first, second]);
      await world.append(ledger, [second, aRequestCompleted({ id: "msg:1", usage: aUsage({ output: 11 }) })]);
      await ledger.close();
    },
  },
  "a new ledger in folders that are new": {
    options: { path: "/home/ada/ledger" },
    happens: async (world) => {
      const ledger = await world.start().open("write");
      await world.append(ledger, [first]);
      await ledger.close();
    },
  },
  "a ledger that is opened again": {
    happens: async (world) => {
      for (const events of [[first], [anUnknownEvent(), second], [third]]) {
        const process = world.start();
        const ledger = await process.open("write");
        await world.append(ledger, events);
        await ledger.close();
        process.kill();
      }
    },
  },
  "appends that wait for one another": {
    happens: async (world) => {
      const ledger = await world.start().open("write");
      const batches = [[first, second], [second, third], [first], [fourth]];
      await Promise.all(batches.map((events) => world.append(ledger, events)));
      await ledger.close();
    },
  },
  "segments that are full after a line or two": {
    options: { segmentBytes: 1_000 },
    happens: async (world) => {
      const ledger = await world.start().open("write");
      for (const events of [[first], [second], [aPlaceholder({ id: "msg:1" }), third]])
        await world.append(ledger, events);
      await Promise.all([[fourth], [anUnknownEvent()]].map((events) => world.append(ledger, events)));
      await ledger.close();
    },
  },
  "events that are recorded, beside appends": {
    options: { segmentBytes: 2_000 },
    happens: async (world) => {
      const ledger = await world.start().open("write");
      world.record(ledger, [first, second]);
      await world.flush(ledger);
      world.record(ledger, [third]);
      await Promise.all([world.append(ledger, [fourth, first]), world.flush(ledger)]);
      world.record(ledger, [anUnknownEvent()]);
      await world.flush(ledger, () => ledger.close());
    },
  },
  "column files made between appends": {
    options: { segmentBytes: 1_000 },
    happens: async (world) => {
      const ledger = await world.start().open("write");
      for (const events of [[first], [aPlaceholder({ id: "msg:2" })], [second, third]])
        await world.append(ledger, events);
      await ledger.view();
      await world.append(ledger, [aRequestCompleted({ id: "msg:1", labels: { team: "a" } }), fourth]);
      await ledger.view();
      await ledger.close();
    },
  },
  "column files made of lines that are not durable yet": {
    options: { segmentBytes: 1_000 },
    happens: async (world) => {
      const ledger = await world.start().open("write");
      world.record(ledger, [first, second]);
      await new Promise(setImmediate);
      world.record(ledger, [third]);
      await new Promise(setImmediate);
      await (await world.start().open("read")).view();
      await world.flush(ledger);
      await world.append(ledger, [fourth]);
      await ledger.close();
    },
  },
  "two processes at once": {
    happens: async (world) => {
      const processes = [world.start(), world.start()];
      const ledgers = await Promise.all(processes.map((process) => process.open("write")));
      const batches = [
        [[first], [second]],
        [[third, first], [fourth]],
      ];
      await Promise.all(
        ledgers.map(async (ledger, index) => {
          for (const events of batches[index] ?? []) await world.append(ledger, events);
          await ledger.close();
        }),
      );
    },
  },
  "a process that is killed, and the next": {
    happens: async (world) => {
      const killed = world.start();
      const ledger = await killed.open("write");
      await world.append(ledger, [first]);
      void world.append(ledger, [second]);
      await new Promise(setImmediate);
      killed.kill();
      const next = await world.start().open("write");
      await world.append(next, [second, third]);
      await next.close();
    },
  },
};

/** An ordinary run takes some of very many, evenly. */
function some<T>(states: readonly T[], max: number): readonly T[] {
  const step = Math.max(1, Math.floor(states.length / (isFullRun ? 8 * max : max)));
  return states.filter((_, index) => index % step === 0);
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => (made ??= make());
}

describe.each(Object.entries(HISTORIES))("%s", (_, { options, happens }) => {
  const crashes = once(() => crashStatesOf(happens, { ledger: options ?? {} }));

  it("keeps what it acknowledged through a loss of power at any moment", async () => {
    const { powerLosses } = await crashes();
    expect(powerLosses.length).toBeGreaterThan(20);
    for (const state of some(powerLosses, 60)) await expectSurvival(state, options);
  });

  it("keeps what is acknowledged by the process after one that was killed at any moment", async () => {
    const { kills } = await crashes();
    expect(kills.length).toBeGreaterThan(20);
    for (const state of some<CrashState<CrashDisk>>(kills, 25)) await expectSurvivalOfKill(state, options);
  });

  it("keeps it also when the power is lost again while the next process goes on", async () => {
    const { powerLosses } = await crashes();
    for (const before of some(powerLosses, 3)) {
      const again = await crashStatesOf(
        async (world) => {
          const ledger = await world.start().open("write");
          for (const event of before.told.attempted) await world.append(ledger, [event]);
          await ledger.close();
        },
        { ledger: options ?? {}, before },
      );
      for (const state of some(again.powerLosses, 6)) await expectSurvival(state, options);
    }
  });
});

describe("settings that are changed", () => {
  it("are as they were last acknowledged, or as they were being made, after a loss of power at any moment", async () => {
    const events = [first, second, third];
    const { powerLosses } = await crashStatesOf(async (world) => {
      const ledger = await world.start().open("write");
      for (const [index, event] of events.entries()) {
        await ledger.settings.patch({ discountPercent: String(index + 1) });
        await world.append(ledger, [event]);
      }
      await ledger.close();
    });
    for (const { disk, told } of powerLosses.filter(({ told: { acknowledged } }) => acknowledged.length > 0)) {
      const ledger = await new CrashWorld(CrashDisk.of(disk)).start().open("write");
      const { discountPercent } = await ledger.settings.read();
      const changes = told.acknowledged.length;
      expect([String(changes), String(changes + 1)]).toContain(discountPercent);
      await ledger.settings.patch({ discountPercent: "9" });
      expect((await ledger.settings.read()).discountPercent).toBe("9");
      await ledger.close();
    }
  });
});
