import { randomUUID } from "node:crypto";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { openLedger, type Ledger } from "@farthing/ledger";
import { forwardLedger, migrate, type Database } from "@farthing/ledger/postgres";
import { expect, it, onTestFinished } from "vitest";
import { MIGRATIONS } from "../../packages/ledger/src/store/postgres/migrations/migrations.ts";
import { aRequestCompleted } from "../support/builders.ts";
import { describeWithAnyPostgres, describeWithPostgres } from "../support/describe-with-postgres.ts";
import { findPostgres } from "../support/postgres-program.ts";
import { connected, withTables } from "../support/shared-ledgers.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

async function newFolder(): Promise<Ledger> {
  const ledger = await openLedger(join(temporaryFolder(), "folder"), { mode: "write", create: true });
  onTestFinished(() => ledger.close());
  return ledger;
}

/** Records one event more, and forwards the folder as the command does. */
async function forward(ledger: Ledger, url: string, id: string): Promise<void> {
  await ledger.append([aRequestCompleted({ id })]);
  await using forwarding = await forwardLedger(ledger, { url });
  await forwarding.flush();
}

async function idsIn({ query }: Database): Promise<unknown> {
  return (await query("select line::json ->> 'id' from farthing.event order by 1")).rows.flat();
}

const incarnationOf = async ({ query }: Database): Promise<unknown> =>
  (await query("select incarnation from farthing.joined()")).rows;

describeWithPostgres(
  "a ledger that was restored into its own database",
  { isFast: true, isOrdinary: true },
  (server) => {
    function run(program: string, ...args: readonly string[]): void {
      const { status, stderr } = spawnSync(join(findPostgres() ?? "", program), args, { encoding: "utf8" });
      expect([status, stderr]).toEqual([0, ""]);
    }

    it("is sent everything again that its backup lacks, once", async () => {
      const url = await withTables(await server().newDatabase());
      const database = await connected(url);
      const ledger = await newFolder();
      await forward(ledger, url, "msg:1");
      const before = await incarnationOf(database);
      const file = join(temporaryFolder(), "usage.dump");
      run("pg_dump", "--format=custom", `--file=${file}`, url);
      await forward(ledger, url, "msg:2");
      await database.query("drop schema farthing cascade");
      run("pg_restore", `--dbname=${url}`, file);
      expect(await idsIn(database)).toEqual(["msg:1"]);
      const restored = await incarnationOf(database);
      expect(restored).not.toEqual(before);
      await migrate(database, { newUuid: randomUUID, now: Date.now });
      expect(await incarnationOf(database), "to migrate it is no other life").toEqual(restored);
      await forward(ledger, url, "msg:3");
      expect(await idsIn(database)).toEqual(["msg:1", "msg:2", "msg:3"]);
    });
  },
);

describeWithAnyPostgres("a ledger whose tables are of an earlier release", (server) => {
  it("lives the same life once they are brought up to date, and nobody sends anything again", async () => {
    const database = await connected(await server().newDatabase(), 1);
    await database.query("create schema farthing; create table farthing.migration (version integer primary key)");
    for (const [index, statements] of MIGRATIONS.slice(0, 5).entries()) {
      await database.query(statements);
      await database.query("insert into farthing.migration values ($1)", [index + 1]);
    }
    await database.query("insert into farthing.ledger (id) values ('shared')");
    await database.query("insert into farthing.setting (version, settings) values (1, '{}')");
    const before = await incarnationOf(database);
    expect(await migrate(database, { newUuid: randomUUID, now: Date.now })).toMatchObject({ from: 5 });
    expect(await incarnationOf(database)).toEqual(before);
    expect(before).toEqual([[expect.stringMatching(/^1:/)]]);
  });
});
