import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { listLocks, nodeFileSystem, openLedger, pruneLedger, type Ledger } from "@farthing/ledger";
import { afterEach, describe, expect, it, vi } from "vitest";
import { aRequestCompleted } from "../support/builders.ts";
import {
  container,
  eventsNamed,
  expectSound,
  locksIn,
  logsIn,
  MINUTE_MS,
  silence,
  silenceAll,
  Standing,
} from "../support/standing.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** A ledger that a container wrote to and was killed; its lock is as old as told. */
async function leftByKilled(milliseconds: number, change: (text: string) => string = (text) => text): Promise<string> {
  const path = join(temporaryFolder(), "ledger");
  const { processes } = new Standing(container("1"));
  const ledger = await openLedger(path, { mode: "write", create: true, processes });
  await ledger.append(eventsNamed("msg:1"));
  const [lock = ""] = locksIn(path);
  const text = readFileSync(lock, "utf8");
  await ledger.close();
  writeFileSync(lock, change(text));
  silence(lock, milliseconds);
  return path;
}

afterEach(() => {
  vi.useRealTimers();
});

describe("the log of a container that was killed", () => {
  it("is gone on with by another container once nothing was heard of it for ten minutes", async () => {
    const path = await leftByKilled(11 * MINUTE_MS);
    await using ledger = await openLedger(path, { mode: "write", processes: container("2") });
    await ledger.append(eventsNamed("msg:2"));
    expect(logsIn(path)).toBe(1);
    await expectSound(path, "msg:1", "msg:2");
  });

  it.each<[string, number, (text: string) => string]>([
    ["was heard of nine minutes ago", 9 * MINUTE_MS, (text) => text],
    ["is of a release that is never heard of", 60 * MINUTE_MS, (text) => text.replace(/,"beatMs":\d+/, "")],
  ])("is left alone where it %s", async (_, milliseconds, change) => {
    const path = await leftByKilled(milliseconds, change);
    await using ledger = await openLedger(path, { mode: "write", processes: container("2") });
    await ledger.append(eventsNamed("msg:2"));
    expect(logsIn(path)).toBe(2);
    await expectSound(path, "msg:1", "msg:2");
  });

  it("is left alone where it was heard of while it was being taken over", async () => {
    const path = await leftByKilled(11 * MINUTE_MS);
    const fileSystem = {
      ...nodeFileSystem,
      async link(from: string, to: string) {
        await nodeFileSystem.link(from, to);
        if (to.endsWith(".next")) silenceAll(path, 0);
      },
    };
    await using ledger = await openLedger(path, { mode: "write", processes: container("2"), fileSystem });
    await ledger.append(eventsNamed("msg:2"));
    expect(logsIn(path)).toBe(2);
  });

  it("is not left to a process of the same container, which sees whether it runs", async () => {
    const path = join(temporaryFolder(), "ledger");
    await using one = await openLedger(path, { mode: "write", create: true });
    await one.append(eventsNamed("msg:1"));
    silenceAll(path, 60 * MINUTE_MS);
    await using two = await openLedger(path, { mode: "write" });
    await two.append(eventsNamed("msg:2"));
    expect(logsIn(path)).toBe(2);
  });

  it("is told from one that is in use, as is every other lock", async () => {
    const path = await leftByKilled(9 * MINUTE_MS);
    const held = async (): Promise<readonly boolean[]> =>
      (await listLocks(path, nodeFileSystem, container("2"))).map(({ isHeld }) => isHeld);
    expect(await held()).toEqual([true]);
    silenceAll(path, 11 * MINUTE_MS);
    expect(await held()).toEqual([false]);
  });
});

describe("a process that has a lock", () => {
  it("is heard of every minute", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const path = join(temporaryFolder(), "ledger");
    await using _ledger = await openLedger(path, { mode: "write", create: true });
    const [lock = ""] = locksIn(path);
    const text = readFileSync(lock, "utf8");
    silence(lock, 5 * MINUTE_MS);
    vi.advanceTimersByTime(MINUTE_MS);
    expect(Math.abs(statSync(lock).mtimeMs - Date.now())).toBeLessThan(MINUTE_MS);
    expect(readFileSync(lock, "utf8")).toBe(text);
  });
});

