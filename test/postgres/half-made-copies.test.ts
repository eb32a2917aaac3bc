import { nodeFileSystem, openLedger, type FileSystem, type Ledger } from "@farthing/ledger";
import { updateReplica } from "@farthing/ledger/postgres";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { describeWithPostgres } from "../support/describe-with-postgres.ts";
import { postgresLedger } from "../support/postgres-ledger.ts";
import { runCli } from "../support/run-cli.ts";
import { aCall, newCopy, pgWith, PrunedDatabase } from "./prune-support.ts";

describeWithPostgres("the making anew of a copy", { isFast: true, isOrdinary: true }, (server) => {
  let base: PrunedDatabase;
  beforeAll(async () => {
    base = new PrunedDatabase(await postgresLedger(server()));
  });
  beforeEach(() => base.empty());
  afterAll(() => base.ledger.close());

  it("keeps a copy that is only half made from answering", async () => {
    await base.send(...Array.from({ length: 3 }, (_, index) => aCall(`msg:${String(index)}`)));
    const replica = newCopy();
    await base.inCopy(replica);
    await base.prune();
    const loadPg = pgWith((statement) => {
      if (statement.startsWith("select set_config")) throw new Error("gone");
    });
    await expect(updateReplica({ url: base.ledger.url, replica, loadPg }, { cache: "" })).rejects.toThrow("gone");
    const { exitCode, stderr } = await runCli(["spend", "--ledger", replica]);
    expect([exitCode, stderr]).toEqual([
      3,
      expect.stringMatching(/is being made anew, because the ledger was pruned or restored; ask by its URL/),
    ]);
    await using folder = await openLedger(replica, { mode: "read" });
    const project = { name: "ids", version: 1, initialState: () => 0, evolve: (count: number) => count + 1 };
    for (const ask of [
      () => folder.account(),
      () => folder.project(project),
      () => folder.find(["msg:1"]),
      () => folder.subscribe()[Symbol.asyncIterator]().next(),
    ]) {
      await expect(ask()).rejects.toMatchObject({
        code: "LEDGER_UNAVAILABLE",
        message: expect.stringContaining("anew"),
      });
    }
    expect(await base.inCopy(replica)).toEqual(await base.inCopy());
  });

  it("keeps a copy from answering of which a part was listed while it was being made anew", async () => {
    await base.send(aCall("msg:1"), aCall("msg:2"), aCall("msg:3"));
    const replica = newCopy();
    await base.inCopy(replica);
    await base.prune();
    const making = await begunMaking(base.ledger.url, replica);
    const fileSystem = listing(async () => making.end());
    await using folder = await openLedger(replica, { mode: "read", fileSystem });
    for (const ask of [() => folder.spend(), () => folder.account(), () => folder.find(["msg:1"])]) {
      await expect(ask()).rejects.toThrow(/is being made anew/);
    }
    await making.end();
    expect((await folder.spend()).total.requests).toBe(3);
  });

  it("keeps a copy from answering that begins to be made anew meanwhile, without a prune, too", async () => {
    await base.send(aCall("msg:1"), aCall("msg:2"));
    const replica = newCopy();
    for (const ask of [
      (folder: Ledger) => folder.spend(),
      (folder: Ledger) => folder.account(),
      (folder: Ledger) => folder.find(["msg:1"]),
    ]) {
      await base.inCopy(replica);
      await base.send(aCall("msg:3"));
      await base.inCopy(replica);
      await base.ledger.sql("delete from farthing.event where line like '%msg:3%'");
      const makings: Making[] = [];
      const fileSystem = listing(async () => {
        if (makings.length === 0) makings.push(await begunMaking(base.ledger.url, replica));
      });
      await using folder = await openLedger(replica, { mode: "read", fileSystem });
      await expect(ask(folder)).rejects.toThrow(/made anew/);
      await makings[0]?.end();
      await ask(folder);
    }
  });
});

interface Making {
  readonly end: () => Promise<void>;
}

/** The making anew of a copy, which has taken away what was there. */
async function begunMaking(url: string, replica: string): Promise<Making> {
  let goOn = (): void => undefined;
  const told = new Promise<void>((resolve) => (goOn = resolve));
  let updating: Promise<unknown> = told;
  await new Promise<void>((begun) => {
    const loadPg = pgWith(async (statement) => {
      if (!statement.startsWith("select set_config")) return;
      begun();
      await told;
    });
    updating = updateReplica({ url, replica, loadPg }, { cache: "" });
  });
  const end = async (): Promise<void> => {
    goOn();
    await updating;
  };
  return { end };
}

/** The machine's file system, with something done after segments were listed. */
function listing(meanwhile: () => Promise<unknown>): FileSystem {
  return {
    ...nodeFileSystem,
    list: async (folder) => {
      if (!folder.endsWith("segments")) return nodeFileSystem.list(folder);
      const names = await nodeFileSystem.list(folder);
      await meanwhile();
      return names;
    },
  };
}
