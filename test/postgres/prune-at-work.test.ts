import { randomUUID } from "node:crypto";
import { foldAccount, openLedger, type LedgerEvent } from "@farthing/ledger";
import { connect, migrate, parsePostgresUrl, PostgresEventStore, updateReplica } from "@farthing/ledger/postgres";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { figuresOf } from "../retention/support.ts";
import { describeWithPostgres } from "../support/describe-with-postgres.ts";
import { isFullRun } from "../support/full-run.ts";
import { aPriceSet, aRequestCompleted, aUsage, aUsageCorrected } from "../support/builders.ts";
import { postgresLedger } from "../support/postgres-ledger.ts";
import { emptyFolder, runCli } from "../support/run-cli.ts";
import { connected } from "../support/shared-ledgers.ts";
import { dropPartitions } from "../../packages/ledger/src/shared-retention/drop-partitions.ts";
import { aCall, newCopy, pgWith, pgWithAll, PrunedDatabase, T } from "./prune-support.ts";

describeWithPostgres("a prune of a ledger in a database, at work,", { isFast: true, isOrdinary: true }, (server) => {
  let base: PrunedDatabase;
  beforeAll(async () => {
    base = new PrunedDatabase(await postgresLedger(server()));
  });
  beforeEach(() => base.empty());
  afterAll(() => base.ledger.close());

  it("has done nothing or everything, wherever it is interrupted", async () => {
    await base.send(aCall("msg:1"), aCall("msg:2"), aCall("msg:new", "2026-11-02"));
    const [before, said] = [await base.rows(), await base.inCopy()];
    const replica = newCopy();
    let [statements, isDone] = [0, false];
    // Each statement that changes something, and the end of the transaction; in an ordinary run some of them.
    for (let last = 1; !isDone; last += isFullRun ? 1 : 3) {
      statements = 0;
      const loadPg = pgWith((statement) => {
        if (!/^(delete|insert|commit|drop|lock)/.test(statement)) return;
        statements += 1;
        if (statements === last) throw new Error("gone");
      });
      isDone = await base.prune(T, { loadPg, replica }).then(
        () => true,
        () => false,
      );
      if (!isDone) expect(await base.rows(), `before statement ${String(last)}`).toEqual(before);
    }
    expect(statements).toBeGreaterThan(5);
    expect(await base.rows()).not.toEqual(before);
    expect(await base.inCopy()).toEqual(said);
  });

  it("is the only one: another is refused, and finds nothing to do afterwards", async () => {
    await base.send(aCall("msg:1"));
    let second: unknown = null;
    const loadPg = pgWith(async (statement) => {
      if (!statement.startsWith("insert into farthing.prune ")) return;
      second = await base.prune().catch((error: unknown) => error);
    });
    expect(await base.prune(T, { loadPg })).toMatchObject({ requests: 1 });
    expect(String(second)).toMatch(/another prune of this ledger is at work; wait until it has ended/);
    expect(await base.prune()).toMatchObject({ requests: 0 });
  });

  it("loses and doubles nothing of what four writers record and send again meanwhile", async () => {
    const old = Array.from({ length: 40 }, (_, index) => aCall(`msg:${String(index)}`, "2026-10-01", index));
    await base.send(...old);
    const pruning = new AbortController();
    const writers = [0, 1, 2, 3].map(async (writer) => {
      const sent: LedgerEvent[] = [];
      while (!pruning.signal.aborted) {
        const days = ["2026-10-02", "2026-11-02"];
        const fresh = days.map((day) => aCall(`msg:${String(writer)}/${String(sent.length)}/${day}`, day));
        sent.push(...fresh);
        await base.send(...fresh, ...old.slice(writer * 10, writer * 10 + 5));
      }
      return sent;
    });
    const replica = newCopy();
    expect((await base.prune(T, { replica })).requests).toBeGreaterThanOrEqual(old.length);
    await base.prune(T, { replica });
    pruning.abort();
    const sent = (await Promise.all(writers)).flat();
    const { damage: _, ...figures } = { damage: [], ...(await base.inCopy(replica)) };
    expect(figures).toEqual(figuresOf(foldAccount([...old, ...sent])));
    const [counted] = await base.ledger.sql("select sum(requests)::int as requests from farthing.response");
    expect(counted).toEqual({ requests: old.length + sent.length });
  });

  it("begins anew where more came of a request meanwhile, and gives up where it goes on", async () => {
    const sighting = (output: number): LedgerEvent =>
      aRequestCompleted({ id: "msg:1", usage: aUsage({ output }), output: "lower-bound" });
    await base.send(sighting(1));
    let output = 1;
    const loadPg = (times: number): (() => Promise<unknown>) =>
      pgWith(async (statement) => {
        if (!statement.startsWith("delete from farthing.event") || output > times) return;
        output += 1;
        await base.send(sighting(output));
      });
    await expect(base.prune(T, { loadPg: loadPg(3) })).rejects.toThrow(/lines keep coming .* nothing was pruned/);
    expect(await base.prune(T, { loadPg: loadPg(4) })).toMatchObject({ requests: 1, rows: 5 });
    expect(await base.ledger.sql("select output_tokens::int as tokens from farthing.response")).toEqual([
      { tokens: 5 },
    ]);
  });

  it("begins anew where more came meanwhile also where a transaction sees by default what there was at its beginning", async () => {
    const sightings = [1, 2].map(
      (output) => ({ ...aCall("msg:1", "2026-10-01", output), output: "lower-bound" }) as const,
    );
    const [first, second] = sightings as readonly LedgerEvent[] as [LedgerEvent, LedgerEvent];
    await base.send(first);
    const set = (what: string): Promise<unknown> =>
      base.ledger.sql(`do $$ begin execute format('alter database %I ${what}', current_database()); end $$`);
    await set(`set default_transaction_isolation = ''repeatable read''`);
    const loadPg = pgWith(async (statement) => {
      if (statement.startsWith("delete from farthing.event")) await base.send(second);
    });
    try {
      expect(await base.prune(T, { loadPg })).toMatchObject({ requests: 1, rows: 2 });
    } finally {
      await set("reset default_transaction_isolation");
    }
  });

  it("shows everybody its sums at once, also while an older transaction is open", async () => {
    await base.send(aCall("msg:1"), aCall("msg:2"));
    const slow = new pg.Client(base.ledger.url);
    await slow.connect();
    await slow.query("begin; select pg_current_xact_id()");
    const before = await base.inCopy();
    await base.prune();
    expect(await base.inCopy()).toEqual(before);
    await slow.end();
  });

  it("leaves a copy that was pulling as it was, where that is interrupted before it is made anew", async () => {
    await base.send(aCall("msg:1"), aCall("msg:2"));
    const replica = newCopy();
    await base.inCopy(replica);
    await base.send(aCall("msg:new", "2026-11-02"));
    let [isPruned, isGone] = [false, false];
    const loadPg = pgWithAll(
      async (statement) => {
        if (isPruned || !statement.startsWith("select set_config")) return;
        await base.prune();
        isPruned = true;
      },
      (statement) => {
        if (!isPruned || !statement.includes("pg_snapshot_xmin")) return;
        isGone = true;
        throw new Error("gone");
      },
    );
    await expect(updateReplica({ url: base.ledger.url, replica, loadPg }, { cache: "" })).rejects.toThrow("gone");
    expect(isGone).toBe(true);
    await using folder = await openLedger(replica, { mode: "read" });
    expect((await folder.spend()).total).toMatchObject({ requests: 2, tokens: { output: 20 } });
    await base.inCopy(replica);
    expect((await folder.spend()).total).toMatchObject({ requests: 3, tokens: { output: 30 } });
  });

  it("ends a reading of the database that has begun, before its sums would be added to their detail", async () => {
    const labels = { note: "x".repeat(5000) };
    const calls = Array.from({ length: 2000 }, (_, index) => ({ ...aCall(`msg:${String(index)}`), labels }));
    await base.send(aCall("msg:first"));
    await base.prune();
    await base.send(...calls);
    let batches = 0;
    const loadPg = pgWith(async (statement) => {
      if (!statement.startsWith("select set_config")) return;
      batches += 1;
      if (batches === 2) await base.prune();
    });
    await using store = closing(new PostgresEventStore(await connect(parsePostgresUrl(base.ledger.url), { loadPg })));
    let requests = 0;
    const read = async (): Promise<void> => {
      for await (const { event } of store.read()) requests += Number(Reflect.get(event, "requests") ?? 1);
    };
    await expect(read()).rejects.toMatchObject({ code: "LEDGER_CHANGED" });
    expect([requests > 500, requests < 2001]).toEqual([true, true]);
    requests = 0;
    await read();
    expect(requests).toBe(2001);
  });

  it("leaves nothing out of the last page of a reading that has begun", async () => {
    await base.send(aCall("msg:first"));
    await base.prune();
    await base.send(aCall("msg:1"), aCall("msg:2"));
    const loadPg = pgWithAll(
      () => undefined,
      async (statement) => {
        if (statement.startsWith("select id_digest")) await base.prune();
      },
    );
    await using store = closing(new PostgresEventStore(await connect(parsePostgresUrl(base.ledger.url), { loadPg })));
    const read = [];
    for await (const { event } of store.read()) read.push(event.type);
    expect(read.sort()).toEqual(["RequestCompleted", "RequestCompleted", "UsageRolledUp"]);
  });

  it("sums up nothing that a row takes back which copies cannot see yet, for another transaction is open", async () => {
    await base.send(aCall("msg:1"), aCall("msg:2"));
    const slow = new pg.Client(base.ledger.url);
    await slow.connect();
    for (const change of [aUsageCorrected({ corrects: "msg:1" }), aPriceSet({ id: "price:late" })]) {
      await slow.query("begin; select pg_current_xact_id()");
      await base.send(change);
      const before = await base.rows();
      await expect(base.prune()).rejects.toThrow(/wait for a transaction that is open, and nothing was pruned/);
      expect(await base.rows()).toEqual(before);
      await slow.query("commit");
    }
    await slow.end();
    const said = [await base.inCopy(), await base.inDatabase()];
    expect(await base.prune()).toMatchObject({ requests: 1, linesLeft: 1 });
    expect([await base.inCopy(), await base.inDatabase()]).toEqual(said);
  });

  it("begins anew where a request, or a price, is taken back or named while rows are being deleted", async () => {
    const price = aPriceSet({ id: "price:1" });
    const corrected = [price.id, "msg:1"].map((corrects, index) =>
      aUsageCorrected({ id: `correction:${String(index)}`, corrects }),
    );
    const changes = [...corrected, aPriceSet({ id: "price:2" })];
    // Changes no request of these, and is no reason.
    const other = aUsageCorrected({ id: "correction:other", corrects: "msg:other" });
    const all = [price, aCall("msg:1"), aCall("msg:2")];
    await base.send(...all, ...changes, other);
    const said = [await base.inCopy(), await base.inDatabase()];
    await base.empty();
    await base.send(...all);
    let deletions = 0;
    const loadPg = pgWith(async (statement) => {
      if (!statement.startsWith("delete from farthing.event")) return;
      await base.send(changes[deletions] ?? other);
      deletions += 1;
    });
    await expect(base.prune(T, { loadPg })).rejects.toThrow(/lines keep coming/);
    expect(deletions).toBe(changes.length);
    expect(await base.prune(T, { loadPg })).toMatchObject({ requests: 1, linesLeft: 1 });
    expect([await base.inCopy(), await base.inDatabase()]).toEqual(said);
  });

  it("is refused where this host's copy has what the database has not", async () => {
    await base.send(aCall("msg:1"), aCall("msg:2"), aCall("msg:3"));
    const replica = newCopy();
    await base.inCopy(replica);
    await base.ledger.sql("delete from farthing.event where line like '%msg:1%'");
    const before = await base.rows();
    await expect(base.prune(T, { replica })).rejects.toThrow(
      /holds 3 lines of what is to go, and the database 2, .*delete the folder/,
    );
    expect(await base.rows()).toEqual(before);
    expect(await base.prune()).toMatchObject({ requests: 2 });
  });

  it("is done by farthing_pruner, who can change nothing else, and by nobody who reads, writes or rolls up", async () => {
    const { sql, url } = base.ledger;
    await base.send(aCall("msg:1"));
    const logins = new Map<string, string>();
    for (const role of ["writer", "reader", "roller", "pruner"]) {
      const { user, password } = await server().newLogin();
      await sql(`grant farthing_${role} to ${user}`);
      if (role === "pruner") await sql(`grant farthing_reader to ${user}`);
      logins.set(role, server().urlOf(url, user, password));
    }
    const before = await base.rows();
    for (const role of ["writer", "reader", "roller"]) {
      const as = { url: logins.get(role) ?? "" };
      await expect(base.prune(T, as), role).rejects.toThrow(/permission denied.*grant its user farthing_pruner/);
      const client = await connected(as.url);
      for (const table of ["event", "outbox", "prune", "pruned_id"]) {
        await expect(client.query(`delete from farthing.${table}`), role).rejects.toThrow(/permission denied/);
      }
    }
    expect(await base.rows()).toEqual(before);
    const pruner = await connected(logins.get("pruner") ?? "");
    for (const statement of [
      "update farthing.event set line = '{}'",
      "delete from farthing.prune",
      "delete from farthing.pruned_id",
      "delete from farthing.spend_delta",
      "insert into farthing.setting (version, settings) values (9, '{}')",
      "truncate farthing.event",
    ]) {
      await expect(pruner.query(statement), statement).rejects.toThrow(/permission denied/);
    }
    expect(await base.prune(T, { url: logins.get("pruner") ?? "" })).toMatchObject({ requests: 1 });
  });

  it("puts nothing into the default partition, which is looked through for each month that is made", async () => {
    await base.send(aCall("msg:1"));
    const ofNoMonth = "select count(*)::int from farthing.event_other where month = 0";
    expect(await base.prune()).toMatchObject({ rollups: 1 });
    expect(await base.ledger.sql(ofNoMonth)).toEqual([{ count: 0 }]);
    expect(await base.ledger.sql("select month from farthing.event_sums")).toEqual([{ month: 0 }]);
  });

  it("keeps a partition that somebody vacuums, makes an index of, or would have to wait for, and all others go on", async () => {
    const { sql, url } = base.ledger;
    await sql(PARTITION);
    const busy = new pg.Client(url);
    await busy.connect();
    for (const table of ["event_202504", "event_other"]) {
      const calls = [1, 2, 3, 4].map((number) => aCall(`msg:${table}/${String(number)}`, "2025-04-01"));
      await base.send(...calls, aPriceSet({ occurredAt: "2025-04-03T00:00:00.000Z" }));
      await busy.query(`begin; lock table farthing.${table} in share update exclusive mode`);
      const began = performance.now();
      expect(await base.prune(), table).toMatchObject({ requests: 4, partitions: 0 });
      expect(performance.now() - began).toBeLessThan(20_000);
      await busy.query("commit");
    }
    await busy.end();
    await base.send(...[1, 2, 3, 4].map((number) => aCall(`msg:${String(number)}`, "2025-04-01")));
    expect(await base.prune()).toMatchObject({ requests: 4, partitions: 1 });
  });

  it("moves no more than 50,000 rows out of partitions, for writers wait", async () => {
    await base.ledger.sql(PARTITION);
    await base.ledger.sql(`insert into farthing.event (id_hash, digest, month, ordinal, line)
      select number, md5(number::text)::uuid, 202504, number, '{}' from generate_series(1, 50001) number`);
    const database = await connect(parsePostgresUrl(base.ledger.url));
    const drop = async (): Promise<number> =>
      database.inTransaction((query) => dropPartitions(query, new Map([["202504", 1_000_000]]), 202505));
    expect(await drop()).toBe(0);
    await base.ledger.sql("delete from farthing.event where ordinal > 5");
    expect(await drop()).toBe(1);
    const [left] = await base.ledger.sql("select array_agg(ordinal order by 1) as moved from farthing.event_sums");
    expect(left).toEqual({ moved: [1, 2, 3, 4, 5] });
    await database.end();
  });

  it("drops partitions of which little is left, and what hosts said of themselves, but for the newest", async () => {
    const url = await server().newDatabase();
    const database = await connect(parsePostgresUrl(url));
    await migrate(database, { newUuid: randomUUID, now: () => Date.parse("2025-06-15") });
    await database.query(`insert into farthing.outbox (outbox, reported_at, host, forwarded, waiting) values
      ('a', '2025-05-01', 'a', 1, 0), ('a', '2025-05-02', 'a', 2, 0), ('b', '2025-05-01', 'b', 1, 0),
      ('b', '2025-07-01', 'b', 2, 0), ('c', '2025-05-01', 'c', 1, 1), ('c', '2025-07-01', 'c', 2, 0)`);
    const behind = (hosts: string): Promise<unknown> =>
      database.query(`insert into farthing.outbox (outbox, reported_at, host, forwarded, waiting)
        select host, '2025-07-02', host, 1, 7 from string_to_table('${hosts}', ' ') host`);
    const other = new PrunedDatabase({ ...base.ledger, url });
    const others = [aPriceSet({ occurredAt: "2025-04-03T00:00:00.000Z" }), aCall("msg:new", "2025-06-02")];
    const calls = [1, 2, 3, 4, 5].map((number) => aCall(`msg:${String(number)}`, "2025-04-01"));
    await other.send(
      ...calls,
      aCall("msg:6", "2025-03-01"),
      aPriceSet({ occurredAt: "2025-03-03T00:00:00.000Z" }),
      ...others,
    );
    const replica = newCopy();
    const before = await other.inCopy(replica);
    const home = emptyFolder();
    const run = async (...args: string[]): Promise<string> => {
      const { stdout, stderr } = await runCli(["prune", "--ledger", url, ...args], { home });
      return stdout + stderr;
    };
    expect(await run("--before", "2025-06-01", "--dry-run")).toMatch(
      /^would prune .* 6 requests, now 2 sums; .* 6 rows, [^(]*$/s,
    );
    await behind("web1");
    expect(await run("--before", "2025-06-01", "--dry-run")).toContain(
      "  behind    1 host has events that are not here yet (web1); what they say of pruned requests will not count",
    );
    await behind("web2 web3 web4 web5");
    expect(await run("--before", "2025-06-01", "--dry-run")).toContain(
      "5 hosts have events that are not here yet (web1, web2, web3, and 2 more); what",
    );
    const said = JSON.parse(await run("--before", "2025-06-01", "--format", "json"));
    // Of March as much is left as went.
    expect(said).toMatchObject({ dryRun: false, requests: 6, rollups: 2, rows: 6, partitions: 1, hostReports: 3 });
    expect(said).toMatchObject({ hostsBehind: ["web1", "web2", "web3", "web4", "web5"] });
    const partitions = await database.query(
      "select to_regclass('farthing.event_202503'), to_regclass('farthing.event_202504')",
    );
    expect(partitions.rows).toEqual([["farthing.event_202503", null]]);
    await other.send(...calls, ...others);
    expect(await other.inCopy(replica)).toEqual(before);
    expect(
      (await database.query("select outbox, forwarded from farthing.outbox where waiting = 0 order by 1")).rows,
    ).toEqual([
      ["a", "2"],
      ["b", "2"],
      ["c", "2"],
    ]);
    await other.send(aCall("msg:late", "2025-04-01"));
    expect(await run("--before", "2025-06-01")).toMatch(/pruned what was before .* 1 request, now 1 sum.* 6 rows/s);
    expect(await run()).toMatch(/name --before TIME; disk-limit-bytes is of ledgers in folders/);
    await database.end();
  });
});

function closing(store: PostgresEventStore): PostgresEventStore & AsyncDisposable {
  return Object.assign(store, { [Symbol.asyncDispose]: () => store.close() });
}

const PARTITION = "create table farthing.event_202504 partition of farthing.event for values from (202504) to (202505)";
