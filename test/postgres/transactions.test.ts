import { expect, it } from "vitest";
import { describeWithAnyPostgres } from "../support/describe-with-postgres.ts";
import { connected } from "../support/shared-ledgers.ts";

describeWithAnyPostgres("a transaction", (server) => {
  it("that its own action breaks off is rolled back, and its error is not taken for the database's", async () => {
    const database = await connected(await server().newDatabase());
    const own = Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    const broken = database.inTransaction(async (query) => {
      await query("create table made (a int)");
      throw own;
    });
    await expect(broken).rejects.toBe(own);
    expect((await database.query("select to_regclass('made')")).rows).toEqual([[null]]);
  });

  it("that a statement breaks off fails with what the database said, which is known by its code within", async () => {
    const database = await connected(await server().newDatabase());
    let code: unknown = null;
    const broken = database.inTransaction(async (query) => {
      await query("select 1/0").catch((error: unknown) => {
        code = error instanceof Error && "code" in error ? error.code : null;
        throw error;
      });
    });
    await expect(broken).rejects.toMatchObject({ code: "LEDGER_UNAVAILABLE", path: database.name });
    expect(code).toBe("22012");
  });
});
