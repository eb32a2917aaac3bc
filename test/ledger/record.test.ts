import { readFileSync } from "node:fs";
import { setImmediate as turn, setTimeout as wait } from "node:timers/promises";
import { join } from "node:path";
import {
  isEventOf,
  openLedger,
  type Host,
  type Ledger,
  type LedgerEvent,
  type OpenLedgerOptions,
} from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { inAnotherProcess } from "../support/another-process.ts";
import { aRequestCompleted, aUsage } from "../support/builders.ts";
import { eventsOf } from "../support/describe-event-store.ts";
import { faultyFileSystem, type WriteFault } from "../support/faulty-file-system.ts";
import { onlySegmentOf } from "../support/ledger-files.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** A host that keeps what it is told, and is told to end by the test. */
interface FakeHost extends Host {
  readonly lines: string[];
  readonly exit: Set<() => void>;
  readonly signal: Set<() => void>;
}

function aHost(): FakeHost {
  const [lines, exit, signal] = [[] as string[], new Set<() => void>(), new Set<() => void>()];
  return {
    lines,
    exit,
    signal,
    warn: (line) => void lines.push(line),
    onExit: (callback) => (exit.add(callback), () => void exit.delete(callback)),
    onSignal: (callback) => (signal.add(callback), () => void signal.delete(callback)),
  };
}

interface TestLedger {
  readonly ledger: Ledger;
  readonly host: FakeHost;
  readonly errors: unknown[];
  readonly faults: WriteFault[];
}

async function aLedger(options: Partial<OpenLedgerOptions> = {}): Promise<TestLedger> {
  const [host, errors, faults] = [aHost(), [] as unknown[], [] as WriteFault[]];
  const ledger = await openLedger(join(temporaryFolder(), "ledger"), {
    mode: "write",
    create: true,
    fileSystem: faultyFileSystem(".ndjson", faults),
    host,
    onError: (error) => errors.push(error),
    ...options,
  });
  return { ledger, host, errors, faults };
}

const events = (count: number, from = 0): LedgerEvent[] =>
  Array.from({ length: count }, (_, index) =>
    aRequestCompleted({ id: `msg:${String(from + index)}`, usage: aUsage({ uncachedInput: 100, output: 10 }) }),
  );

/** What another process finds. */
async function idsIn(path: string): Promise<string[]> {
  await using reader = await openLedger(path, { mode: "read" });
  const found = await eventsOf(reader);
  expect(reader.damage()).toEqual([]);
  return found.map(({ id }) => id);
}

const always = (fault: WriteFault): WriteFault[] => Array.from({ length: 1000 }, () => fault);

describe("an event that is recorded", () => {
  it("can be read by others after one turn of the event loop", async () => {
    const { ledger, errors } = await aLedger();
    for (const event of events(3)) ledger.record(event);
    await turn();
    expect(readFileSync(onlySegmentOf(ledger.path), "utf8").match(/"id":"msg:\d"/g)).toHaveLength(3);
    expect(await idsIn(ledger.path)).toEqual(["msg:0", "msg:1", "msg:2"]);
    await ledger.close();
    expect(errors).toEqual([]);
  });

  it("is there when flush resolves, and when close does", async () => {
    const { ledger } = await aLedger();
    const [first, second] = events(2);
    if (first !== undefined) ledger.record(first);
    await ledger.flush();
    expect(await idsIn(ledger.path)).toEqual(["msg:0"]);
    if (second !== undefined) ledger.record(second);
    await ledger.close();
    expect(await idsIn(ledger.path)).toEqual(["msg:0", "msg:1"]);
  });

  it("is what it was then, whatever the caller does with the object afterwards", async () => {
    const { ledger } = await aLedger();
    const labels: Record<string, string> = { team: "search" };
    ledger.record(aRequestCompleted({ labels }));
    labels["team"] = "other";
    await ledger.close();
    await using reader = await openLedger(ledger.path, { mode: "read" });
    expect(await eventsOf(reader)).toMatchObject([{ labels: { team: "search" } }]);
  });

  it("stands between appended ones without either being lost, and is known to later appends", async () => {
    const { ledger } = await aLedger({ segmentBytes: 20_000 });
    const all = events(120);
    await Promise.all(
      all.map(async (event, index) => {
        if (index % 2 === 0) ledger.record(event);
        else await ledger.append([event]);
        if (index % 10 === 0) await turn();
      }),
    );
    await ledger.flush();
    const outcomes = await ledger.append(all);
    expect(new Set(outcomes.map(({ outcome }) => outcome))).toEqual(new Set(["exists"]));
    await ledger.close();
    expect((await idsIn(ledger.path)).toSorted()).toEqual(all.map(({ id }) => id).toSorted());
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["no event", { id: 7 }],
    ["an event with what JSON cannot hold", { ...aRequestCompleted(), extra: 1n }],
    ["an event that holds itself", circular()],
    [
      "an event that cannot be read",
      new Proxy(
        {},
        {
          get() {
            throw new Error("no");
          },
        },
      ),
    ],
  ])("may be %s: the caller is not disturbed, onError hears of it", async (_, event) => {
    const { ledger, errors } = await aLedger();
    ledger.record(event as LedgerEvent);
    ledger.record(aRequestCompleted());
    await ledger.close();
    expect(errors).toHaveLength(1);
    expect(await idsIn(ledger.path)).toHaveLength(1);
  });

  it("is refused after close, and by a ledger that is only read, without being thrown at the caller", async () => {
    const { ledger, errors, host } = await aLedger();
    await ledger.close();
    ledger.record(aRequestCompleted());
    await using reader = await openLedger(ledger.path, { mode: "read", host });
    reader.record(aRequestCompleted());
    expect(errors).toMatchObject([{ code: "LEDGER_CLOSED" }]);
    expect(host.lines).toEqual([expect.stringContaining("to read only")]);
  });
});

