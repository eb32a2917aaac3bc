import { randomUUID } from "node:crypto";
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { nodeFileSystem, openLedger, type Ledger } from "@farthing/ledger";
import { connect, forwardLedger, migrate, parsePostgresUrl, type Database } from "@farthing/ledger/postgres";
import { expect, it, onTestFinished } from "vitest";
import { MIGRATIONS } from "../../packages/ledger/src/store/postgres/migrations/migrations.ts";
import { openDocument } from "../../packages/ledger/src/store/file/document.ts";
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

describeWithPostgres(
  "a ledger of which a snapshot of its files was put back",
  { isFast: true, isAlone: true },
  (server) => {
    it("is sent everything again that came after the snapshot", async () => {
      const url = await withTables(await server().newDatabase());
      const ask = async <T>(what: (database: Database) => Promise<T>): Promise<T> => {
        const database = await connect(parsePostgresUrl(url), { connections: 1 });
        const answer = await what(database);
        await database.end();
        return answer;
      };
      const ledger = await newFolder();
      await forward(ledger, url, "msg:1");
      const data = String((await ask(({ query }) => query("show data_directory"))).rows[0]?.[0]);
      await server().stop();
      cpSync(data, `${data}.saved`, { recursive: true });
      await server().start();
      await forward(ledger, url, "msg:2");
      await server().stop();
      const { uid, gid } = statSync(data);
      rmSync(data, { recursive: true });
      renameSync(`${data}.saved`, data);
      spawnSync("chown", ["-R", `${String(uid)}:${String(gid)}`, data]);
      chmodSync(data, 0o700);
      await server().start();
      expect(await ask(idsIn)).toEqual(["msg:1"]);
      await ask((database) =>
        migrate(database, { newUuid: randomUUID, now: () => Date.parse("2026-11-22T12:00:00.000Z") }),
      );
      await forward(ledger, url, "msg:3");
      expect(await ask(idsIn)).toEqual(["msg:1", "msg:2", "msg:3"]);
    });
  },
);

describeWithAnyPostgres("a ledger that begins again before what was committed", (server) => {
  it("is sent everything again, and by whoever goes on with the folder nothing more than once", async () => {
    const url = await withTables(await server().newDatabase());
    const database = await connected(url, 1);
    const ledger = await newFolder();
    await forward(ledger, url, "msg:1");
    await database.query("delete from farthing.event");
    await forward(ledger, url, "msg:2");
    expect(await idsIn(database), "no other life").toEqual(["msg:2"]);
    const [name = ""] = readdirSync(ledger.path).filter((each) => /^forward-.*\.json$/.test(each));
    const file = await openDocument<object>(join(ledger.path, name), {}, { fileSystem: nodeFileSystem });
    await file.write({ ...file.data, transaction: "1000000000000" });
    await forward(ledger, url, "msg:3");
    expect(await idsIn(database)).toEqual(["msg:1", "msg:2", "msg:3"]);
    await database.query("delete from farthing.event");
    await forward(ledger, url, "msg:4");
    expect(await idsIn(database)).toEqual(["msg:4"]);
  });
});

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
