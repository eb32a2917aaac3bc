import { join } from "node:path";
import { openLedger, type RecordedEvent } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { aLedger } from "../support/a-ledger.ts";
import { inAnotherProcess } from "../support/another-process.ts";
import { aRequestCompleted } from "../support/builders.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const POLL_MS = 5;

/** Takes events until there are this many, then ends the subscription. */
async function take(events: AsyncIterable<RecordedEvent>, count: number): Promise<RecordedEvent[]> {
  const taken: RecordedEvent[] = [];
  for await (const event of events) if (taken.push(event) >= count) break;
  return taken;
}

const idsOf = (events: readonly RecordedEvent[]): string[] => events.map(({ event }) => event.id);

describe("a subscription", () => {
  it("yields what is there and then what is appended", async () => {
    const path = join(temporaryFolder(), "ledger");
    await using ledger = await openLedger(path, { mode: "write", create: true });
    await ledger.append([aRequestCompleted({ id: "msg:1" })]);
    const taken = take(ledger.subscribe({ pollMs: POLL_MS }), 3);
    await ledger.append([aRequestCompleted({ id: "msg:2" })]);
    await ledger.append([aRequestCompleted({ id: "msg:3" })]);
    expect(idsOf(await taken)).toEqual(["msg:1", "msg:2", "msg:3"]);
  });

  it("sees what another process appends, in a log that was not there when it began", async () => {
    const path = await aLedger([aRequestCompleted({ id: "msg:1" })]);
    await using reader = await openLedger(path, { mode: "read" });
    await using keepsItsLog = await openLedger(path, { mode: "write" });
    expect(keepsItsLog.mode).toBe("write");
    const taken = take(reader.subscribe({ pollMs: POLL_MS }), 2);
    const other = await inAnotherProcess(
      { path, event: aRequestCompleted({ id: "msg:2" }) },
      'const ledger = await openLedger(path, { mode: "write" }); await ledger.append([event]); await ledger.close();',
    );
    expect(other.stderr).toBe("");
    expect(idsOf(await taken)).toEqual(["msg:1", "msg:2"]);
  });

  it("goes on after a position, so that a program that was stopped misses nothing and sees nothing twice", async () => {
    const events = ["msg:1", "msg:2", "msg:3"].map((id) => aRequestCompleted({ id }));
    const path = await aLedger(events);
    await using ledger = await openLedger(path, { mode: "read" });
    const [first] = await take(ledger.subscribe(), 1);
    const { position } = first ?? expect.fail("nothing was yielded");
    expect(idsOf(await take(ledger.subscribe({ after: position }), 2))).toEqual(["msg:2", "msg:3"]);
  });

  it("ends when its signal says so, also while it waits", async () => {
    await using ledger = await openLedger(await aLedger([aRequestCompleted()]), { mode: "read" });
    const aborted = AbortSignal.abort();
    expect(await take(ledger.subscribe({ signal: aborted }), 1)).toEqual([]);
    const stop = new AbortController();
    const seen: string[] = [];
    for await (const { event } of ledger.subscribe({ signal: stop.signal, pollMs: 600_000 })) {
      seen.push(event.id);
      setTimeout(() => {
        stop.abort();
      }, 1);
    }
    expect(seen).toHaveLength(1);
  });
});
