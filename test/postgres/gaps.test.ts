import { setTimeout as wait } from "node:timers/promises";
import { join } from "node:path";
import { nodeFileSystem, nodeProcesses, openLedger, pruneLedger } from "@farthing/ledger";
import { forgetTarget, forwardLedger, targetGaps } from "@farthing/ledger/postgres";
import { expect, it } from "vitest";
import { takeLock } from "../../packages/ledger/src/store/file/lock.ts";
import { runCli } from "../support/run-cli.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { FakeDatabase, lossIn, requests, SEGMENT_BYTES } from "./bounded-outbox.ts";

const URL_OF_IT = "postgres://db.internal/usage";

function aFolder(): string {
  return join(temporaryFolder(), "ledger");
}

/** Appends requests four by four and forwards them, in a process of its own; returns what was said of it. */
async function forward(
  path: string,
  { loadPg }: FakeDatabase,
  [from, to]: readonly [number, number] = [1, 0],
  maxBytes = Infinity,
  said: string[] = [],
): Promise<readonly string[]> {
  await using ledger = await openLedger(path, { mode: "write", create: true, segmentBytes: SEGMENT_BYTES });
  for (let at = from; at <= to; at += 4) await ledger.append(requests(at, Math.min(4, to - at + 1)));
  const onError = (error: unknown): void => {
    said.push(String(error));
  };
  await using forwarding = await forwardLedger(ledger, {
    url: URL_OF_IT,
    loadPg,
    pollMs: 3_600_000,
    onError,
    maxBytes,
    withSums: true,
  });
  await forwarding.flush();
  return said;
}

/** How many requests it rolled up. */
async function prune(path: string): Promise<number> {
  return (await pruneLedger(path, { before: Date.parse("2026-11-20") })).requests;
}

function detailIn(database: FakeDatabase): number {
  return new Set(database.events().flatMap(({ type, id }) => (type === "RequestCompleted" ? [id] : []))).size;
}

/** It has only what it had been sent first. */
function restore(database: FakeDatabase, count: number): void {
  const kept = [...database.lines].slice(0, count);
  database.lines.clear();
  for (const line of kept) database.lines.add(line);
  database.incarnation += "+";
}

it("what a folder no longer has is said to be perhaps missing where its database was put back, until that was looked into", async () => {
  const [path, database] = [aFolder(), new FakeDatabase()];
  await forward(path, database, [1, 40]);
  const requestsGone = await prune(path);
  expect(requestsGone).toBeGreaterThan(20);
  restore(database, 20);
  const said = await forward(path, database);
  expect(said).toEqual([
    expect.stringContaining(`${String(requestsGone)} events at most, of an unknown number of tokens, which the folder`),
  ]);
  expect(detailIn(database)).toBeLessThan(40);
  expect(lossIn(database.events()), "nobody knows that they are missing").toEqual({ count: 0, output: 0 });
  expect(await targetGaps(path)).toMatchObject([{ to: URL_OF_IT, events: requestsGone, isRestored: true }]);
  expect(await forward(path, database), "once").toEqual([]);
  const { stdout } = await runCli(["doctor", "--ledger", path]);
  expect(stdout.replaceAll(/\s+/g, " ")).toMatch(/events at most.* may be missing there.*put back.*farthing reconcile/);
  await forgetTarget(path, { to: URL_OF_IT });
  await forward(path, database);
  expect(await targetGaps(path)).toEqual([]);
});

it("nothing is said to be missing where a database has what was recorded after it went", async () => {
  const [path, database] = [aFolder(), new FakeDatabase()];
  await forward(path, database, [1, 40]);
  await prune(path);
  await wait(5);
  await forward(path, database, [41, 44]);
  restore(database, Infinity);
  expect(await forward(path, database, [45, 46])).toEqual([]);
  expect([await targetGaps(path), detailIn(database)]).toEqual([[], 46]);
});

it("it is said to be missing, too, where a database lacks what was recorded after it went", async () => {
  const [path, database] = [aFolder(), new FakeDatabase()];
  database.transaction = 0;
  await forward(path, database, [1, 40]);
  const requestsGone = await prune(path);
  await wait(5);
  await forward(path, database, [41, 44]);
  restore(database, 20);
  expect(await forward(path, database)).toEqual([expect.stringContaining(`${String(requestsGone)} events at most`)]);
  expect(detailIn(database)).toBe(24);
});

it("another ledger in a database's place may lack what the bound took before, and has the sums of a prune", async () => {
  const [path, database] = [aFolder(), new FakeDatabase()];
  await forward(path, database, [1, 16]);
  await prune(path);
  await forward(path, database, [17, 60], 4 * SEGMENT_BYTES);
  const another = new FakeDatabase();
  another.ledger = "another";
  const said = await forward(path, another);
  const [gap] = await targetGaps(path);
  expect(said).toEqual([expect.stringContaining("it is another ledger")]);
  const sums = another
    .events()
    .flatMap((event) => (event.type === "UsageRolledUp" ? [event as { requests?: number }] : []));
  const inSums = sums.reduce((sum, { requests: count = 0 }) => sum + count, 0);
  expect(inSums).toBeGreaterThan(7);
  expect(gap).toMatchObject({ isRestored: false, events: 60 - detailIn(another) - inSums });
});

it("what may be missing is looked into also where it is found while the folder is being pruned", async () => {
  const [path, database] = [aFolder(), new FakeDatabase()];
  database.transaction = 0;
  await forward(path, database, [1, 40]);
  const requestsGone = await prune(path);
  const { incarnation } = database;
  restore(database, 20);
  // As where its files are put back.
  Object.assign(database, { incarnation, transaction: 0 });
  const lock = await takeLock(path, "prune.lock", { fileSystem: nodeFileSystem, processes: nodeProcesses });
  await expect(forward(path, database)).rejects.toThrow("is being pruned");
  await lock.release();
  await forward(path, database);
  expect(await targetGaps(path)).toMatchObject([{ events: requestsGone, isRestored: true }]);
});

it("what may be missing is said also where the connection breaks before all was sent again", async () => {
  const [path, database, said] = [aFolder(), new FakeDatabase(), [] as string[]];
  await forward(path, database, [1, 40]);
  const requestsGone = await prune(path);
  await forward(path, database, [41, 44]);
  restore(database, 20);
  database.inserts = 0;
  await expect(forward(path, database, undefined, Infinity, said)).rejects.toThrow("ECONNRESET");
  const gap = expect.stringMatching(`${String(requestsGone)} events at most, .* may be missing there`) as string;
  expect(said).toContainEqual(gap);
  database.inserts = Infinity;
  expect(await forward(path, database), "once").toEqual([]);
});
