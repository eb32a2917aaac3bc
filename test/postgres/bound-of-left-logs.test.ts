import { appendFileSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { openLedger, nodeProcesses, verifyLedger, type Ledger, type LedgerEvent } from "@farthing/ledger";
import { forwardLedger, forwardStatuses, type Forwarding } from "@farthing/ledger/postgres";
import { describe, expect, it, onTestFinished } from "vitest";
import { eventsOf } from "../support/describe-event-store.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { FakeDatabase, lossIn, requests, SEGMENT_BYTES } from "./bounded-outbox.ts";

const URL_OF_IT = "postgres://db.internal/usage";
const LOGS = 5;
const EVENTS = 8;
const MAX_BYTES = 3 * SEGMENT_BYTES;
const MINUTE_MS = 60_000;
const KILLED = { ...nodeProcesses.self, pid: 7, namespace: "pid:[1]", token: "x", beatMs: MINUTE_MS };

async function open(path: string): Promise<Ledger> {
  const ledger = await openLedger(path, { mode: "write", create: true, segmentBytes: SEGMENT_BYTES });
  onTestFinished(() => ledger.close());
  return ledger;
}

/** A folder with a log of each of several processes that wrote at once and have ended. */
async function leftBySeveral(): Promise<string> {
  const path = join(temporaryFolder(), "ledger");
  const ledgers: Ledger[] = [];
  for (let log = 0; log < LOGS; log += 1) ledgers.push(await open(path));
  for (const [log, ledger] of ledgers.entries())
    for (const event of requests(log * EVENTS, EVENTS)) await ledger.append([event]);
  for (const ledger of ledgers) await ledger.close();
  expect(bytesIn(path)).toBeGreaterThan(2 * MAX_BYTES);
  return path;
}

function segmentsIn(path: string): string[] {
  return readdirSync(join(path, "segments")).map((name) => join(path, "segments", name));
}

function bytesIn(path: string): number {
  return segmentsIn(path).reduce((sum, segment) => sum + statSync(segment).size, 0);
}

function writersIn(path: string): string[] {
  return [...new Set(readdirSync(join(path, "segments")).map((name) => name.split("-")[0] ?? ""))];
}

/** The lock of a writer in a container, of which nothing was heard for some time. */
function lock(path: string, name: string, milliseconds: number): void {
  const file = join(path, name);
  writeFileSync(file, JSON.stringify(KILLED));
  const at = new Date(Date.now() - milliseconds);
  utimesSync(file, at, at);
}

async function forwarded(path: string, { loadPg }: FakeDatabase, maxBytes: number = MAX_BYTES): Promise<Forwarding> {
  const options = { url: URL_OF_IT, pollMs: 3_600_000, maxBytes, loadPg, onError: (): void => undefined };
  const forwarding = await forwardLedger(await open(path), options);
  onTestFinished(() => forwarding.close());
  await forwarding.flush();
  return forwarding;
}

function idsOf(events: readonly LedgerEvent[]): number {
  return new Set(events.map(({ id }) => id)).size;
}

async function expectSound(path: string): Promise<void> {
  await using reader = await openLedger(path, { mode: "read" });
  await eventsOf(reader);
  expect(reader.damage()).toEqual([]);
  const { problems } = await verifyLedger(path);
  expect(problems.filter(({ severity }) => severity !== "note")).toEqual([]);
}

describe("logs that nobody appends to any more", () => {
  it("take no more than the bound, though each of them alone is short", async () => {
    const [path, database] = [await leftBySeveral(), new FakeDatabase()];
    await forwarded(path, database);
    expect(bytesIn(path)).toBeLessThanOrEqual(MAX_BYTES);
    expect([idsOf(database.events()), lossIn(database.events()).count]).toEqual([LOGS * EVENTS, 0]);
    await expectSound(path);
  });

  it("are gone on with afterwards, and every event is forwarded once", async () => {
    const [path, database] = [await leftBySeveral(), new FakeDatabase()];
    await (await forwarded(path, database)).close();
    const ledgers = [await open(path), await open(path), await open(path)];
    for (const [index, ledger] of ledgers.entries()) await ledger.append(requests(1000 + index, 1));
    expect(writersIn(path).filter((writer) => !writer.startsWith("rollup")).length).toBeLessThanOrEqual(LOGS);
    await forwarded(path, database);
    expect(idsOf(database.events())).toBe(LOGS * EVENTS + 3);
    expect(database.sent.length, "nothing is sent twice").toBe(LOGS * EVENTS + 3);
    await expectSound(path);
  });

  it("stay whole where they fit", async () => {
    const [path, database] = [await leftBySeveral(), new FakeDatabase()];
    const before = bytesIn(path);
    await forwarded(path, database, before);
    expect(bytesIn(path)).toBe(before);
  });

  it.each<[string, number, boolean]>([
    ["go when nothing was heard of it for ten minutes", 11 * MINUTE_MS, true],
    ["stay while it was heard of", 9 * MINUTE_MS, false],
  ])("of a container that was killed while it wrote %s", async (_, silentMs, goes) => {
    const [path, database] = [await leftBySeveral(), new FakeDatabase()];
    for (const writer of writersIn(path)) {
      lock(path, join("writers", `${writer}.lock`), silentMs);
      const newest =
        segmentsIn(path)
          .filter((segment) => segment.includes(writer))
          .at(-1) ?? "";
      appendFileSync(newest, readFileSync(newest).subarray(0, 20));
    }
    await forwarded(path, database);
    expect(bytesIn(path) <= MAX_BYTES).toBe(goes);
    expect([idsOf(database.events()), lossIn(database.events()).count]).toEqual([LOGS * EVENTS, 0]);
    if (goes) await expectSound(path);
  });
});

describe("a folder of which some was forwarded", () => {
  it("is within its bound after one try, also where what was forwarded is not enough", async () => {
    const [path, database] = [join(temporaryFolder(), "ledger"), new FakeDatabase()];
    const ledger = await open(path);
    for (const event of requests(0, 2 * EVENTS)) await ledger.append([event]);
    await (await forwarded(path, database, 1e9)).close();
    for (const event of requests(2 * EVENTS, 6 * EVENTS)) await ledger.append([event]);
    expect(bytesIn(path)).toBeGreaterThan(2 * MAX_BYTES);
    database.isAway = true;
    await expect(forwarded(path, database)).rejects.toThrow("ECONNREFUSED");
    expect(bytesIn(path)).toBeLessThanOrEqual(MAX_BYTES);
  });
});

describe("a folder whose forwarder was killed with its container", () => {
  async function killed(silentMs: number): Promise<{ path: string; database: FakeDatabase; name: string }> {
    const [path, database] = [join(temporaryFolder(), "ledger"), new FakeDatabase()];
    const ledger = await open(path);
    await ledger.append(requests(1, 3));
    await ledger.close();
    await (await forwarded(path, database)).close();
    const [state = ""] = readdirSync(path).filter((name) => /^forward-[0-9a-f]{16}\.json$/.test(name));
    const name = state.replace(".json", ".lock");
    lock(path, name, silentMs);
    return { path, database, name };
  }

  it("is forwarded by the next one once nothing was heard of it for ten minutes", async () => {
    const { path, database } = await killed(11 * MINUTE_MS);
    const ledger = await open(path);
    await ledger.append(requests(4, 1));
    await forwarded(path, database);
    expect(idsOf(database.events())).toBe(4);
    expect(await forwardStatuses(path)).toMatchObject([{ forwarded: 4, waiting: 0 }]);
  });

  it("is left to it while it was heard of", async () => {
    const { path, database } = await killed(9 * MINUTE_MS);
    const ledger = await open(path);
    await ledger.append(requests(4, 1));
    const { loadPg } = database;
    const forwarding = await forwardLedger(ledger, { url: URL_OF_IT, pollMs: 3_600_000, loadPg });
    const flushed = forwarding.flush();
    flushed.catch(() => undefined);
    await forwarding.close(1);
    await expect(flushed).rejects.toThrow("closed before everything was forwarded");
    expect(idsOf(database.events())).toBe(3);
  });

  /** One that forwarded three events and is to stand still, and lose the folder to another one that has just written. */
  async function standing(): Promise<{
    ledger: Ledger;
    forwarding: Forwarding;
    database: FakeDatabase;
    lose: () => void;
    written: () => string;
    lockText: () => string;
  }> {
    const [path, database] = [join(temporaryFolder(), "ledger"), new FakeDatabase()];
    const ledger = await open(path);
    await ledger.append(requests(1, 3));
    let at = Date.now();
    const { loadPg } = database;
    const forwarding = await forwardLedger(ledger, { url: URL_OF_IT, pollMs: 3_600_000, loadPg, now: () => at });
    onTestFinished(() => forwarding.close());
    await forwarding.flush();
    const [state = ""] = readdirSync(path).filter((name) => /^forward-[0-9a-f]{16}\.json$/.test(name));
    const name = state.replace(".json", ".lock");
    const lose = (): void => {
      at += 11 * MINUTE_MS;
      lock(path, name, 0);
    };
    const written = (): string => readFileSync(join(path, state), "utf8");
    return { ledger, forwarding, database, lose, written, lockText: () => readFileSync(join(path, name), "utf8") };
  }

  it("keeps what the next one wrote down when it was only standing still, and gives way to it", async () => {
    const { ledger, forwarding, database, lose, written, lockText } = await standing();
    const before = written();
    lose();
    await ledger.append(requests(4, 1));
    const flushed = forwarding.flush();
    flushed.catch(() => undefined);
    await wait(50);
    expect(idsOf(database.events())).toBe(3);
    await forwarding.close(1);
    await expect(flushed).rejects.toThrow("closed before everything was forwarded");
    expect(written()).toBe(before);
    expect(lockText(), "the other one's").toBe(JSON.stringify(KILLED));
  });

  it("keeps what the next one wrote down when it stood still in the middle of a statement", async () => {
    const { ledger, forwarding, database, lose, written } = await standing();
    const before = written();
    database.beforeInsert = async () => {
      lose();
    };
    await ledger.append(requests(4, 1));
    await forwarding.flush();
    expect(idsOf(database.events())).toBe(4);
    expect(written()).toBe(before);
  });
});