describe("a process that stood still while its log was taken over", () => {
  /** One that wrote an event, stood still, and lost its log to another one, which wrote one, too. */
  async function taken(): Promise<{ path: string; standing: Standing; ledger: Ledger; other: Ledger }> {
    const path = join(temporaryFolder(), "ledger");
    const standing = new Standing(container("1"));
    const ledger = await standing.open(path);
    await ledger.append(eventsNamed("msg:1"));
    standing.stand(11 * MINUTE_MS);
    silenceAll(path, 11 * MINUTE_MS);
    const other = await new Standing(container("2")).open(path);
    await other.append(eventsNamed("msg:2"));
    expect(logsIn(path)).toBe(1);
    return { path, standing, ledger, other };
  }

  it("appends to another one, and both lose nothing", async () => {
    const { path, ledger, other } = await taken();
    await ledger.append(eventsNamed("msg:3"));
    await other.append(eventsNamed("msg:4"));
    await ledger.append(eventsNamed("msg:5"));
    expect(logsIn(path)).toBe(2);
    await expectSound(path, "msg:1", "msg:2", "msg:3", "msg:4", "msg:5");
    await ledger.close();
    await other.close();
    expect(locksIn(path), "of neither").toEqual([]);
  });

  it("records to another one, and both lose nothing", async () => {
    const { path, ledger, other } = await taken();
    for (const event of eventsNamed("msg:3", "msg:4")) ledger.record(event);
    other.record(aRequestCompleted({ id: "msg:5" }));
    await Promise.all([ledger.flush(), other.flush()]);
    expect(logsIn(path)).toBe(2);
    await expectSound(path, "msg:1", "msg:2", "msg:3", "msg:4", "msg:5");
  });

  it("records what it is told last before it closes", async () => {
    const { path, ledger } = await taken();
    ledger.record(aRequestCompleted({ id: "msg:3" }));
    await ledger.close();
    await expectSound(path, "msg:1", "msg:2", "msg:3");
  });

  it("writes again what it had not made durable before", async () => {
    const path = join(temporaryFolder(), "ledger");
    const standing = new Standing(container("1"));
    const ledger = await standing.open(path);
    ledger.record(aRequestCompleted({ id: "msg:1" }));
    await new Promise(setImmediate);
    standing.stand(11 * MINUTE_MS);
    silenceAll(path, 11 * MINUTE_MS);
    await using other = await new Standing(container("2")).open(path);
    await other.append(eventsNamed("msg:2"));
    await ledger.flush();
    await using reader = await openLedger(path, { mode: "read" });
    const { responses } = await reader.account();
    expect(responses.map(({ id }) => id)).toEqual(["msg:1", "msg:2"]);
    expect(logsIn(path)).toBe(2);
  });

  it("goes on with its own where nobody has taken it", async () => {
    const path = join(temporaryFolder(), "ledger");
    const standing = new Standing(container("1"));
    const ledger = await standing.open(path);
    await ledger.append(eventsNamed("msg:1"));
    standing.stand(60 * MINUTE_MS);
    await ledger.append(eventsNamed("msg:2"));
    expect(logsIn(path)).toBe(1);
    const [lock = ""] = locksIn(path);
    expect(Math.abs(statSync(lock).mtimeMs - Date.now()), "and is heard of").toBeLessThan(MINUTE_MS);
    await expectSound(path, "msg:1", "msg:2");
  });

  it("leaves it where another one is just taking it", async () => {
    const path = join(temporaryFolder(), "ledger");
    const standing = new Standing(container("1"));
    const ledger = await standing.open(path);
    await ledger.append(eventsNamed("msg:1"));
    const [lock = ""] = locksIn(path);
    writeFileSync(`${lock}.next`, JSON.stringify({ ...container("2").self, token: "x", beatMs: MINUTE_MS }));
    standing.stand(11 * MINUTE_MS);
    await ledger.append(eventsNamed("msg:2"));
    expect(logsIn(path)).toBe(2);
    await expectSound(path, "msg:1", "msg:2");
  });

  it("says so where it can begin no other", async () => {
    const path = join(temporaryFolder(), "ledger");
    const standing = new Standing(container("1"));
    const { now, processes } = standing;
    const fileSystem = { ...nodeFileSystem, kind: async () => "network" as const };
    await using ledger = await openLedger(path, { mode: "write", create: true, now, processes, fileSystem });
    await ledger.append(eventsNamed("msg:1"));
    standing.stand(11 * MINUTE_MS);
    silence(join(path, "writer.lock"), 11 * MINUTE_MS);
    silenceAll(path, 11 * MINUTE_MS);
    const other = await openLedger(path, { mode: "write", processes: container("2"), fileSystem });
    await expect(ledger.append(eventsNamed("msg:2"))).rejects.toMatchObject({ code: "LEDGER_LOCKED" });
    await other.close();
    await ledger.append(eventsNamed("msg:3"));
    await expectSound(path, "msg:1", "msg:3");
  });
});

describe("a prune that stood still while another one took its lock", () => {
  it("changes nothing, and says what to do", async () => {
    const path = join(temporaryFolder(), "ledger");
    const standing = new Standing(container("1"));
    await using ledger = await standing.open(path);
    await ledger.append(eventsNamed("msg:1", "msg:2"));
    await ledger.close();
    const { now, processes } = standing;
    const fileSystem = {
      ...nodeFileSystem,
      async open(file: string, how: Parameters<typeof nodeFileSystem.open>[1]) {
        if (file.endsWith(".ids")) {
          standing.stand(11 * MINUTE_MS);
          writeFileSync(join(path, "prune.lock"), JSON.stringify(container("2").self));
        }
        return nodeFileSystem.open(file, how);
      },
    };
    const pruning = pruneLedger(path, { before: now(), now, processes, fileSystem });
    await expect(pruning).rejects.toThrow(/another process took over the lock.*prune it again/);
    await expectSound(path, "msg:1", "msg:2");
  });
});
