import { randomUUID } from "node:crypto";
import { encodeEvent, openLedger } from "@farthing/ledger";
import { migrate, type Database } from "@farthing/ledger/postgres";
import { expect, it } from "vitest";
import { insertAndTell } from "../../packages/ledger/src/store/postgres/insert-lines.ts";
import { MIGRATIONS } from "../../packages/ledger/src/store/postgres/migrations/migrations.ts";
import { aRequestCompleted } from "../support/builders.ts";
import { describeWithAnyPostgres } from "../support/describe-with-postgres.ts";
import { connected, withTables } from "../support/shared-ledgers.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** The tables of the release before, of a ledger called `shared`. */
async function withEarlierTables(url: string): Promise<Database> {
  const database = await connected(url, 1);
  await database.query("create schema farthing; create table farthing.migration (version integer primary key)");
  for (const [index, statements] of MIGRATIONS.slice(0, -1).entries()) {
    await database.query(statements);
    await database.query("insert into farthing.migration values ($1)", [index + 1]);
  }
  await database.query("insert into farthing.ledger (id) values ('shared')");
  await database.query("insert into farthing.setting (version, settings) values (1, '{}')");
  return database;
}

describeWithAnyPostgres("a ledger whose tables are of the release before", (server) => {
  it("is told what to do by, and brought up to date where it may be made", async () => {
    const url = await server().newDatabase();
    await withEarlierTables(url);
    const replica = temporaryFolder();
    await expect(openLedger({ url, replica }, { mode: "read" })).rejects.toMatchObject({
      code: "LEDGER_NOT_FOUND",
      message: expect.stringMatching(/bring it up to date: farthing migrate/) as string,
    });
    await using ledger = await openLedger({ url, replica }, { mode: "read", create: true });
    expect(ledger.id).toBe("shared");
  });

  it("is brought up to date on a server that lacks one of its roles", async () => {
    const database = await withEarlierTables(await server().newDatabase());
    await database.query("alter role farthing_roller rename to farthing_roller_elsewhere");
    try {
      const migration = await migrate(database, { newUuid: randomUUID, now: () => 0 });
      expect(migration).toMatchObject({ to: MIGRATIONS.length, rightsRestored: true });
      const { rows } = await database.query(
        "select has_table_privilege('farthing_roller', 'farthing.roll_up', 'insert')",
      );
      expect(rows).toEqual([[true]]);
      await database.query("drop owned by farthing_roller; drop role farthing_roller");
    } finally {
      await database.query("alter role farthing_roller_elsewhere rename to farthing_roller");
    }
  });
});

describeWithAnyPostgres("lines that are there already", (server) => {
  it("have no transaction that is remembered: a crash would have its number go to another one", async () => {
    const database = await connected(await withTables(await server().newDatabase()), 1);
    const event = aRequestCompleted({ id: "msg:1" });
    const lines = [{ id: event.id, occurredAt: event.occurredAt, json: encodeEvent(event) }];
    const { rows } = await database.query("select pg_snapshot_xmax(pg_current_snapshot())::text");
    const first = await insertAndTell(database, lines);
    expect([first.count, BigInt(first.transaction ?? -1) >= BigInt(String(rows[0]?.[0]))]).toEqual([1, true]);
    expect(await insertAndTell(database, lines)).toEqual({ count: 0, transaction: null });
  });
});
