import type { LedgerEvent } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { aPlaceholder, aRequestCompleted, aUsage, anUnknownEvent } from "../support/builders.ts";
import { crashStatesOf, expectSurvival, type CrashWorld } from "../support/crash-world.ts";

const [first, second, third, fourth] = ["msg:1", "msg:2", "msg:3", "msg:4"].map((id) => aRequestCompleted({ id })) as [
  LedgerEvent,
  LedgerEvent,
  LedgerEvent,
  LedgerEvent,
];

/** What a ledger's life consists of; every moment of each is a crash. */
const HISTORIES: Readonly<Record<string, (world: CrashWorld) => Promise<void>>> = {
  "a new ledger": async (world) => {
    const ledger = await world.start().open("write");
    await world.append(ledger, [aPlaceholder({ id: "msg:1" })]);
    await world.append(ledger, [first, second]);
    await world.append(ledger, [second, aRequestCompleted({ id: "msg:1", usage: aUsage({ output: 11 }) })]);
    await ledger.close();
  },
  "a ledger that is opened again": async (world) => {
    for (const events of [[first], [anUnknownEvent(), second], [third]]) {
      const ledger = await world.start().open("write");
      await world.append(ledger, events);
      await ledger.close();
    }
  },
  "appends that wait for one another": async (world) => {
    const ledger = await world.start().open("write");
    await Promise.all(
      [[first, second], [second, third], [first], [fourth]].map((events) => world.append(ledger, events)),
    );
    await ledger.close();
  },
};

describe.each(Object.entries(HISTORIES))("%s", (_, history) => {
  it("keeps what it acknowledged through a loss of power at any moment", async () => {
    const { powerLosses } = await crashStatesOf(history);
    expect(powerLosses.length).toBeGreaterThan(20);
    for (const state of powerLosses) await expectSurvival(state);
  });
});