describe("while the operating system refuses", () => {
  it("events wait, and are written when it takes them again", async () => {
    const { ledger, errors, faults } = await aLedger();
    faults.push({ fails: "ENOSPC", after: 0 }, { fails: "ENOSPC", after: 700 });
    for (const event of events(3)) ledger.record(event);
    await turn();
    expect(errors).toMatchObject([{ code: "LEDGER_UNAVAILABLE" }]);
    await expect(ledger.flush()).rejects.toThrow("no space left");
    for (const event of events(2, 3)) ledger.record(event);
    await ledger.flush();
    expect(await idsIn(ledger.path)).toEqual(["msg:0", "msg:1", "msg:2", "msg:3", "msg:4"]);
    await ledger.close();
  });

  it("they are tried again without anybody asking", async () => {
    const { ledger, faults } = await aLedger();
    faults.push({ fails: "EIO", after: 0 });
    ledger.record(aRequestCompleted({ id: "msg:0" }));
    await wait(400);
    expect(await idsIn(ledger.path)).toEqual(["msg:0"]);
    await ledger.close();
  });

  it("what could not be made durable is written once more", async () => {
    const { ledger, errors, faults } = await aLedger();
    faults.push({ syncFails: "EIO" });
    for (const event of events(2)) ledger.record(event);
    await turn();
    await wait(600);
    expect(errors).toMatchObject([{ code: "LEDGER_UNAVAILABLE" }]);
    await ledger.close();
    expect(await idsIn(ledger.path)).toEqual(["msg:0", "msg:1", "msg:0", "msg:1"]);
    await using reader = await openLedger(ledger.path, { mode: "read" });
    expect((await reader.account()).responses).toHaveLength(2);
  });

  it.each([
    ["events", { events: 3 }],
    ["bytes", { bytes: 4500 }],
  ])(
    "those beyond the limit of %s are counted, with their tokens, and the count is recorded",
    async (_, recordQueue) => {
      const { ledger, faults } = await aLedger({ recordQueue });
      faults.push(...always({ fails: "ENOSPC", after: 0 }));
      for (const event of events(10)) {
        ledger.record(event);
        await turn();
      }
      await expect(ledger.flush()).rejects.toThrow("no space left");
      faults.length = 0;
      await ledger.flush();
      ledger.record(aRequestCompleted({ id: "msg:later" }));
      await ledger.close();
      await using reader = await openLedger(ledger.path, { mode: "read" });
      const found = await eventsOf(reader);
      const [dropped, ...others] = found.filter((event) => isEventOf(event, "EventsDropped"));
      expect(others).toEqual([]);
      const kept = found.length - 2;
      expect(kept).toBeGreaterThanOrEqual(3);
      expect(kept).toBeLessThan(10);
      expect(dropped).toMatchObject({
        count: 10 - kept,
        tokens: { uncachedInput: 100 * (10 - kept), output: 10 * (10 - kept) },
      });
      expect(found.at(-1)?.id).toBe("msg:later");
    },
  );

  it("a line says so where nobody listens, and no more than one a minute", async () => {
    let now = 1_000_000;
    const host = aHost();
    const faults = always({ fails: "ENOSPC", after: 0 });
    await using ledger = await openLedger(join(temporaryFolder(), "ledger"), {
      mode: "write",
      create: true,
      host,
      now: () => now,
      fileSystem: faultyFileSystem(".ndjson", faults),
    });
    const bad = { id: "" } as LedgerEvent;
    for (let count = 0; count < 5; count += 1) ledger.record(bad);
    expect(host.lines).toEqual([expect.stringMatching(/^farthing: not recorded yet: event\.id: /)]);
    now += 60_000;
    ledger.record(bad);
    expect(host.lines).toHaveLength(2);
    expect(host.lines[1]).toContain("(and 4 more since the last such line)");
    faults.length = 0;
  });

  it("a listener that throws disturbs nobody", async () => {
    const { ledger } = await aLedger({
      onError() {
        throw new Error("listener");
      },
    });
    ledger.record({ id: "" } as LedgerEvent);
    ledger.record(aRequestCompleted());
    await ledger.close();
    expect(await idsIn(ledger.path)).toHaveLength(1);
  });
});

