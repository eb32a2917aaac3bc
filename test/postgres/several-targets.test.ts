import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodeProcesses, openLedger, type Ledger, type Processes } from "@farthing/ledger";
import { forwardLedger, forwardStatuses, type Forwarding } from "@farthing/ledger/postgres";
import { expect, it, onTestFinished } from "vitest";
import { contains, openConnectionCutter } from "../support/cut-connections.ts";
import { eventsOf } from "../support/describe-event-store.ts";
import { describeWithPostgres } from "../support/describe-with-postgres.ts";
import { openShared, withTables } from "../support/shared-ledgers.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { FakeDatabase, requests } from "./bounded-outbox.ts";

/** Another process of this machine, of which all others run. */
function aProcess(pid: number): Processes {
  return { self: { ...nodeProcesses.self, pid }, isRunning: () => true };
}

async function aFolder(path = join(temporaryFolder(), "ledger"), processes = nodeProcesses): Promise<Ledger> {
  const ledger = await openLedger(path, { mode: "write", create: true, processes });
  onTestFinished(() => ledger.close());
  return ledger;
}

interface Target {
  readonly url: string;
  readonly database?: FakeDatabase;
  readonly processes?: Processes;
}

async function forwarded(ledger: Ledger, { url, database, processes }: Target): Promise<Forwarding> {
  const forwarding = await forwardLedger(ledger, {
    url,
    pollMs: 3_600_000,
    onError: () => undefined,
    ...(database === undefined ? {} : { loadPg: database.loadPg }),
    ...(processes === undefined ? {} : { processes }),
  });
  onTestFinished(() => forwarding.close(100));
  return forwarding;
}

/** A target whose name is fit for no file name. */
function aTarget(ledger: string): Target & { readonly database: FakeDatabase } {
  const database = new FakeDatabase();
  database.ledger = ledger;
  return { url: `postgres://${ledger}/${"..%2F:".repeat(60)}`, database };
}

it("a folder goes to several databases at once, whatever their names, and each has everything once", async () => {
  const [one, other] = [aTarget("one"), aTarget("other")];
  const folder = await aFolder();
  await folder.append(requests(1, 3));
  const [first, second] = [await forwarded(folder, one), await forwarded(folder, other)];
  await Promise.all([first.flush(), second.flush()]);
  await folder.append(requests(4, 2));
  await Promise.all([second.flush(), first.flush()]);
  for (const { database } of [one, other]) expect(sentTo(database)).toEqual(idsTo(5));
  expect(await forwardStatuses(folder.path)).toMatchObject([
    { forwarded: 5, waiting: 0 },
    { forwarded: 5, waiting: 0 },
  ]);
});

it("a folder goes to several databases from several processes, and to each of them from one at a time", async () => {
  const [one, other] = [aTarget("one"), aTarget("other")];
  const here = await aFolder();
  const processes = aProcess(1);
  const there = await aFolder(here.path, processes);
  const first = await forwarded(here, one);
  await first.flush();
  const second = await forwarded(there, { ...other, processes });
  const third = await forwarded(there, { ...one, processes });
  await here.append(requests(1, 2));
  await there.append(requests(3, 2));
  await second.flush();
  expect(other.database.events()).toHaveLength(4);
  const waits = third.flush();
  await first.flush();
  await waits;
  expect(sentTo(one.database), "not by both").toEqual(idsTo(4));
  await first.close();
  await there.append(requests(5, 1));
  await third.flush();
  expect(sentTo(one.database)).toEqual(idsTo(5));
});

it("a folder goes on from what an earlier release wrote of all its databases", async () => {
  const [one, other] = [aTarget("one"), aTarget("other")];
  const folder = await aFolder();
  await folder.append(requests(1, 3));
  const first = await forwarded(folder, one);
  await first.flush();
  await first.close();
  // As it was written then.
  const [kept = ""] = readdirSync(folder.path).filter((name) => /^forward-.*json$/.test(name));
  const { to, ...state } = JSON.parse(readFileSync(join(folder.path, kept), "utf8")) as { to: string };
  const old = await aFolder();
  await old.append(requests(1, 3));
  const segments = readdirSync(join(folder.path, "segments"));
  const [from, into] = [segments[0] ?? "", readdirSync(join(old.path, "segments"))[0] ?? ""];
  const position = JSON.stringify(state).replaceAll(from.split("-")[0] ?? "?", into.split("-")[0] ?? "?");
  const neverReached = { ledger: null, position: "", forwarded: 0, at: null, newestAt: null, prunes: 0, error: "away" };
  const ofAll = { [to]: JSON.parse(position) as object, "postgres://never/reached": neverReached };
  writeFileSync(join(old.path, "forward.json"), JSON.stringify(ofAll));
  expect(await forwardStatuses(old.path)).toMatchObject([
    { to: "postgres://never/reached", waiting: 3, error: "away" },
    { to, forwarded: 3, waiting: 0 },
  ]);
  // Who forwards it has nothing to write down, and who waits for that one is told all the same.
  const holder = await forwarded(old, one);
  await holder.flush();
  await (await forwarded(old, one)).flush();
  await holder.close();
  await old.append(requests(4, 1));
  for (const target of [one, other]) await (await forwarded(old, target)).flush();
  expect(sentTo(one.database)).toEqual(idsTo(4));
  expect(sentTo(other.database)).toEqual(idsTo(4));
  const statuses = await forwardStatuses(old.path);
  expect(statuses.map(({ forwarded: sent, waiting }) => [sent, waiting])).toEqual([
    [0, 4],
    [4, 0],
    [4, 0],
  ]);
});

/** Ids of all that a database was sent, as often as it was. */
function sentTo({ sent }: FakeDatabase): readonly string[] {
  return sent.map(({ id }) => id).sort();
}

function idsTo(last: number): readonly string[] {
  return requests(1, last).map(({ id }) => id);
}

describeWithPostgres("a database that hangs", { isOrdinary: true }, (server) => {
  it("does not hold up the other one that the folder is forwarded to", async () => {
    const [slow, quick] = [
      await withTables(await server().newDatabase()),
      await withTables(await server().newDatabase()),
    ];
    const cutter = await openConnectionCutter(server().url);
    onTestFinished(() => cutter[Symbol.asyncDispose]());
    const folder = await aFolder();
    await folder.append(requests(1, 3));
    const held = cutter.hold(contains("insert into farthing.event"));
    const hanging = await forwarded(folder, { url: cutter.through(slow) });
    await held.happened;
    await (await forwarded(folder, { url: quick })).flush();
    expect(await eventsOf(await openShared(quick, "read"))).toHaveLength(3);
    held.release();
    await hanging.flush();
    expect(await eventsOf(await openShared(slow, "read"))).toHaveLength(3);
  });
});
