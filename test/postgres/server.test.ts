import pg from "pg";
import { expect, it } from "vitest";
import { describeWithPostgres } from "../support/describe-with-postgres.ts";

describeWithPostgres("a PostgreSQL server of the tests", { isAlone: true }, (server) => {
  it("asks for the password, and a login owns only what it is given", async () => {
    const login = await server().newLogin();
    const url = await server().newDatabase(login);
    expect(await rows(url, "SELECT current_user AS who")).toEqual([{ who: login.user }]);
    await expect(rows(server().urlOf(url, login.user, "guess"), "SELECT 1")).rejects.toMatchObject({ code: "28P01" });
    await expect(rows(url, "CREATE DATABASE another")).rejects.toMatchObject({ code: "42501" });
  });

  it("gives databases that see nothing of each other, and sort as people do", async () => {
    const [one, other] = [await server().newDatabase(), await server().newDatabase()];
    await rows(one, "CREATE TABLE word AS SELECT unnest(ARRAY['B', 'a', 'C']) AS word");
    expect((await rows(one, "SELECT word FROM word ORDER BY word")).map(({ word }) => word)).toEqual(["a", "B", "C"]);
    await expect(rows(other, "SELECT word FROM word")).rejects.toMatchObject({ code: "42P01" });
  });

  it("keeps what was committed through a kill and a restart, on the same port, and nothing else", async () => {
    const { url } = server();
    await rows(url, "CREATE TABLE kept (number int)");
    await rows(url, "INSERT INTO kept VALUES (1)");
    const open = new pg.Client(url);
    open.on("error", () => undefined);
    await open.connect();
    await open.query("BEGIN");
    await open.query("INSERT INTO kept VALUES (2)");
    await server().kill();
    await expect(rows(url, "SELECT 1")).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await server().start();
    expect(server().log()).toContain("automatic recovery in progress");
    await server().restart();
    expect(await rows(url, "SELECT number FROM kept")).toEqual([{ number: 1 }]);
  });
});

async function rows(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}
