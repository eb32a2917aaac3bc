import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { openLedger, type Ledger } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { aRequestCompleted } from "../support/builders.ts";
import { eventsOf } from "../support/describe-event-store.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

async function aLedger(onError: (error: unknown) => void = () => undefined): Promise<Ledger> {
  return openLedger(join(temporaryFolder(), "ledger"), { mode: "write", create: true, onError });
}

describe("a ledger that is about to be closed", () => {
  it("says so once, and holds what is recorded then", async () => {
    const ledger = await aLedger();
    let calls = 0;
    ledger.onClosing(() => {
      calls += 1;
      ledger.record(aRequestCompleted({ id: "msg:last" }));
    });
    await ledger.close();
    await ledger.close();

    expect(calls).toBe(1);
    await using reopened = await openLedger(ledger.path, { mode: "read" });
    expect((await eventsOf(reopened)).map(({ id }) => id)).toEqual(["msg:last"]);
  });

  it("waits for what goes on then, also where it is closed twice at once", async () => {
    const ledger = await aLedger();
    ledger.onClosing(async () => {
      await ledger.find(["msg:last"]);
      ledger.record(aRequestCompleted({ id: "msg:last" }));
    });
    await Promise.all([ledger.close(), ledger.close()]);
    await using reopened = await openLedger(ledger.path, { mode: "read" });
    expect((await eventsOf(reopened)).map(({ id }) => id)).toEqual(["msg:last"]);
  });

  it("holds what is recorded until a listener's promise has settled", async () => {
    const ledger = await aLedger();
    ledger.onClosing(async () => {
      await turn();
      ledger.record(aRequestCompleted({ id: "msg:late" }));
    });
    await ledger.close();

    await using reopened = await openLedger(ledger.path, { mode: "read" });
    expect((await eventsOf(reopened)).map(({ id }) => id)).toEqual(["msg:late"]);
  });

  it("does not tell who no longer asks, and is closed although a listener throws", async () => {
    const errors: unknown[] = [];
    const ledger = await aLedger((error) => errors.push(error));
    let calls = 0;
    const undo = ledger.onClosing(() => {
      calls += 1;
    });
    undo();
    const failure = new Error("no");
    ledger.onClosing(() => {
      throw failure;
    });
    await ledger.close();

    expect(calls).toBe(0);
    expect(errors).toEqual([failure]);
    await expect(ledger.append([])).rejects.toThrow("closed");
  });
});
