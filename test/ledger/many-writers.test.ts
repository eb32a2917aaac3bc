import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import {
  nodeFileSystem,
  nodeProcesses,
  openLedger,
  type FileSystem,
  type Ledger,
  type LedgerEvent,
  type ProcessIdentity,
} from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { inAnotherProcess } from "../support/another-process.ts";
import { aRequestCompleted } from "../support/builders.ts";
import { eventsOf } from "../support/describe-event-store.ts";
import { faultyFileSystem } from "../support/faulty-file-system.ts";
import { pathsIn } from "../support/ledger-files.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** The number of a process that has ended. */
const gone = spawnSync(process.execPath, ["--version"]).pid;

const open = (path: string): Promise<Ledger> => openLedger(path, { mode: "write", create: true });

function eventsNamed(...ids: readonly string[]): LedgerEvent[] {
  return ids.map((id) => aRequestCompleted({ id }));
}

/** The writers that have a log. */
function logsIn(path: string): string[] {
  return [...new Set(readdirSync(join(path, "segments")).map((name) => name.split("-")[0] ?? ""))].sort();
}

async function idsIn(path: string): Promise<string[]> {
  await using reader = await openLedger(path, { mode: "read" });
  const events = await eventsOf(reader);
  expect(reader.damage()).toEqual([]);
  return events.map(({ id }) => id).sort();
}

describe("several that write to one ledger at once", () => {
  it("each have a log of their own, and are read as one", async () => {
    const path = join(temporaryFolder(), "ledger");
    await using one = await open(path);
    await using two = await open(path);
    await Promise.all([one.append(eventsNamed("msg:1", "msg:3")), two.append(eventsNamed("msg:2"))]);
    await one.append(eventsNamed("msg:4"));
    expect(logsIn(path)).toHaveLength(2);
    expect(await idsIn(path)).toEqual(["msg:1", "msg:2", "msg:3", "msg:4"]);
  });

  it("agree on one ledger when they make it together", async () => {
    const path = join(temporaryFolder(), "ledger");
    const ledgers = await Promise.all([1, 2, 3, 4].map(() => open(path)));
    expect(new Set(ledgers.map(({ id }) => id)).size).toBe(1);
    await Promise.all(ledgers.map((ledger, index) => ledger.append(eventsNamed(`msg:${String(index)}`))));
    for (const ledger of ledgers) await ledger.close();
    expect(await idsIn(path)).toEqual(["msg:0", "msg:1", "msg:2", "msg:3"]);
  });

  it("know what was there when they first appended, and see what they said alike as one", async () => {
    const path = join(temporaryFolder(), "ledger");
    await using one = await open(path);
    await one.append(eventsNamed("msg:1"));
    await using two = await open(path);
    const outcomes = await two.append(eventsNamed("msg:1", "msg:2"));
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(["exists", "appended"]);
    await one.append(eventsNamed("msg:2"));
    const { responses } = await one.account();
    expect(responses.map(({ id }) => id)).toEqual(["msg:1", "msg:2"]);
  });

  it("use the logs that others have left, so that there are never more than writers at once", async () => {
    const path = join(temporaryFolder(), "ledger");
    for (let round = 0; round < 3; round += 1) {
      const ledgers = [await open(path), await open(path)];
      for (const [index, ledger] of ledgers.entries()) {
        await ledger.append(eventsNamed(`msg:${String(round)}${String(index)}`));
      }
      for (const ledger of ledgers) await ledger.close();
    }
    expect(logsIn(path)).toHaveLength(2);
    expect(await idsIn(path)).toHaveLength(6);
    expect(pathsIn(join(path, "writers"))).toEqual([]);
  });

  it("leave a line alone that another one is still writing", async () => {
    const path = join(temporaryFolder(), "ledger");
    await using one = await open(path);
    await one.append(eventsNamed("msg:1"));
    const segment = join(path, "segments", readdirSync(join(path, "segments"))[0] ?? "");
    const half = `${readFileSync(segment, "utf8")}{"writer":`;
    writeFileSync(segment, half);
    await using two = await open(path);
    await two.append(eventsNamed("msg:2"));
    expect(readFileSync(segment, "utf8")).toBe(half);
    expect(await eventsOf(two)).toHaveLength(2);
    expect(two.damage()).toEqual([]);
  });

  it("change different settings without undoing each other's", async () => {
    const path = join(temporaryFolder(), "ledger");
    await using one = await open(path);
    await using two = await open(path);
    await Promise.all([
      one.settings.patch({ discountPercent: "5" }),
      two.settings.patch({ timeZone: "Europe/Berlin" }),
      one.settings.patch({ billing: { a: "per-token" } }),
      two.settings.patch({ billing: { b: "subscription" } }),
    ]);
    expect(await two.settings.read()).toMatchObject({
      discountPercent: "5",
      timeZone: "Europe/Berlin",
      billing: { a: "per-token", b: "subscription" },
    });
    expect(await one.settings.read()).toEqual(await two.settings.read());
  });

  it("give back locks once, however long the system takes to remove one", async () => {
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      async remove(file) {
        await wait(20);
        await nodeFileSystem.remove(file);
      },
    };
    const path = join(temporaryFolder(), "ledger");
    await using one = await openLedger(path, { mode: "write", create: true, fileSystem });
    await using two = await openLedger(path, { mode: "write", fileSystem });
    const sources = ["a", "b", "c", "d", "e", "f"];
    await Promise.all(
      sources.map((source, place) =>
        (place % 2 === 0 ? one : two).settings.patch({ billing: { [source]: "per-token" } }),
      ),
    );
    expect(Object.keys((await one.settings.read()).billing).sort()).toEqual(expect.arrayContaining(sources));
  });

  it("may write one document at once: it holds what one of them wrote", async () => {
    const path = join(temporaryFolder(), "ledger");
    await using one = await open(path);
    await using two = await open(path);
    const documents = [await one.document("import", {}), await two.document("import", {})];
    await Promise.all(
      documents.map((document, index) => document.write({ by: index, filler: "x".repeat(100_000 * index) })),
    );
    const { data } = await one.document<{ by?: number }>("import", {});
    expect(data.by).toBeOneOf([0, 1]);
    expect(pathsIn(join(path, "checkpoints"))).toEqual(["import.json"]);
  });
});

