import { randomUUID } from "node:crypto";
import { appendFileSync, readdirSync, readFileSync, rmSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { openLedger, verifyLedger, type Ledger, type LedgerEvent } from "@farthing/ledger";
import { forwardLedger, migrate, PostgresEventStore, updateReplica, type Database } from "@farthing/ledger/postgres";
import fc from "fast-check";
import pg from "pg";
import { expect, it, onTestFinished } from "vitest";
import { aRequestCompleted } from "../support/builders.ts";
import { describeWithAnyPostgres } from "../support/describe-with-postgres.ts";
import { eventsOf } from "../support/describe-event-store.ts";
import { connected, openShared, ReusedLedger } from "../support/shared-ledgers.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { pgWith } from "./prune-support.ts";

describeWithAnyPostgres("the copies of a ledger in a database", (server) => {
  const reused = new ReusedLedger(server);

  /** The files of a copy's log, by name. */
  function logOf(replica: string): Readonly<Record<string, string>> {
    const folder = join(replica, "segments");
    return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]));
  }

  async function copy(url: string, replica: string = join(temporaryFolder(), "copy")): Promise<string> {
    return updateReplica({ url, replica }, { cache: temporaryFolder() });
  }

  const responses = (count: number, name = "msg"): LedgerEvent[] =>
    Array.from({ length: count }, (_, index) => aRequestCompleted({ id: `msg:${name}-${String(index)}` }));

  it("are the same to the byte, however often and whenever each was brought up to date", async () => {
    const url = await reused.empty();
    const store = new PostgresEventStore(await connected(url));
    const often = join(temporaryFolder(), "often");
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 5 }), async (sizes) => {
        for (const size of sizes) {
          await store.append(responses(size, randomUUID()));
          await copy(url, often);
        }
        expect(logOf(await copy(url))).toEqual(logOf(often));
      }),
      { numRuns: 6 },
    );
    const { problems } = await verifyLedger(often);
    expect(problems).toEqual([]);
  });

  it("ask the server three times where nothing is new, and begin no transaction", async () => {
    const url = await reused.empty();
    await new PostgresEventStore(await connected(url)).append(responses(3));
    const replica = await copy(url);
    const asked: string[] = [];
    class Counted extends pg.Client {
      override query(...statement: readonly unknown[]): never {
        asked.push((statement as [{ text: string }])[0].text);
        const ask = super.query.bind(this) as (...statement: readonly unknown[]) => unknown;
        return ask(...statement) as never;
      }
    }
    class Pool extends pg.Pool {
      constructor(options: object) {
        super({ ...options, Client: Counted });
      }
    }
    const loadPg = (): Promise<unknown> => Promise.resolve({ Pool });
    await updateReplica({ url, replica, loadPg }, { cache: temporaryFolder() });
    expect(asked).toHaveLength(3);
    expect(asked.filter((text) => /^\s*(begin|declare|fetch)/i.test(text))).toEqual([]);
  });

  it.skipIf(process.platform === "win32")("are for nobody else to look into", async () => {
    expect(statSync(await copy(await reused.empty())).mode & 0o777).toBe(0o700);
  });

  it("fill segments the same, whatever came at once", async () => {
    const url = await reused.empty();
    const store = new PostgresEventStore(await connected(url));
    const large = (name: string): LedgerEvent[] =>
      responses(12, name).map((event) => ({ ...event, labels: { note: "x".repeat(700_000) } }));
    const often = join(temporaryFolder(), "often");
    for (const name of ["a", "b", "c"]) {
      await store.append(large(name));
      await copy(url, often);
    }
    const names = Object.keys(logOf(often));
    expect(names.length).toBeGreaterThan(1);
    expect(logOf(await copy(url))).toEqual(logOf(often));
  });

  it("read large lines a few at a time, after however many small ones", async () => {
    const url = await reused.empty();
    const database = await connected(url);
    const store = new PostgresEventStore(database);
    await store.append(responses(600, "small"));
    await store.append(responses(60, "large").map((event) => ({ ...event, labels: { note: "x".repeat(400_000) } })));
    await store.append(responses(10, "last"));
    let most = 0;
    const measured: Database = {
      ...database,
      inTransaction: (action) =>
        database.inTransaction((query) =>
          action(async (text, values) => {
            const answer = await query(text, values);
            most = Math.max(
              most,
              answer.rows.flat().reduce<number>((sum, cell) => sum + String(cell).length, 0),
            );
            return answer;
          }),
        ),
    };
    expect(await eventsOf(new PostgresEventStore(measured))).toHaveLength(670);
    expect(most).toBeLessThan(9_500_000);
  });

  it("keep what has come where the rest does not, and are the same as those that were not interrupted", async () => {
    const url = await reused.empty();
    const store = new PostgresEventStore(await connected(url));
    await store.append(responses(20).map((event) => ({ ...event, labels: { note: "x".repeat(150_000) } })));
    const replica = join(temporaryFolder(), "copy");
    let lines = 0;
    const loadPg = pgWith((statement) => {
      if (statement.startsWith("select line from")) lines += 1;
      if (lines === 13) throw new Error("canceling statement due to conflict with recovery");
    });
    const cut = updateReplica({ url, replica, loadPg }, { cache: temporaryFolder() });
    await expect(cut).rejects.toThrow("conflict with recovery");
    let rows = 0;
    await updateReplica({ url, replica }, { cache: temporaryFolder(), onProgress: (come) => (rows = come) });
    // A page is of three of them.
    expect(rows).toBe(20 - 9);
    expect(logOf(await copy(url))).toEqual(logOf(replica));
  });

  it("have positions that mean the same on every host", async () => {
    const url = await reused.empty();
    const store = new PostgresEventStore(await connected(url));
    await store.append(responses(3, "early"));
    const [one, other] = [await openShared(url, "read"), await openShared(url, "read")];
    const { position } = await one.view();
    await store.append(responses(4, "late"));
    expect((await other.spend({ asOf: position })).total.requests).toBe(3);
    expect((await one.spend()).total.requests).toBe(7);
    expect((await other.view()).position).toBe((await one.view()).position);
  });

  it.each([
    [
      "bytes that were not durable are behind",
      (segment: string) => appendFileSync(segment, '{"writer":"shared","seq":9'),
    ],
    ["a line is missing at the end", (segment: string) => truncateSync(segment, 100)],
    ["the log is gone", (segment: string) => rmSync(segment)],
  ])("are whole again where %s", async (_, damage) => {
    const url = await reused.empty();
    const store = new PostgresEventStore(await connected(url));
    await store.append(responses(5));
    const replica = await copy(url);
    const whole = logOf(replica);
    damage(join(replica, "segments", Object.keys(whole)[0] ?? ""));
    await copy(url, replica);
    expect(logOf(replica)).toEqual(whole);
  });

  it("go on where a copying was killed before it had written down how far it was", async () => {
    const url = await reused.empty();
    const store = new PostgresEventStore(await connected(url));
    await store.append(responses(3, "a"));
    const replica = await copy(url);
    const state = readFileSync(join(replica, "replica.json"));
    await store.append(responses(3, "b"));
    await copy(url, replica);
    const whole = logOf(replica);
    rmSync(join(replica, "replica.json"));
    appendFileSync(join(replica, "replica.json"), state);
    await copy(url, replica);
    expect(logOf(replica)).toEqual(whole);
  });

  it("are made anew where the database is one that was restored from an earlier state", async () => {
    const url = await reused.empty();
    const database = await connected(url);
    const store = new PostgresEventStore(database);
    await store.append(responses(3, "kept"));
    const replica = await copy(url);
    await store.append(responses(3, "lost"));
    await copy(url, replica);
    await database.query("delete from farthing.event where line like '%lost%'");
    await store.append(responses(2, "new"));
    await copy(url, replica);
    expect(logOf(replica)).toEqual(logOf(await copy(url)));
    const ledger = await openLedger(replica, { mode: "read" });
    expect((await ledger.spend()).total.requests).toBe(5);
    await ledger.close();
  });

  it("stay as they are where a standby lacks what they have", async () => {
    const url = await reused.empty();
    await new PostgresEventStore(await connected(url)).append(responses(3));
    const replica = await copy(url);
    const whole = logOf(replica);
    class Standby extends pg.Pool {
      override query(...statement: readonly unknown[]): never {
        const [{ text }] = statement as [{ text: string }];
        const ask = super.query.bind(this) as (...statement: readonly unknown[]) => Promise<{ rows: unknown[][] }>;
        const answer = ask(...statement);
        // Has neither the newest row of the copy nor one behind it, and says that it is one.
        const lack = ({ rows: [row = []] }: { rows: unknown[][] }): object => ({
          rows: [[...row.slice(0, -3), false, false, true]],
        });
        return (text.includes("pg_is_in_recovery") ? answer.then(lack) : answer) as never;
      }
    }
    const loadPg = (): Promise<unknown> => Promise.resolve({ Pool: Standby });
    await expect(updateReplica({ url, replica, loadPg }, { cache: temporaryFolder() })).rejects.toThrow(/standby/);
    expect(logOf(replica)).toEqual(whole);
  });

  it("are refused of a database of which a row was changed after it was recorded, by name of the row", async () => {
    const url = await reused.empty();
    const database = await connected(url);
    await new PostgresEventStore(database).append(responses(3));
    const before = await copy(url);
    const whole = logOf(before);
    await database.query(`update farthing.event set line = replace(line, '"output":', '"output":9')
      where line like '%msg:msg-1"%'`);
    await expect(copy(url)).rejects.toThrow(/not what was recorded.*delete from farthing.event where month = \d+ and/);
    const store = new PostgresEventStore(await connected(url));
    await expect(eventsOf(store)).rejects.toThrow(/not what was recorded/);
    await copy(url, before);
    expect(logOf(before), "a copy of before keeps what was recorded").toEqual(whole);
  });

  it("are refused of a database whose transactions were numbered by another server, until it is migrated", async () => {
    const url = await reused.empty();
    const database = await connected(url);
    const store = new PostgresEventStore(database);
    await store.append(responses(3, "old"));
    const replica = await copy(url);
    // As a dump that was restored into a new server has them.
    await database.query(
      "update farthing.event set transaction = (transaction::text::bigint + 1000000000)::text::xid8",
    );
    await expect(copy(url, replica)).rejects.toThrow(/copy of another database.*farthing migrate/);
    await store.append(responses(2, "between"));
    expect(await migrate(database, { newUuid: randomUUID, now: Date.now })).toMatchObject({ newEra: true });
    await copy(url, replica);
    const { ino } = statSync(join(replica, "segments", "shared-00000001.ndjson"));
    await copy(url, replica);
    expect(statSync(join(replica, "segments", "shared-00000001.ndjson")).ino, "it is made anew once").toBe(ino);
    await store.append(responses(2, "after"));
    await copy(url, replica);
    expect(logOf(replica)).toEqual(logOf(await copy(url)));
    const read = await openLedger(replica, { mode: "read" });
    expect(await eventsOf(read)).toHaveLength(7);
    await read.close();
    await database.query("delete from farthing.era where number > 1");
    await database.query("alter table farthing.event alter column era set default 1");
  });

  it("are not made in a folder that holds anything else, nor in the copy of another ledger", async () => {
    const url = await reused.empty();
    const folder = join(temporaryFolder(), "ledger");
    {
      await using own = await openLedger(folder, { mode: "write", create: true });
      await own.append(responses(5));
    }
    await expect(copy(url, folder)).rejects.toThrow(/holds something else/);
    const own = await openLedger(folder, { mode: "read" });
    expect(await eventsOf(own)).toHaveLength(5);
    await own.close();
    const replica = await copy(url);
    const database = await connected(url);
    await database.query("update farthing.ledger set id = 'another'");
    await expect(copy(url, replica)).rejects.toThrow(/copy of another ledger/);
  });

  it("are refused of a database that another server ordered, whatever its transactions are numbered", async () => {
    const url = await reused.empty();
    const database = await connected(url);
    const store = new PostgresEventStore(database);
    await store.append(responses(3, "old"));
    const replica = await copy(url);
    await database.query("update farthing.era set server = 'another'");
    await expect(copy(url, replica)).rejects.toThrow(/copy of another database.*farthing migrate/);
    const forwarding = await forwardLedger(await aFolder(responses(2, "waiting")), { url, onError: () => undefined });
    await expect(forwarding.flush()).rejects.toThrow(/copy of another database/);
    expect(await migrate(database, { newUuid: randomUUID, now: Date.now })).toMatchObject({ newEra: true });
    await forwarding.flush();
    await forwarding.close();
    await copy(url, replica);
    const read = await openLedger(replica, { mode: "read" });
    expect(await eventsOf(read)).toHaveLength(5);
    await read.close();
    await database.query("delete from farthing.era where number > 1");
    await database.query("update farthing.era set server = farthing.server_identity()");
    await database.query("alter table farthing.event alter column era set default 1");
  });

  async function aFolder(events: readonly LedgerEvent[]): Promise<Ledger> {
    const ledger = await openLedger(join(temporaryFolder(), "folder"), { mode: "write", create: true });
    onTestFinished(() => ledger.close());
    await ledger.append(events);
    return ledger;
  }

  it("can be written to by nobody but from the database", async () => {
    const url = await reused.empty();
    const replica = await copy(url);
    await expect(openLedger(replica, { mode: "write" })).rejects.toThrow(/written to by its URL/);
  });

  it("close a month with a chain head that any other copy proves", async () => {
    const url = await reused.empty();
    const ledger = await openShared(url, "write");
    await ledger.append(responses(3));
    expect((await ledger.view()).heads).toEqual((await (await openShared(url, "read")).view()).heads);
  });
});
