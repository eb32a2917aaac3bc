import { LedgerUnavailableError, type LedgerEvent } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { aRequestCompleted } from "../support/builders.ts";
import { CrashDisk } from "../support/crash-disk.ts";
import type { CallFault } from "../support/crash-file-system.ts";
import { CrashWorld, expectKept } from "../support/crash-world.ts";
import { isFullRun } from "../support/full-run.ts";

/** Refusals of the operating system, from one call on. */
class Refusals {
  readonly #from: number;
  readonly #refusal: CallFault;
  #left: number;
  #calls = 0;

  constructor(from: number, refusal: CallFault, count: number) {
    this.#from = from;
    this.#refusal = refusal;
    this.#left = count;
  }

  /** Whether the call it was to begin with was reached. */
  get begun(): boolean {
    return this.#calls > this.#from;
  }

  readonly next = (): CallFault | null => {
    this.#calls += 1;
    if (!this.begun || this.#left === 0) return null;
    this.#left -= 1;
    return this.#refusal;
  };

  pass(): void {
    this.#left = 0;
  }
}

const REFUSALS: Readonly<Record<string, CallFault>> = {
  "no space left": { code: "ENOSPC" },
  "no space left half-way through a write": { code: "ENOSPC", part: 0.5 },
  "an input/output error": { code: "EIO" },
  "a file system that is read-only": { code: "EROFS" },
  "too many open files": { code: "EMFILE" },
};

/** Two processes after one another, each with appends of its own; what fails is done again when the refusals have passed. */
async function appendInSpiteOf(refusals: Refusals, world: CrashWorld): Promise<void> {
  async function insist<T>(action: () => Promise<T>): Promise<T> {
    for (const attempt of [1, 2]) {
      try {
        return await action();
      } catch (error) {
        expect(error).toBeInstanceOf(LedgerUnavailableError);
        if (attempt === 2) refusals.pass();
      }
    }
    return action();
  }
  const batches: readonly (readonly (readonly LedgerEvent[])[])[] = [
    [[aRequestCompleted({ id: "msg:1" })], ["msg:2", "msg:3"].map((id) => aRequestCompleted({ id }))],
    [[aRequestCompleted({ id: "msg:4" })], [aRequestCompleted({ id: "msg:1" }), aRequestCompleted({ id: "msg:5" })]],
  ];
  for (const appends of batches) {
    const process = world.start();
    const ledger = await insist(() => process.open("write"));
    for (const events of appends) await insist(() => world.append(ledger, events));
    await insist(() => ledger.settings.patch({ timeZone: "Europe/Berlin" }));
    await insist(() => ledger.account());
    await ledger.close().catch((error: unknown) => {
      expect(error).toBeInstanceOf(LedgerUnavailableError);
    });
    process.kill();
  }
}

/** How often in a row calls are refused; an ordinary run takes turns. */
function countsFor(call: number): readonly number[] {
  if (isFullRun) return [1, 2, 3, Infinity];
  return [call % 2 === 0 ? 1 : Infinity];
}

/** Refuses from one call on; returns whether that call was reached. */
async function refuseFrom(call: number, refusal: CallFault, count: number): Promise<boolean> {
  const refusals = new Refusals(call, refusal, count);
  const world = new CrashWorld(new CrashDisk(), {}, { fault: refusals.next });
  await appendInSpiteOf(refusals, world);
  refusals.pass();
  expect(world.told.acknowledged).toHaveLength(6);
  await expectKept(world);
  const left = world.afterPowerLoss();
  await expectKept(left);
  const reader = await left.start().open("read");
  await reader.account();
  expect(reader.damage()).toEqual([]);
  return refusals.begun;
}

describe.each(Object.entries(REFUSALS))("%s", (_, refusal) => {
  it("at any call, and at those after it, is reported, loses and damages nothing, and is gone when it has passed", async () => {
    for (let [call, goesOn] = [0, true]; goesOn; call += 1) {
      for (const count of countsFor(call)) goesOn = await refuseFrom(call, refusal, count);
    }
  });
});