describe("the log of a process that is gone", () => {
  async function leftBy(owner: Partial<ProcessIdentity> | string): Promise<string> {
    const path = join(temporaryFolder(), "ledger");
    const ledger = await open(path);
    await ledger.append(eventsNamed("msg:1"));
    await ledger.close();
    const text = typeof owner === "string" ? owner : JSON.stringify({ ...nodeProcesses.self, started: null, ...owner });
    writeFileSync(join(path, "writers", `${logsIn(path)[0] ?? ""}.lock`), text);
    return path;
  }

  it.each<[string, Partial<ProcessIdentity> | string]>([
    ["has ended", { pid: gone }],
    ["has ended and left its number to another", { pid: process.pid, started: "an earlier boot/1" }],
    ["ran before the machine was started anew", { pid: 1, namespace: "pid:[1]", started: "an earlier boot/1" }],
    ["left an empty lock", ""],
    ["left half a lock", '{"pid":1'],
  ])("is gone on with when it %s", async (_, owner) => {
    const path = await leftBy(owner);
    await using ledger = await open(path);
    await ledger.append(eventsNamed("msg:2"));
    expect(logsIn(path)).toHaveLength(1);
    expect(await idsIn(path)).toEqual(["msg:1", "msg:2"]);
  });

  it.each<[string, Partial<ProcessIdentity>]>([
    ["on another machine", { pid: gone, host: "elsewhere" }],
    ["in another container", { pid: gone, namespace: "pid:[1]" }],
    ["here", {}],
  ])("is left alone while it may be running %s: a new one is begun", async (_, owner) => {
    const path = await leftBy({ host: hostname(), ...owner });
    await using ledger = await open(path);
    await ledger.append(eventsNamed("msg:2"));
    expect(logsIn(path)).toHaveLength(2);
    expect(await idsIn(path)).toEqual(["msg:1", "msg:2"]);
  });
});

describe("a claim that fails", () => {
  it("leaves no lock behind", async () => {
    const path = join(temporaryFolder(), "ledger");
    await (await open(path)).close();
    const fileSystem = faultyFileSystem(".tmp", [{ fails: "ENOSPC", after: 3 }]);
    await expect(openLedger(path, { mode: "write", fileSystem })).rejects.toThrow("no space left");
    expect(pathsIn(path)).toEqual(["ledger.json", "segments", "writers"]);
  });

  it("gives the lock of the ledger back, on a network file system", async () => {
    const path = join(temporaryFolder(), "ledger");
    await (await open(path)).close();
    const fileSystem = {
      ...nodeFileSystem,
      kind: async () => "network" as const,
      makeFolder: () => Promise.reject(new Error("no folder")),
    };
    await expect(openLedger(path, { mode: "write", fileSystem })).rejects.toThrow("no folder");
    expect(pathsIn(path)).toEqual(["ledger.json", "segments", "writers"]);
  });
});

describe("processes", () => {
  it("append to one ledger at once, and every line is whole", async () => {
    const path = join(temporaryFolder(), "ledger");
    await (await open(path)).close();
    const results = await Promise.all(
      ["a", "b", "c"].map((name) =>
        inAnotherProcess(
          { path, event: aRequestCompleted(), name },
          `const ledger = await openLedger(path, { mode: "write" });
           for (let n = 0; n < 50; n += 1) await ledger.append([{ ...event, id: "msg:" + name + n }]);
           await ledger.close();`,
        ),
      ),
    );
    for (const result of results) expect(result).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await idsIn(path)).toHaveLength(150);
    expect(pathsIn(join(path, "writers"))).toEqual([]);
  });

  it("of this machine are running while they run, and not afterwards", () => {
    expect(nodeProcesses.isRunning(nodeProcesses.self)).toBe(true);
    expect(nodeProcesses.isRunning({ ...nodeProcesses.self, pid: gone, started: null })).toBe(false);
  });
});