describe("a process that ends", () => {
  const RECORD = `
    const ledger = await openLedger(path, { mode: "write", ...options });
    for (let n = 0; n < 5; n += 1) ledger.record({ ...event, id: "msg:" + n });`;
  const event = aRequestCompleted();
  const five = ["msg:0", "msg:1", "msg:2", "msg:3", "msg:4"];

  async function end(statements: string, options: Partial<OpenLedgerOptions> = {}) {
    const path = join(temporaryFolder(), "ledger");
    await (await openLedger(path, { mode: "write", create: true })).close();
    return { path, ...(await inAnotherProcess({ path, event, options }, `${RECORD}\n${statements}`)) };
  }

  it.each([
    ["of itself", "", 0],
    ["by process.exit in the same turn", "process.exit(3);", 3],
    ["by an error that nobody catches", "throw new Error('end');", 1],
  ])("%s writes what was recorded first", async (_, statements, code) => {
    const { path, exitCode } = await end(statements);
    expect(exitCode).toBe(code);
    expect(await idsIn(path)).toEqual(five);
  });

  it("is not kept alive by a ledger that is open", async () => {
    const { exitCode } = await end("await ledger.flush();");
    expect(exitCode).toBe(0);
  });

  it("because it is asked to, writes what was recorded, if signals are to be heard, and ends by the signal", async () => {
    const { path, signal } = await end('process.kill(process.pid, "SIGTERM"); for (;;);', { signals: false });
    expect(signal).toBe("SIGTERM");
    expect(await idsIn(path)).toEqual([]);
    const heard = await end('process.kill(process.pid, "SIGTERM"); setTimeout(() => {}, 60_000);', { signals: true });
    expect(heard.signal).toBe("SIGTERM");
    expect(await idsIn(heard.path)).toEqual(five);
  });

  it("decides itself whether to end when it listens to the signal", async () => {
    const statements = `
      process.on("SIGTERM", () => { console.log("stays"); setTimeout(() => process.exit(7), 50); });
      process.kill(process.pid, "SIGTERM");
      setTimeout(() => {}, 60_000);`;
    const { path, exitCode, stdout } = await end(statements, { signals: true });
    expect({ exitCode, stdout }).toEqual({ exitCode: 7, stdout: "stays\n" });
    expect(await idsIn(path)).toEqual(five);
  });

  it("is left alone by ledgers that recorded nothing, or are closed", async () => {
    const { ledger, host } = await aLedger({ signals: true });
    await ledger.append(events(1));
    expect(host.exit.size + host.signal.size).toBe(0);
    ledger.record(aRequestCompleted());
    ledger.record(aRequestCompleted());
    expect([host.exit.size, host.signal.size]).toEqual([1, 1]);
    await ledger.close();
    expect(host.exit.size + host.signal.size).toBe(0);
  });
});

function circular(): unknown {
  const event: Record<string, unknown> = { ...aRequestCompleted() };
  event["itself"] = event;
  return event;
}
