import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { nodeFileSystem, openLedger, type FileSystem, type Ledger, type OpenFile } from "@farthing/ledger";
import { describe, expect, it, onTestFinished } from "vitest";
import { aRequestCompleted } from "../support/builders.ts";
import { eventsOf } from "../support/describe-event-store.ts";
import { container, eventsNamed, logsIn, MINUTE_MS, silence, silenceAll, Standing } from "../support/standing.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** Something is done before the next sync of a segment is over. */
class SlowSyncs {
  next: (() => Promise<void>) | null = null;

  readonly fileSystem: FileSystem = {
    ...nodeFileSystem,
    open: async (path, how) => this.#slow(await nodeFileSystem.open(path, how)),
    createNow: (path) => this.#slow(nodeFileSystem.createNow(path)),
  };

  #slow(file: OpenFile): OpenFile {
    const sync = async (): Promise<void> => {
      const { next } = this;
      this.next = null;
      await next?.();
      await file.sync();
    };
    return { ...file, sync };
  }
}

async function idsIn(path: string): Promise<ReadonlySet<string>> {
  await using reader = await openLedger(path, { mode: "read" });
  const ids = (await eventsOf(reader)).map(({ id }) => id);
  expect(reader.damage()).toEqual([]);
  return new Set(ids);
}

/** A process whose log is taken over while it is being synced, which something else of its own finds out first. */
async function takenWhileSyncing(
  finds: (ledger: Ledger) => Promise<unknown>,
): Promise<{ path: string; ledger: Ledger }> {
  const [path, standing, slow] = [join(temporaryFolder(), "ledger"), new Standing(container("1")), new SlowSyncs()];
  const ledger = await standing.open(path, { fileSystem: slow.fileSystem });
  await ledger.append(eventsNamed("msg:1"));
  slow.next = async () => {
    standing.stand(11 * MINUTE_MS);
    silenceAll(path, 11 * MINUTE_MS);
    const other = await new Standing(container("2")).open(path);
    await other.append(eventsNamed("msg:other"));
    const found = finds(ledger);
    onTestFinished(async () => {
      await found;
    });
    while (logsIn(path) < 1) await wait(5);
    await wait(60);
  };
  return { path, ledger };
}

describe("a log that was taken over while it was being synced", () => {
  it("fails no append: what it says is written to the next one", async () => {
    const { path, ledger } = await takenWhileSyncing(async (own) => {
      own.record(aRequestCompleted({ id: "msg:3" }));
      await own.flush();
    });
    await ledger.append(eventsNamed("msg:2"));
    await ledger.flush();
    expect(await idsIn(path)).toEqual(new Set(["msg:1", "msg:2", "msg:3", "msg:other"]));
  });

  it.each<[string, (ledger: Ledger) => Promise<void>]>([
    ["flush", (ledger) => ledger.flush()],
    ["close", (ledger) => ledger.close()],
  ])("fails no %s: what was recorded is written to the next one", async (_, end) => {
    const { path, ledger } = await takenWhileSyncing((own) => own.append(eventsNamed("msg:3")).catch(() => undefined));
    ledger.record(aRequestCompleted({ id: "msg:2" }));
    await end(ledger);
    expect([...(await idsIn(path))]).toEqual(expect.arrayContaining(["msg:1", "msg:2", "msg:other"]));
  });
});

describe("who records to a log that was taken over", () => {
  it("hears why there is no other", async () => {
    const [path, standing] = [join(temporaryFolder(), "ledger"), new Standing(container("1"))];
    const fileSystem: FileSystem = { ...nodeFileSystem, kind: async () => "network" };
    const errors: unknown[] = [];
    const ledger = await standing.open(path, { fileSystem, onError: (error) => errors.push(error) });
    await ledger.append(eventsNamed("msg:1"));
    standing.stand(11 * MINUTE_MS);
    silence(join(path, "writer.lock"), 11 * MINUTE_MS);
    silenceAll(path, 11 * MINUTE_MS);
    const other = await new Standing(container("2")).open(path, { fileSystem });
    ledger.record(aRequestCompleted({ id: "msg:2" }));
    await expect.poll(() => errors.length).toBeGreaterThan(1);
    expect(errors[1]).toMatchObject({ code: "LEDGER_LOCKED" });
    await other.close();
    await ledger.flush();
    expect(await idsIn(path)).toEqual(new Set(["msg:1", "msg:2"]));
  });
});
