import { readFileSync } from "node:fs";
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

  it("leaves a fragment that the next line is kept clear of, and that readers count with its place", async () => {
    await using ledger = await aLedgerWithFaults([{ fails: "ENOSPC", after: 100 }]);
    const segment = onlySegmentOf(ledger.path);
    const fragmentByte = readFileSync(segment).length;
    await expect(ledger.append([second])).rejects.toThrow("no space left");
    expect(await ledger.append([third])).toEqual([{ id: "msg:3", outcome: "appended" }]);
    expect(await eventsOf(ledger)).toEqual([first, third]);
    expect(ledger.damage()).toEqual([
      { file: segment, line: 2, byte: fragmentByte, why: "not a line of a ledger, or only a part of one" },
    ]);
  });

  it("may leave whole lines of a batch; appending it again completes it and counts nothing twice", async () => {
    const lineBytes = await bytesOfLine();
    await using ledger = await aLedgerWithFaults([{ fails: "ENOSPC", after: lineBytes + 50 }]);
    await expect(ledger.append([second, third])).rejects.toThrow("no space left");
    await ledger.append([second, third]);
    const { responses } = await ledger.account();
    expect(responses).toEqual([first, second, third]);
    expect(ledger.damage()).toHaveLength(1);
  });

  it("is not taken for recorded when only making it durable failed", async () => {
    await using ledger = await aLedgerWithFaults([{ syncFails: "EIO" }]);
    await expect(ledger.append([second])).rejects.toThrow(LedgerUnavailableError);
    expect(await ledger.append([second])).toEqual([{ id: "msg:2", outcome: "appended" }]);
    expect((await ledger.account()).responses).toEqual([first, second]);
    expect(ledger.damage()).toEqual([]);
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
