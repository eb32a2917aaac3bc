import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { nodeFileSystem, openLedger, type FileSystem, type Ledger } from "@farthing/ledger";
import { forgetTarget, forwardLedger, forwardStatuses } from "@farthing/ledger/postgres";
import { expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { FakeDatabase, requests } from "./bounded-outbox.ts";

const URL_OF_IT = "postgres://db.internal/usage";
const OPTIONS = { url: URL_OF_IT, pollMs: 3_600_000, onError: (): void => undefined };

async function aFolder(count: number): Promise<Ledger> {
  const ledger = await openLedger(join(temporaryFolder(), "ledger"), { mode: "write", create: true });
  onTestFinished(() => ledger.close());
  await ledger.append(requests(1, count));
  return ledger;
}

function locksOf({ path }: Ledger): readonly string[] {
  return readdirSync(path).filter((name) => /^forward-.*lock$/.test(name));
}

/** Something that does not go on until it may. */
function aHalt(): { readonly reached: Promise<void>; stop(): Promise<void>; goOn(): void } {
  let [arrive, goOn] = [(): void => undefined, (): void => undefined];
  const reached = new Promise<void>((resolve) => (arrive = resolve));
  const going = new Promise<void>((resolve) => (goOn = resolve));
  return {
    reached,
    stop() {
      arrive();
      return going;
    },
    goOn: () => {
      goOn();
    },
  };
}

it("a forwarder that is closed while it takes the folder's lock leaves the folder to others", async () => {
  const folder = await aFolder(1);
  const halt = aHalt();
  const fileSystem: FileSystem = {
    ...nodeFileSystem,
    async link(from, to) {
      await nodeFileSystem.link(from, to);
      await halt.stop();
    },
  };
  const database = new FakeDatabase();
  const forwarding = await forwardLedger(folder, { ...OPTIONS, loadPg: database.loadPg, fileSystem });
  await halt.reached;
  const flushed = forwarding.flush();
  flushed.catch(() => undefined);
  expect(locksOf(folder)).toHaveLength(1);
  await forwarding.close(1);
  halt.goOn();
  await expect(flushed).rejects.toThrow(/closed before everything was forwarded; the rest waits in .*ledger$/);
  await expect.poll(() => locksOf(folder)).toEqual([]);
  expect(database.sent, "nor does it send anything").toEqual([]);
});

it("an error that comes when a forwarder was closed changes nothing of a folder that it has left", async () => {
  const folder = await aFolder(1);
  const halt = aHalt();
  let isHanging = false;
  const { Pool } = (await new FakeDatabase().loadPg()) as { Pool: new () => { query(text: object): Promise<object> } };
  class Hanging {
    readonly #pool = new Pool();
    async query(statement: object): Promise<object> {
      if (!isHanging) return this.#pool.query(statement);
      await halt.stop();
      throw new Error("too late");
    }
    on(): void {
      // It never has a connection that breaks.
    }
    async end(): Promise<void> {
      // Nothing is open.
    }
  }
  const forwarding = await forwardLedger(folder, { ...OPTIONS, loadPg: () => Promise.resolve({ Pool: Hanging }) });
  await forwarding.flush();
  isHanging = true;
  await folder.append(requests(2, 1));
  const flushed = forwarding.flush();
  flushed.catch(() => undefined);
  await halt.reached;
  await forwarding.close(50);
  await forgetTarget(folder.path, { to: URL_OF_IT, force: true });
  halt.goOn();
  await expect(flushed).rejects.toThrow("too late");
  await wait(50);
  expect(await forwardStatuses(folder.path)).toEqual([]);
});

it("a forwarder that is closed while it writes down that it begins sends nothing, and leaves the folder after that", async () => {
  const folder = await aFolder(1);
  const halt = aHalt();
  const fileSystem: FileSystem = {
    ...nodeFileSystem,
    async rename(from, to) {
      if (/forward-[0-9a-f]{16}\.json$/.test(to)) await halt.stop();
      await nodeFileSystem.rename(from, to);
    },
  };
  const database = new FakeDatabase();
  const forwarding = await forwardLedger(folder, { ...OPTIONS, loadPg: database.loadPg, fileSystem });
  await halt.reached;
  const closing = forwarding.close(1);
  await wait(20);
  expect(locksOf(folder)).toHaveLength(1);
  halt.goOn();
  await closing;
  expect([locksOf(folder), database.sent]).toEqual([[], []]);
  expect(await forwardStatuses(folder.path)).toMatchObject([{ forwarded: 0, waiting: 1 }]);
});

it("a forwarder that is closed while it writes down how far it is leaves the folder when that is done", async () => {
  const folder = await aFolder(1);
  const halt = aHalt();
  let written = 0;
  const fileSystem: FileSystem = {
    ...nodeFileSystem,
    async rename(from, to) {
      // The first says that it begins.
      if (/forward-[0-9a-f]{16}\.json$/.test(to) && (written += 1) === 2) await halt.stop();
      await nodeFileSystem.rename(from, to);
    },
  };
  const { loadPg } = new FakeDatabase();
  const forwarding = await forwardLedger(folder, { ...OPTIONS, loadPg, fileSystem });
  await halt.reached;
  const closing = forwarding.close(1);
  await wait(20);
  expect(locksOf(folder)).toHaveLength(1);
  halt.goOn();
  await closing;
  expect([locksOf(folder), await forwardStatuses(folder.path)]).toMatchObject([[], [{ forwarded: 1, waiting: 0 }]]);
});
