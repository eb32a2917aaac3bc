import { join } from "node:path";
import { openLedger } from "@farthing/ledger";
import { forwardLedger } from "@farthing/ledger/postgres";
import { expect, it } from "vitest";
import { compareReplica } from "../../packages/ledger/src/replica/compare-replica.ts";
import { NO_ROWS } from "../../packages/ledger/src/replica/replica-state.ts";
import { joinLedger } from "../../packages/ledger/src/store/postgres/joined-ledger.ts";
import { aRequestCompleted } from "../support/builders.ts";
import { describeWithAnyPostgres } from "../support/describe-with-postgres.ts";
import { connected, withTables } from "../support/shared-ledgers.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

describeWithAnyPostgres("a ledger's database", (server) => {
  it("finds out whether there is anything new by the order of rows, also where it knows little of the table", async () => {
    const database = await connected(await withTables(await server().newDatabase()), 1);
    await database.query(`insert into farthing.event (id_hash, digest, month, ordinal, line)
      select n, gen_random_uuid(), 202611, n, '{}' from generate_series(1, 1000) n`);
    const plans: string[] = [];
    const query: typeof database.query = async (text, values) => {
      plans.push((await database.query(`explain ${text}`, values)).rows.join("\n"));
      return database.query(text, values);
    };
    expect(await compareReplica({ name: database.name, query }, NO_ROWS)).toMatchObject({ hasNew: true });
    expect(plans.join("\n")).toContain("Merge Append");
  });

  it("says nothing of the next transaction where a standby answers, which may be behind", async () => {
    const database = await connected(await withTables(await server().newDatabase()), 1);
    expect((await joinLedger(database)).nextTransaction).toMatch(/^\d+$/);
    const asStandby: typeof database.query = (text, values) =>
      database.query(text.replaceAll("pg_is_in_recovery()", "true"), values);
    expect(await joinLedger({ name: database.name, query: asStandby })).toMatchObject({ nextTransaction: null });
  });

  it("is told how far a host is whose newest event is of the year 0", async () => {
    const url = await withTables(await server().newDatabase());
    await using ledger = await openLedger(join(temporaryFolder(), "folder"), { mode: "write", create: true });
    await ledger.append([aRequestCompleted({ occurredAt: "0000-02-29T04:05:06.007Z" })]);
    await using forwarding = await forwardLedger(ledger, { url, onError: () => undefined });
    await forwarding.flush();
    const { rows } = await (
      await connected(url, 1)
    ).query("select waiting::integer, (newest_at at time zone 'UTC')::text from farthing.outbox");
    expect(rows).toEqual([[0, "0001-02-29 04:05:06.007 BC"]]);
  });
});
