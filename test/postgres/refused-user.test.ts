import { readdirSync } from "node:fs";
import { join } from "node:path";
import { nodeProcesses, openLedger, type Ledger, type Processes } from "@farthing/ledger";
import { forgetTarget, forwardLedger, forwardStatuses, type Forwarding } from "@farthing/ledger/postgres";
import { expect, it, onTestFinished, vi } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { FakeDatabase, requests } from "./bounded-outbox.ts";

const REFUSAL = 'password authentication failed for user "shop"';

/** What a server says to a user with a wrong password, or something else. */
function refusing(message = REFUSAL, fields: object = { code: "28P01" }): FakeDatabase {
  const database = new FakeDatabase();
  database.isAway = true;
  database.failure = Object.assign(new Error(message), fields);
  return database;
}

/** Another process of this machine, of which all others run. */
function aProcess(pid: number): Processes {
  return { self: { ...nodeProcesses.self, pid }, isRunning: () => true };
}

async function aFolder(): Promise<Ledger> {
  const ledger = await openLedger(join(temporaryFolder(), "ledger"), { mode: "write", create: true });
  onTestFinished(() => ledger.close());
  await ledger.append(requests(1, 3));
  return ledger;
}

/** One server and database, by whatever login. */
async function forwarded(
  ledger: Ledger,
  user: string,
  pid: number,
  loadPg: FakeDatabase["loadPg"],
): Promise<Forwarding> {
  const url = `postgres://${user}@db.internal/usage`;
  const options = { url, pollMs: 3_600_000, onError: () => undefined, loadPg, processes: aProcess(pid) };
  const forwarding = await forwardLedger(ledger, options);
  onTestFinished(() => forwarding.close(100));
  return forwarding;
}

function locksOf({ path }: Ledger): readonly string[] {
  return readdirSync(path).filter((name) => /^forward-.*lock$/.test(name));
}

async function targetsOf({ path }: Ledger): Promise<readonly string[]> {
  return (await forwardStatuses(path)).map(({ to }) => to);
}

async function saidOf({ path }: Ledger): Promise<string | null | undefined> {
  return (await forwardStatuses(path))[0]?.error;
}

it("a forwarder that the database refuses neither blocks one that it does not, nor speaks for it", async () => {
  const folder = await aFolder();
  const wrong = await forwarded(folder, "shop", 1, refusing().loadPg);
  await expect(wrong.flush()).rejects.toThrow(REFUSAL);
  expect(await saidOf(folder), "named once, by whoever reads it").toBe(REFUSAL);
  expect(locksOf(folder)).toEqual([]);
  const database = new FakeDatabase();
  const right = await forwarded(folder, "till", 2, database.loadPg);
  await right.flush();
  expect(database.events()).toHaveLength(3);
  await wrong.flush();
  expect(await forwardStatuses(folder.path)).toMatchObject([{ forwarded: 3, waiting: 0, error: null }]);
});

it("what nobody listens to is said on standard error: what is recorded, and not forwarded yet, and each name once", async () => {
  const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  onTestFinished(() => said.mockRestore());
  const { loadPg } = refusing();
  const forwarding = await forwardLedger(await aFolder(), { url: "postgres://shop@db.internal/usage", loadPg });
  await forwarding.close();
  const line = `farthing: not forwarded yet: postgres://db.internal/usage: ${REFUSAL}\n`;
  expect(said.mock.calls.map(([text]) => text)).toEqual([line]);
});

it("a forwarder that is being refused at this moment is waited for, and then not needed", async () => {
  const folder = await aFolder();
  const refused = refusing();
  await expect((await forwarded(folder, "shop", 1, refused.loadPg)).flush()).rejects.toThrow(REFUSAL);
  let refuse = (): void => undefined;
  const slow = new Promise<void>((resolve) => (refuse = resolve));
  let asked = (): void => undefined;
  const isAsked = new Promise<void>((resolve) => (asked = resolve));
  class Pool {
    async query(): Promise<never> {
      asked();
      await slow;
      throw refused.failure;
    }
    on(): void {
      // It never has a connection that breaks.
    }
    async end(): Promise<void> {
      // Nothing is open.
    }
  }
  const hanging = (await forwarded(folder, "shop", 3, () => Promise.resolve({ Pool }))).flush();
  hanging.catch(() => undefined);
  await isAsked;
  const database = new FakeDatabase();
  const right = (await forwarded(folder, "till", 2, database.loadPg)).flush();
  right.catch(() => undefined);
  setTimeout(() => {
    refuse();
  }, 150);
  await expect(hanging).rejects.toThrow(REFUSAL);
  await right;
  expect(database.events()).toHaveLength(3);
});

it("a database that refuses is forgotten, also while it is tried again and again, until it takes something", async () => {
  const folder = await aFolder();
  const database = refusing();
  const wrong = await forwarded(folder, "shop", 1, database.loadPg);
  await expect(wrong.flush()).rejects.toThrow(REFUSAL);
  await forgetTarget(folder.path, { to: "postgres://db.internal/usage", force: true });
  await expect(wrong.flush()).rejects.toThrow(REFUSAL);
  expect(await targetsOf(folder)).toEqual([]);
  await expect((await forwarded(folder, "shop", 2, database.loadPg)).flush()).rejects.toThrow(REFUSAL);
  expect(await targetsOf(folder), "asked for anew").toEqual(["postgres://db.internal/usage"]);
  await forgetTarget(folder.path, { to: "postgres://db.internal/usage", force: true });
  database.isAway = false;
  await wrong.flush();
  expect(await forwardStatuses(folder.path)).toMatchObject([{ forwarded: 3, waiting: 0 }]);
});

it.each([
  ["SASL authentication failed", { code: "08P01" }],
  ["no such user", { code: "08P01" }],
  ["no such database: usage", { code: "08P01" }],
  ["server login has been failing, try again later (server_login_retry)", { code: "08P01", severity: "FATAL" }],
  ['too many connections for role "shop"', { code: "53300" }],
])("what a server or a pooler says to one login is not what it says to another: %s", async (message, fields) => {
  const folder = await aFolder();
  const wrong = await forwarded(folder, "shop", 1, refusing(message, fields).loadPg);
  await expect(wrong.flush()).rejects.toThrow(message);
  await (await forwarded(folder, "till", 2, new FakeDatabase().loadPg)).flush();
  expect(await forwardStatuses(folder.path)).toMatchObject([{ forwarded: 3, waiting: 0, error: null }]);
});

it("a forwarder goes on having the folder where a server is away for whoever asks", async () => {
  const folder = await aFolder();
  for (const fields of [{ code: "57P03", severity: "FATAL" }, { code: "08006" }]) {
    const forwarding = await forwarded(folder, "shop", 1, refusing("starting up", fields).loadPg);
    await expect(forwarding.flush()).rejects.toThrow("starting up");
    expect(locksOf(folder)).toHaveLength(1);
    await forwarding.close();
  }
});
