import { readFileSync, rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { LedgerUnavailableError, openLedger, type Ledger } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { aRequestCompleted } from "../support/builders.ts";
import { eventsOf } from "../support/describe-event-store.ts";
import { faultyFileSystem, systemError, type WriteFault } from "../support/faulty-file-system.ts";
import { onlySegmentOf } from "../support/ledger-files.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const first = aRequestCompleted({ id: "msg:1" });
const second = aRequestCompleted({ id: "msg:2" });
const third = aRequestCompleted({ id: "msg:3" });

/** A ledger that holds `first`, and meets the faults from then on. */
async function aLedgerWithFaults(faults: WriteFault[]): Promise<Ledger> {
  const path = join(temporaryFolder(), "ledger");
  const pending: WriteFault[] = [];
  const ledger = await openLedger(path, {
    mode: "write",
    create: true,
    fileSystem: faultyFileSystem(".ndjson", pending),
  });
  await ledger.append([first]);
  pending.push(...faults);
  return ledger;
}

describe("a write the system takes in pieces", () => {
  it("is finished", async () => {
    await using ledger = await aLedgerWithFaults([{ short: 10 }, { short: 1 }]);
    await ledger.append([second]);
    expect(await eventsOf(ledger)).toEqual([first, second]);
    expect(ledger.damage()).toEqual([]);
  });
});

describe("a write that fails", () => {
  it("is reported with the file and the system's reason", async () => {
    await using ledger = await aLedgerWithFaults([{ fails: "ENOSPC", after: 0 }]);
    const appending = ledger.append([second]);
    await expect(appending).rejects.toThrow(LedgerUnavailableError);
    await expect(appending).rejects.toThrow(/segments.*\.ndjson: no space left on the device/);
    await expect(appending).rejects.toMatchObject({ cause: systemError("ENOSPC") });
  });

  it("leaves what was there, and appending goes on when the fault has passed", async () => {
    await using ledger = await aLedgerWithFaults([{ fails: "EIO", after: 0 }]);
    await expect(ledger.append([second])).rejects.toThrow("input/output error");
    expect(await eventsOf(ledger)).toEqual([first]);
    expect(await ledger.append([second])).toEqual([{ id: "msg:2", outcome: "appended" }]);
    expect(await eventsOf(ledger)).toEqual([first, second]);
    expect(ledger.damage()).toEqual([]);
  });

  it("leaves its segment as it is, and the next line begins a new one that follows", async () => {
    await using ledger = await aLedgerWithFaults([{ fails: "ENOSPC", after: 100 }]);
    const segment = onlySegmentOf(ledger.path);
    const whole = readFileSync(segment);
    await expect(ledger.append([second])).rejects.toThrow("no space left");
    expect(await ledger.append([third])).toEqual([{ id: "msg:3", outcome: "appended" }]);
    expect(readFileSync(segment).subarray(0, whole.length)).toEqual(whole);
    expect(readFileSync(segment)).toHaveLength(whole.length + 100);
    expect(await eventsOf(ledger)).toEqual([first, third]);
    expect(ledger.damage()).toEqual([]);
  });

  it("costs no segment while a full disk takes nothing", async () => {
    const faults = Array.from({ length: 20 }, (): WriteFault => ({ fails: "ENOSPC", after: 0 }));
    await using ledger = await aLedgerWithFaults(faults);
    for (const _ of faults) await expect(ledger.append([second])).rejects.toThrow("no space left");
    await ledger.append([second]);
    expect(await eventsOf(ledger)).toEqual([first, second]);
    expect(onlySegmentOf(ledger.path)).toContain("-00000001");
  });

  it("may leave whole lines of a batch; appending it again completes it and counts nothing twice", async () => {
    const lineBytes = await bytesOfLine();
    await using ledger = await aLedgerWithFaults([{ fails: "ENOSPC", after: lineBytes + 50 }]);
    await expect(ledger.append([second, third])).rejects.toThrow("no space left");
    await ledger.append([second, third]);
    const { responses } = await ledger.account();
    expect(responses).toEqual([first, second, third]);
    expect(ledger.damage()).toEqual([]);
  });

  it("fails for every call that waited for it, and for none that comes after", async () => {
    await using ledger = await aLedgerWithFaults([{ fails: "EIO", after: 200 }]);
    const outcomes = await Promise.allSettled([ledger.append([second]), ledger.append([third])]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await Promise.all([ledger.append([second]), ledger.append([third])]);
    expect(await eventsOf(ledger)).toEqual([first, second, third]);
  });

  it("is not taken for recorded when only making it durable failed", async () => {
    await using ledger = await aLedgerWithFaults([{ syncFails: "EIO" }]);
    await expect(ledger.append([second])).rejects.toThrow(LedgerUnavailableError);
    expect(await ledger.append([second])).toEqual([{ id: "msg:2", outcome: "appended" }]);
    expect((await ledger.account()).responses).toEqual([first, second]);
    expect(ledger.damage()).toEqual([]);
  });

  it.each(["stays", "is lost"])("leaves the log whole though what it could not make durable %s", async (fate) => {
    await using ledger = await aLedgerWithFaults([{ syncFails: "EIO" }]);
    const segment = onlySegmentOf(ledger.path);
    const durable = readFileSync(segment).length;
    await expect(ledger.append([second])).rejects.toThrow("input/output error");
    await ledger.append([second, third]);
    await ledger.append([aRequestCompleted({ id: "msg:4" })]);
    if (fate === "is lost") truncateSync(segment, durable);
    expect((await ledger.account()).responses.map(({ id }) => id)).toEqual(["msg:1", "msg:2", "msg:3", "msg:4"]);
    expect(ledger.damage()).toEqual([]);
    await ledger.close();
    await using again = await openLedger(ledger.path, { mode: "write" });
    expect(await again.append([second])).toEqual([{ id: "msg:2", outcome: "exists" }]);
    await again.append([aRequestCompleted({ id: "msg:5" })]);
    expect((await again.account()).responses).toHaveLength(5);
    expect(again.damage()).toEqual([]);
  });
});

describe("what could not be made durable", () => {
  it("is not taken for recorded by the next process either, though it can be read", async () => {
    await using ledger = await aLedgerWithFaults([{ syncFails: "EIO" }]);
    await expect(ledger.append([second])).rejects.toThrow("input/output error");
    await ledger.append([third]);
    await ledger.close();
    await using next = await openLedger(ledger.path, { mode: "write" });
    expect((await next.account()).responses).toEqual([first, second, third]);
    expect(await next.append([first, second, third])).toMatchObject([
      { outcome: "exists" },
      { outcome: "appended" },
      { outcome: "exists" },
    ]);
  });
});

describe("a ledger whose folder is removed", () => {
  it("acknowledges nothing any more", async () => {
    await using ledger = await aLedgerWithFaults([]);
    rmSync(ledger.path, { recursive: true });
    await expect(ledger.append([second])).rejects.toThrow(LedgerUnavailableError);
    await expect(ledger.append([second])).rejects.toThrow(LedgerUnavailableError);
  });
});

describe("a new ledger whose manifest cannot be written", () => {
  it("is not there, and can be made when the fault has passed", async () => {
    const path = join(temporaryFolder(), "ledger");
    const fileSystem = faultyFileSystem(/ledger\.json\.[0-9a-f-]+\.tmp$/, [{ fails: "ENOSPC", after: 5 }]);
    await expect(openLedger(path, { mode: "write", create: true, fileSystem })).rejects.toThrow("no space left");
    await expect(openLedger(path, { mode: "read" })).rejects.toThrow("no ledger here");
    await using ledger = await openLedger(path, { mode: "write", create: true });
    await ledger.append([first]);
    expect(await eventsOf(ledger)).toEqual([first]);
  });
});

async function bytesOfLine(): Promise<number> {
  await using ledger = await aLedgerWithFaults([]);
  return readFileSync(onlySegmentOf(ledger.path)).length;
}
