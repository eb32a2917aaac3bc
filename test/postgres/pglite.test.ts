import pg from "pg";
import { expect, it, onTestFinished } from "vitest";
import { describeInFullRun } from "../support/full-run.ts";
import { sharedPglite } from "../support/pglite-server.ts";

describeInFullRun("PostgreSQL in the tests' own process", "seconds of processor time", () => {
  it("takes the statements of many connections in turns, and those of a transaction together", async () => {
    const url = await (await sharedPglite()).newDatabase();
    const clients = await Promise.all(Array.from({ length: 5 }, () => connect(url)));
    await clients[0]?.query("CREATE TABLE seen (number int, at xid8 DEFAULT pg_current_xact_id())");
    await Promise.all(
      clients.map(async (client, number) => {
        for (let turn = 0; turn < 3; turn += 1) {
          // Each with other values, so that no connection may bind another's statement.
          expect((await client.query(`SELECT $1::int + ${String(number)} AS sum`, [1])).rows).toEqual([
            { sum: 1 + number },
          ]);
          await client.query("BEGIN");
          await client.query("INSERT INTO seen VALUES ($1)", [number]);
          await client.query("INSERT INTO seen VALUES ($1)", [number]);
          await client.query(turn === 0 ? "ROLLBACK" : "COMMIT");
        }
      }),
    );
    const counted = await clients[1]?.query(
      "SELECT number, count(*)::int, count(DISTINCT at)::int AS at FROM seen GROUP BY 1",
    );
    expect(counted?.rows).toHaveLength(5);
    for (const row of counted?.rows ?? []) expect(row).toMatchObject({ count: 4, at: 2 });
  });

  it("undoes what a connection that is gone has not committed, and goes on", async () => {
    const url = await (await sharedPglite()).newDatabase();
    const [gone, other] = [await connect(url), await connect(url)];
    await gone.query("CREATE TABLE kept (number int)");
    await gone.query("BEGIN");
    await gone.query("INSERT INTO kept VALUES (1)");
    const waiting = other.query("SELECT number FROM kept");
    await gone.end();
    expect((await waiting).rows).toEqual([]);
  });

  it("knows logins by their passwords, and each by what it is granted and has set", async () => {
    const server = await sharedPglite();
    const login = await server.newLogin();
    const url = await server.newDatabase();
    const owner = await connect(url);
    await owner.query("CREATE TABLE kept (number int)");
    await owner.query(`GRANT INSERT ON kept TO ${login.user}`);
    const writer = await connect(server.urlOf(url, login.user, login.password));
    await writer.query("SET search_path = public, pg_catalog");
    await writer.query("INSERT INTO kept VALUES ($1)", [1]);
    expect((await owner.query("SELECT number, current_user AS who FROM kept")).rows).toEqual([
      { number: 1, who: "postgres" },
    ]);
    await expect(writer.query("SELECT number FROM kept")).rejects.toMatchObject({ code: "42501" });
    expect((await writer.query("SHOW search_path")).rows).toEqual([{ search_path: "public, pg_catalog" }]);
    await expect(connect(server.urlOf(url, login.user, "guess"))).rejects.toMatchObject({ code: "28P01" });
  });

  it("gives its one database anew, empty, to the login that is to own it", async () => {
    const server = await sharedPglite();
    await (await connect(await server.newDatabase())).query("CREATE SCHEMA left_over CREATE TABLE kept (number int)");
    const owner = await connect(await server.newDatabase(await server.newLogin()));
    await owner.query("CREATE SCHEMA left_over CREATE TABLE kept (number int)");
    await owner.query("CREATE TABLE kept (number int)");
    expect((await owner.query("SELECT number FROM left_over.kept")).rows).toEqual([]);
  });
});

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  client.on("error", () => undefined);
  await client.connect();
  onTestFinished(() => client.end().catch(() => undefined));
  return client;
}
