import pg from "pg";
import { expect, it } from "vitest";
import { describeWithAnyPostgres } from "../support/describe-with-postgres.ts";
import { describeInFullRun } from "../support/full-run.ts";
import { sharedPglite } from "../support/pglite-server.ts";

const STATEMENTS = `
  CREATE TABLE part (id text COLLATE "C" PRIMARY KEY, amount numeric(40, 12), at xid8 DEFAULT pg_current_xact_id())
    PARTITION BY HASH (id);
  CREATE TABLE part_0 PARTITION OF part FOR VALUES WITH (MODULUS 2, REMAINDER 0);
  CREATE TABLE part_1 PARTITION OF part FOR VALUES WITH (MODULUS 2, REMAINDER 1);
  CREATE FUNCTION add_part(id text, amount numeric) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
      PERFORM pg_advisory_xact_lock(7);
      INSERT INTO part VALUES (add_part.id, add_part.amount) ON CONFLICT DO NOTHING;
      RETURN FOUND;
    END $$;
`;

describeInFullRun("statements that a ledger is kept with", "a server and PGlite", () => {
  describeWithAnyPostgres("answered by any server", (server) => {
    it("are answered alike in this process", async () => {
      const answers = [
        await answersOf(await server().newDatabase()),
        await answersOf(await (await sharedPglite()).newDatabase()),
      ];
      const amount = "1234567890123456789012345678.123456789012";
      expect(answers[0]).toEqual([
        { id: "B", amount, is_seen: true },
        { id: "a", amount, is_seen: true },
      ]);
      expect(answers[1]).toEqual(answers[0]);
    });
  });
});

async function answersOf(url: string): Promise<unknown[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(STATEMENTS);
    for (const id of ["a", "B", "a"]) {
      await client.query("SELECT add_part($1, $2)", [id, "1234567890123456789012345678.123456789012"]);
    }
    const text = "SELECT id, amount, at < pg_snapshot_xmin(pg_current_snapshot()) AS is_seen FROM part ORDER BY id";
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
