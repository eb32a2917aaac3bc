import { encodeEvent, type LedgerEvent } from "@farthing/ledger";
import { insertLines, PostgresEventStore, type Database, type EventLine } from "@farthing/ledger/postgres";
import pg from "pg";
import { expect, it, onTestFinished } from "vitest";
import { aRequestCompleted } from "../support/builders.ts";
import { describeWithAnyPostgres, describeWithPostgres } from "../support/describe-with-postgres.ts";
import { connected, openShared, withTables } from "../support/shared-ledgers.ts";

const lineOf = (event: LedgerEvent): EventLine => {
  return { id: event.id, occurredAt: event.occurredAt, json: encodeEvent(event) };
};
const called = (...ids: readonly string[]): readonly LedgerEvent[] => ids.map((id) => aRequestCompleted({ id }));

/** What is written notes how its transaction is going to be committed, and how long it would have waited. */
const NOTING = `
create table noted (at serial, commit text, lock_timeout text);
create function note() returns trigger language plpgsql as $$
begin
  insert into noted (commit, lock_timeout) values (current_setting('synchronous_commit'), current_setting('lock_timeout'));
  return null;
end $$;
create trigger note after insert on farthing.event for each row execute function note();
create trigger note after insert on farthing.setting for each row execute function note()`;

/** Of connections that are made from now on. */
async function setDefault(database: Database, setting: string, value: string): Promise<void> {
  const set = `execute format('alter database %I set ${setting} = %L', current_database(), '${value}')`;
  await database.query(`do $$ begin ${set}; end $$`);
}

describeWithAnyPostgres("what is inserted into a ledger's database", (server) => {
  it.each([
    ["off", "on"],
    ["remote_apply", "remote_apply"],
  ])("is durable once it is acknowledged, where the default of commits is %s", async (set, used) => {
    const url = await withTables(await server().newDatabase());
    const owner = await connected(url);
    await owner.query(NOTING);
    await setDefault(owner, "synchronous_commit", set);
    const database = await connected(url, 1);
    await database.query(`set synchronous_commit = ${set}`);
    await insertLines(database, called("msg:1").map(lineOf));
    const store = new PostgresEventStore(database);
    await store.append(called("msg:2"));
    // What is known already is written by another statement.
    await store.append(called("msg:2").map((event) => ({ ...event, sources: ["again"] })));
    await (await openShared(url, "write")).settings.patch({ timeZone: "Asia/Tokyo" });
    const { rows } = await owner.query("select commit from noted order by at");
    expect(rows.length).toBeGreaterThanOrEqual(4);
    expect(new Set(rows.flat())).toEqual(new Set([used]));
    const after = await database.query("select current_setting('synchronous_commit'), current_setting('lock_timeout')");
    expect(after.rows, "what others do on the connection is left alone").toEqual([[set, "0"]]);
  });

  it("waits a minute for rows of another transaction, where nothing else is set", async () => {
    const url = await withTables(await server().newDatabase());
    const database = await connected(url, 1);
    await database.query(NOTING);
    await insertLines(database, called("msg:1").map(lineOf));
    await database.query("set lock_timeout = '5s'");
    await insertLines(database, called("msg:2").map(lineOf));
    expect((await database.query("select lock_timeout from noted order by at")).rows).toEqual([["1min"], ["5s"]]);
  });

  it("has a place of its own, however often one transaction inserts", async () => {
    const url = await withTables(await server().newDatabase());
    const database = await connected(url, 1);
    await database.inTransaction(async (query) => {
      await insertLines({ query }, called("msg:1", "msg:2").map(lineOf));
      await insertLines({ query }, called("msg:3", "msg:4", "msg:1").map(lineOf));
      await new PostgresEventStore({ ...database, query }).append(called("msg:5"));
    });
    await insertLines(database, called("msg:6").map(lineOf));
    const { rows } = await database.query(
      "select array_agg(ordinal order by ordinal) from farthing.event group by transaction order by transaction",
    );
    expect(rows).toEqual([[[1, 2, 3, 4, 6]], [[1]]]);
  });
});

describeWithPostgres("two who insert at once", { isFast: true, isOrdinary: true }, (server) => {
  it("wait for each other, and never in a circle, whatever order each has it in", async () => {
    const url = await withTables(await server().newDatabase());
    const owner = await connected(url);
    await owner.query(`create function wait() returns trigger language plpgsql as $$
      begin perform pg_sleep(0.15); return new; end $$;
      create trigger wait before insert on farthing.event for each row execute function wait()`);
    const [one, other] = [await connected(url, 1), await connected(url, 1)];
    await Promise.all([one.query("select 1"), other.query("select 1")]);
    const lines = called("msg:1", "msg:2", "msg:3").map(lineOf);
    const counts = await Promise.all([insertLines(one, lines), insertLines(other, lines.toReversed())]);
    expect(counts.sort((a, b) => a - b)).toEqual([0, 3]);
  });

  it("give up where the other one does not end, and say what to do", async () => {
    const url = await withTables(await server().newDatabase());
    const owner = await connected(url);
    const [line] = called("msg:1").map(lineOf) as [EventLine];
    await setDefault(owner, "lock_timeout", "100ms");
    const slow = new pg.Client(url);
    await slow.connect();
    onTestFinished(() => slow.end());
    await slow.query("begin");
    await insertLines({ query: async (text, values) => slowly(await slow.query(text, [...(values ?? [])])) }, [line]);
    const insert = insertLines(await connected(url), [line]);
    await expect(insert).rejects.toMatchObject({
      code: "LEDGER_UNAVAILABLE",
      isRefusal: false,
      message: expect.stringMatching(/another transaction, such as a prune .* nothing was written; .* tried again/),
    });
  });
});

function slowly({ rowCount }: pg.QueryResult): { rows: []; count: number } {
  return { rows: [], count: rowCount ?? 0 };
}
