import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { nodeFileSystem, openLedger, pruneLedger, type Ledger, type PruneResult } from "@farthing/ledger";
import { forgetTarget, forwardLedger } from "@farthing/ledger/postgres";
import { expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { FakeDatabase, lossIn, requests } from "./bounded-outbox.ts";

const ONE = "postgres://one.internal/usage";
const OTHER = "postgres://other.internal/usage";
const BEFORE = Date.parse("2026-11-20");

function aFolder(): string {
  return join(temporaryFolder(), "ledger");
}

function open(path: string): Promise<Ledger> {
  return openLedger(path, { mode: "write", create: true, segmentBytes: 3000 });
}

/** Appends them, four by four: a segment holds no more than eight. */
async function add(path: string, from: number, count: number): Promise<void> {
  await using ledger = await open(path);
  for (let done = 0; done < count; done += 4) await ledger.append(requests(from + done, Math.min(4, count - done)));
}

async function forward(path: string, url: string, { loadPg }: FakeDatabase, withSums = false): Promise<void> {
  await using ledger = await open(path);
  const options = { url, loadPg, pollMs: 3_600_000, onError: () => undefined, withSums };
  await using forwarding = await forwardLedger(ledger, options);
  await forwarding.flush().catch(() => undefined);
}

function aDatabase(ledger: string): FakeDatabase {
  const database = new FakeDatabase();
  database.ledger = ledger;
  return database;
}

function prune(path: string): Promise<PruneResult> {
  return pruneLedger(path, { before: BEFORE });
}

/** Ids of the requests that it has in detail. */
function detailIn(database: FakeDatabase): ReadonlySet<string> {
  return new Set(database.events().flatMap(({ type, id }) => (type === "RequestCompleted" ? [id] : [])));
}

function typesIn(database: FakeDatabase): ReadonlySet<string> {
  return new Set(database.events().map(({ type }) => type));
}

it("what waits for a database stays through a prune, which says so, and arrives; then its detail goes, too", async () => {
  const [path, database] = [aFolder(), aDatabase("one")];
  await add(path, 1, 20);
  await forward(path, ONE, database);
  await add(path, 21, 20);
  const first = await prune(path);
  expect(first).toMatchObject({ linesLeft: 0, waitingFor: [{ to: ONE, isForgotten: false }] });
  expect(first.requests, "what it has goes as ever, whole segments of it").toBeGreaterThan(8);
  expect(first.requests + (first.waitingFor[0]?.lines ?? 0)).toBe(40);
  await forward(path, ONE, database);
  expect([detailIn(database).size, typesIn(database).size]).toEqual([40, 1]);
  expect(await prune(path)).toMatchObject({ requests: 40 - first.requests, linesLeft: 0, waitingFor: [] });
  await forward(path, ONE, database);
  expect([detailIn(database).size, typesIn(database).size]).toEqual([40, 1]);
});

it("a prune does not wait for a database that never answered: that gets the sums where it is told to take them", async () => {
  const [path, database] = [aFolder(), aDatabase("one")];
  await add(path, 1, 20);
  database.isAway = true;
  await forward(path, ONE, database);
  expect(await prune(path)).toMatchObject({ requests: 20, waitingFor: [] });
  database.isAway = false;
  await forward(path, ONE, database);
  expect(database.sent).toEqual([]);
  await forward(path, ONE, database, true);
  expect(typesIn(database)).toEqual(new Set(["UsageRolledUp"]));
});

it("of a database that was forgotten, what was in none then stays; what came later goes, and it is told how much that was", async () => {
  const [path, one, other] = [aFolder(), aDatabase("one"), aDatabase("other")];
  await add(path, 1, 4);
  await forward(path, ONE, one);
  await add(path, 5, 20);
  await forgetTarget(path, { to: ONE, force: true });
  await wait(5);
  await add(path, 25, 20);
  const first = await prune(path);
  expect(first).toMatchObject({ linesLeft: 0, waitingFor: [{ to: ONE, isForgotten: true }] });
  expect(first.requests).toBeGreaterThan(8);
  // Where all that was left is in another one, nobody waits.
  await forward(path, OTHER, other, true);
  expect(detailIn(other).size).toBe(44 - first.requests);
  const second = await prune(path);
  expect(second).toMatchObject({ requests: 44 - first.requests, waitingFor: [] });
  await forward(path, ONE, one);
  expect([detailIn(one).size, lossIn(one.events()).count]).toEqual([4, 40]);
  expect(lossIn(one.events()).output, "each once").toBe((5 + 44) * 20);
  expect(lossIn(other.events()), "it is told nothing").toEqual({ count: 0, output: 0 });
  const { length } = one.sent;
  await forward(path, ONE, one);
  expect(one.sent, "once").toHaveLength(length);
});

it("a prune gives up where the folder begins to be forwarded meanwhile, and has changed nothing", async () => {
  const [path, database] = [aFolder(), aDatabase("one")];
  await add(path, 1, 20);
  database.inserts = 0;
  let isBegun = false;
  const fileSystem: typeof nodeFileSystem = {
    ...nodeFileSystem,
    async syncFolder(folder) {
      await nodeFileSystem.syncFolder(folder);
      if (isBegun || !folder.endsWith("segments")) return;
      isBegun = true;
      // It answers, and breaks off before it has anything.
      await forward(path, ONE, database);
    },
  };
  await expect(pruneLedger(path, { before: BEFORE, fileSystem })).rejects.toThrow(
    /began to be forwarded to postgres:\/\/one\.internal\/usage while it was pruned; prune it again/,
  );
  database.inserts = Infinity;
  await forward(path, ONE, database);
  expect([detailIn(database).size, typesIn(database).size]).toEqual([20, 1]);
});

it("a prune waits for a database from before the first thing is sent to it", async () => {
  const [path, database] = [aFolder(), aDatabase("one")];
  await add(path, 1, 20);
  let pruned: PruneResult | null = null;
  database.beforeInsert = async () => {
    pruned = await prune(path);
  };
  await forward(path, ONE, database);
  expect(pruned).toMatchObject({ requests: 0, waitingFor: [{ to: ONE, isForgotten: false }] });
  expect([detailIn(database).size, typesIn(database).size]).toEqual([20, 1]);
});

it("nothing is sent to a database while a prune may not know of it, and then it gets the sums where it is to get them", async () => {
  const [path, database] = [aFolder(), aDatabase("one")];
  await add(path, 1, 20);
  let sent: number | null = null;
  const fileSystem: typeof nodeFileSystem = {
    ...nodeFileSystem,
    async rename(from, to) {
      // It has looked for the last time who is to be waited for.
      if (sent === null && /pruned.*json$/.test(to)) {
        sent = 0;
        await forward(path, ONE, database);
        sent = database.sent.length;
      }
      await nodeFileSystem.rename(from, to);
    },
  };
  expect(await pruneLedger(path, { before: BEFORE, fileSystem })).toMatchObject({ requests: 20 });
  expect(sent).toBe(0);
  await forward(path, ONE, database);
  expect(database.sent, "they could count twice").toEqual([]);
  await forward(path, ONE, database, true);
  expect(typesIn(database)).toEqual(new Set(["UsageRolledUp"]));
});
