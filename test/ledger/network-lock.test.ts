import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import {
  LedgerLockedError,
  nodeFileSystem,
  openLedger,
  type Ledger,
  type Processes,
  type ProcessIdentity,
} from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { aRequestCompleted } from "../support/builders.ts";
import { eventsOf } from "../support/describe-event-store.ts";
import { pathsIn } from "../support/ledger-files.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** The number of a process that has ended. */
const gone = spawnSync(process.execPath, ["--version"]).pid;

/** Opens a ledger that other machines can reach. */
function open(
  path: string,
  options: { readonly create?: boolean; readonly processes?: Processes } = {},
): Promise<Ledger> {
  return openLedger(path, {
    ...options,
    mode: "write",
    fileSystem: { ...nodeFileSystem, kind: async () => "network" },
  });
}

async function lockedBy(owner: Partial<ProcessIdentity> | string): Promise<string> {
  const path = join(temporaryFolder(), "ledger");
  await (await open(path, { create: true })).close();
  const text = typeof owner === "string" ? owner : JSON.stringify({ host: hostname(), started: null, ...owner });
  writeFileSync(join(path, "writer.lock"), text);
  return path;
}

describe("the lock of a ledger on a network file system", () => {
  it("lets one at a time write, names the owner, and keeps no reader out", async () => {
    const path = join(temporaryFolder(), "ledger");
    const event = aRequestCompleted();
    await using writer = await open(path, { create: true });
    await writer.append([event]);
    const opening = open(path);
    await expect(opening).rejects.toThrow(LedgerLockedError);
    await expect(opening).rejects.toThrow(`${path}: process ${String(process.pid)} is writing to this ledger`);
    await using reader = await openLedger(path, { mode: "read" });
    expect(await eventsOf(reader)).toEqual([event]);
  });

  it("is given back by close", async () => {
    const path = join(temporaryFolder(), "ledger");
    for (let round = 0; round < 2; round += 1) {
      await using _ = await open(path, { create: true });
      expect(existsSync(join(path, "writer.lock"))).toBe(true);
    }
    expect(pathsIn(path)).toEqual(["ledger.json", "segments", "writers"]);
  });

  it("is given back when opening fails", async () => {
    const path = await lockedBy({ pid: gone });
    writeFileSync(join(path, "ledger.json"), "{}");
    await expect(open(path)).rejects.toThrow("not the manifest");
    writeFileSync(join(path, "ledger.json"), '{"format":"farthing-ledger","version":1,"id":"x","settings":{}}');
    await using ledger = await open(path);
    expect(ledger.id).toBe("x");
  });

  it.each<[string, Partial<ProcessIdentity> | string]>([
    ["is gone", { pid: gone }],
    ["has gone and left its number to another", { pid: process.pid, started: "an earlier boot/1" }],
    ["left an empty file", ""],
    ["left half a name", '{"pid":1'],
  ])("is taken over from an owner that %s", async (_, owner) => {
    const path = await lockedBy(owner);
    await using ledger = await open(path);
    await ledger.append([aRequestCompleted()]);
    expect(readFileSync(join(path, "writer.lock"), "utf8")).toContain(String(process.pid));
    await ledger.close();
    expect(pathsIn(path).filter((name) => name.startsWith("writer.lock"))).toEqual([]);
  });

  it("stays with an owner on another machine, which cannot be asked, and says how to give up on it", async () => {
    const path = await lockedBy({ pid: gone, host: "elsewhere" });
    const opening = open(path);
    await expect(opening).rejects.toMatchObject({ code: "LEDGER_LOCKED", ownerHost: "elsewhere" });
    await expect(opening).rejects.toThrow("delete the file writer.lock");
  });

  it("is not given back for another process that has taken it meanwhile", async () => {
    const path = join(temporaryFolder(), "ledger");
    const ledger = await open(path, { create: true });
    writeFileSync(join(path, "writer.lock"), '{"pid":1,"host":"elsewhere"}');
    await ledger.close();
    expect(readFileSync(join(path, "writer.lock"), "utf8")).toContain("elsewhere");
  });

  it("goes to one of several that take it over at once", async () => {
    for (let round = 0; round < 20; round += 1) {
      const path = await lockedBy({ pid: gone });
      const openings = await Promise.allSettled([1, 2, 3, 4].map((pid) => open(path, { processes: aProcess(pid) })));
      const opened = openings.filter((opening) => opening.status === "fulfilled");
      const refused = openings.filter((opening) => opening.status === "rejected");
      expect(opened).toHaveLength(1);
      for (const { reason } of refused) expect(reason).toBeInstanceOf(LedgerLockedError);
      for (const { value } of opened) await value.close();
      expect(pathsIn(path)).toEqual(["ledger.json", "segments", "writers"]);
    }
  });

  it("is taken over though a process died while it was taking over", async () => {
    const path = await lockedBy({ pid: gone });
    writeFileSync(join(path, "writer.lock.next"), JSON.stringify({ pid: gone, host: hostname(), started: null }));
    await using ledger = await open(path);
    await ledger.close();
    expect(pathsIn(path)).toEqual(["ledger.json", "segments", "writers"]);
  });
});

/** A process of a machine of its own kind, on which those with the same host run for ever. */
function aProcess(pid: number): Processes {
  return { self: { pid, host: "here", namespace: null, started: null }, isRunning: ({ host }) => host === "here" };
}
