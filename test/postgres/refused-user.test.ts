import { readdirSync } from "node:fs";
import { join } from "node:path";
import { nodeProcesses, openLedger, type Ledger, type Processes } from "@farthing/ledger";
import { forgetTarget, forwardLedger, forwardStatuses, type Forwarding } from "@farthing/ledger/postgres";
import { expect, it, onTestFinished, vi } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { FakeDatabase, requests } from "./bounded-outbox.ts";

const REFUSAL = 'password authentication failed for user "shop"';

/** What a server says to a user with a wrong password. */
function refusing(): FakeDatabase {
  const database = new FakeDatabase();
  database.isAway = true;
  database.failure = Object.assign(new Error(REFUSAL), { code: "28P01" });
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
  expect(readdirSync(folder.path).filter((name) => /^forward-.*lock$/.test(name))).toEqual([]);
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
