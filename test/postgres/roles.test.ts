import { connect, forwardLedger, migrateLedger, parsePostgresUrl, updateReplica } from "@farthing/ledger/postgres";
import pg from "pg";
import { beforeAll, expect, it, onTestFinished, vi } from "vitest";
import { openLedger } from "@farthing/ledger";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { aRequestCompleted } from "../support/builders.ts";
import { describeWithAnyPostgres } from "../support/describe-with-postgres.ts";
import { connected, openShared, withTables } from "../support/shared-ledgers.ts";
import { runCli } from "../support/run-cli.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const DENIED = /permission denied/;
const TABLES = [
  "event",
  "event_other",
  "event_sums",
  "ledger",
  "era",
  "setting",
  "outbox",
  "migration",
  "prune",
  "pruned_id",
];

describeWithAnyPostgres("the roles of a ledger in a database", (server) => {
  let url = "";
  let [writer, reader, both, nobody] = ["", "", "", ""];

  beforeAll(async () => {
    const postgres = server();
    const superuser = await connect(parsePostgresUrl(postgres.url));
    for (const role of ["farthing_writer", "farthing_reader", "farthing_roller", "farthing_pruner"]) {
      const { count } = await superuser.query("select from pg_roles where rolname = $1", [role]);
      if (count === 0) await superuser.query(`create role ${role} nologin`);
    }
    url = await withTables(await postgres.newDatabase(await postgres.newLogin()));
    const logins = await Promise.all([1, 2, 3, 4].map(() => postgres.newLogin()));
    [writer = "", reader = "", both = "", nobody = ""] = logins.map(({ user, password }) =>
      postgres.urlOf(url, user, password),
    );
    const [w = "", r = "", b = ""] = logins.map(({ user }) => user);
    await superuser.query(`grant farthing_writer to ${w}, ${b}`);
    await superuser.query(`grant farthing_reader to ${r}, ${b}`);
    await superuser.end();
  });

  async function refused(as: string, statement: string): Promise<void> {
    const client = new pg.Client({ connectionString: as });
    await client.connect();
    try {
      await expect(client.query(statement), statement).rejects.toThrow(DENIED);
    } finally {
      await client.end();
    }
  }

  it("let a writer insert events, and nothing else", async () => {
    const folder = join(temporaryFolder(), "ledger");
    {
      await using ledger = await openLedger(folder, { mode: "write", create: true });
      await using forwarding = await forwardLedger(ledger, { url: writer });
      await ledger.append([aRequestCompleted({ id: "msg:1" })]);
      await forwarding.flush();
    }
    for (const table of TABLES) {
      await refused(writer, `select * from farthing.${table}`);
      await refused(writer, `update farthing.${table} set ${COLUMN_OF[table] ?? "id"} = default`);
      await refused(writer, `delete from farthing.${table}`);
      await refused(writer, `truncate farthing.${table}`);
    }
    for (const table of ["ledger", "era", "setting", "migration", "event_other", "event_sums"]) {
      await refused(writer, `insert into farthing.${table} select * from farthing.${table} where false`);
    }
    for (const [column, value] of [
      ["transaction", "'5'::xid8"],
      ["recorded_at", "'infinity'"],
      ["era", "9"],
    ]) {
      await refused(writer, `insert into farthing.event (${String(column)}) values (${String(value)})`);
    }
    await refused(writer, "insert into farthing.outbox (reported_at) values ('infinity')");
    await refused(writer, "create table farthing.mine ()");
    await expect(updateReplica({ url: writer }, { cache: temporaryFolder() })).rejects.toThrow(DENIED);
  });

  it("let a reader select, and nothing else", async () => {
    const ledger = await openShared(reader, "read");
    expect((await ledger.spend()).total.requests).toBe(1);
    for (const table of TABLES) {
      await refused(reader, `insert into farthing.${table} default values`);
      await refused(reader, `update farthing.${table} set ${COLUMN_OF[table] ?? "id"} = default`);
      await refused(reader, `delete from farthing.${table}`);
      await refused(reader, `truncate farthing.${table}`);
    }
    await refused(reader, "create table farthing.mine ()");
    const failures: unknown[] = [];
    const folder = join(temporaryFolder(), "ledger");
    await using local = await openLedger(folder, { mode: "write", create: true });
    await using forwarding = await forwardLedger(local, { url: reader, onError: (error) => failures.push(error) });
    await local.append([aRequestCompleted({ id: "msg:9" })]);
    await expect(forwarding.flush()).rejects.toThrow(/grant its user .*farthing_writer/);
  });

  it("are named where one is missing, and no other one, before anything is done", async () => {
    const ask = async (as: string, ...args: string[]): Promise<string> => {
      const { exitCode, stdout, stderr } = await runCli([...args, "--ledger", as], { home: temporaryFolder() });
      expect([exitCode, stdout]).toEqual([3, ""]);
      return stderr;
    };
    for (const [as, args, remedy] of [
      [reader, ["rollup"], "grant its user farthing_roller"],
      [writer, ["rollup"], "grant its user farthing_roller"],
      [writer, ["spend"], "grant its user farthing_reader"],
      [writer, ["close", "2026-10"], "grant its user farthing_reader"],
      [reader, ["prune", "--before", "2026-11-01"], "grant its user farthing_pruner"],
      [writer, ["prune", "--before", "2026-11-01"], "grant its user farthing_pruner"],
      [nobody, ["spend"], "grant its user farthing_reader"],
    ] as const) {
      expect(await ask(as, ...args), args[0]).toMatch(new RegExp(`permission denied .*; ${remedy}\n$`));
    }
    for (const as of [reader, writer, both]) {
      expect(await ask(as, "migrate")).toMatch(/; do this as the owner of its tables/);
      expect(await ask(as, "settings", "set", "time-zone", "Asia/Tokyo")).toMatch(
        /; do this as the owner of its tables/,
      );
    }
  });

  it("let whoever may only write record, and say what asking needs when something is asked", async () => {
    const ledger = await openShared(writer, "write");
    ledger.record(aRequestCompleted({ id: "msg:1" }));
    await expect(ledger.spend()).rejects.toThrow(/; grant its user farthing_reader$/);
    await expect(ledger.append([aRequestCompleted({ id: "msg:1" })])).rejects.toThrow(/farthing_reader$/);
    await expect(ledger.settings.patch({ timeZone: "Asia/Tokyo" })).rejects.toThrow(/as the owner of its tables/);
  });

  it("let a reader ask without a word, and refuse what writes before anything is begun", async () => {
    const home = temporaryFolder();
    const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    vi.stubEnv("XDG_STATE_HOME", join(home, "state"));
    onTestFinished(() => {
      said.mockRestore();
      vi.unstubAllEnvs();
    });
    for (const question of [["report"], ["spend"], ["doctor"], ["close", "2026-10", "--dry-run"]]) {
      expect(await runCli([...question, "--ledger", reader], { home }), question[0]).toMatchObject({ stderr: "" });
    }
    const { exitCode, stderr } = await runCli(["close", "2026-10", "--ledger", reader], { home });
    expect([exitCode, stderr]).toEqual([
      3,
      expect.stringMatching(/its user may read and not record; .* closing a month, needs farthing_writer too/),
    ]);
    await expect(openShared(reader, "write")).rejects.toMatchObject({ isRefusal: true });
    expect(existsSync(join(home, "state")), "no outbox").toBe(false);
    expect(said).not.toHaveBeenCalled();
  });

  it("let whoever has both append, and be told what became of each event; not change settings", async () => {
    const ledger = await openShared(both, "write");
    const [again, fresh] = [aRequestCompleted({ id: "msg:1" }), aRequestCompleted({ id: "msg:2" })];
    expect((await ledger.append([again, fresh])).map(({ outcome }) => outcome)).toEqual(["exists", "appended"]);
    await expect(ledger.settings.patch({ timeZone: "Asia/Tokyo" })).rejects.toThrow(DENIED);
    const owner = await openShared(url, "write");
    expect(await owner.settings.patch({ timeZone: "Asia/Tokyo" })).toMatchObject({ timeZone: "Asia/Tokyo" });
    expect(await ledger.settings.read()).toMatchObject({ timeZone: "Asia/Tokyo" });
  });

  it("let nobody insert a line that readers could not read", async () => {
    const client = new pg.Client({ connectionString: writer });
    await client.connect();
    const insert = "insert into farthing.event (id_hash, digest, month, ordinal, line) values (1, $1, 202611, $2, $3)";
    const digest = "00000000-0000-0000-0000-000000000001";
    await expect(client.query(insert, [digest, 1, '{"a":\n1}'])).rejects.toThrow(/check constraint/);
    await expect(client.query(insert, [digest, 1, "no event"])).rejects.toThrow(/check constraint/);
    await expect(client.query(insert, [digest, 0, "{}"])).rejects.toThrow(/check constraint/);
    await client.end();
  });

  it("tell a writer which labels it must not send, and no other setting", async () => {
    const owner = await openShared(url, "write");
    await owner.settings.patch({ personalLabels: ["user"], discountPercent: "12" });
    const told = async (as: string): Promise<unknown> =>
      JSON.parse(String((await (await connected(as)).query("select settings from farthing.joined()")).rows[0]?.[0]));
    expect(await told(writer)).toEqual({ personalLabels: ["user"] });
    expect(await told(reader)).toMatchObject({ personalLabels: ["user"], discountPercent: "12" });
    expect(await told(url)).toMatchObject({ discountPercent: "12" });
  });

  it("are given again what they may do by a migration, where a copy was restored without it", async () => {
    const owned = await withTables(await server().newDatabase());
    const database = await connected(owned);
    const roles = "farthing_writer, farthing_reader, farthing_roller, farthing_pruner";
    const given = async (): Promise<readonly unknown[]> => {
      const { rows } = await database.query(`select name, acl::text from (
          select relname as name, unnest(relacl) as acl from pg_class where relnamespace = 'farthing'::regnamespace
          union all select attname || ' of ' || attrelid::regclass, unnest(attacl) from pg_attribute
            where attrelid in (select oid from pg_class where relnamespace = 'farthing'::regnamespace)
          union all select proname, unnest(proacl) from pg_proc where pronamespace = 'farthing'::regnamespace
          union all select nspname, unnest(nspacl) from pg_namespace where nspname = 'farthing'
        
          -- Nobody asks for a partition by its own name.
        ) given where name !~ 'event_' order by 1, 2`);
      return rows;
    };
    const before = await given();
    expect(await migrateLedger({ url: owned })).toMatchObject({ rightsRestored: false });
    await database.query(`revoke all on all tables in schema farthing from ${roles}`);
    await database.query(
      `revoke all on function farthing.joined(), farthing.server_identity(), farthing.timeline() from ${roles}`,
    );
    await database.query(`revoke all on schema farthing from ${roles}`);
    expect(await given()).not.toEqual(before);
    expect(await migrateLedger({ url: owned })).toMatchObject({ rightsRestored: true });
    expect(await given()).toEqual(before);
  });

  it("let nobody else in", async () => {
    await refused(nobody, "select farthing.joined()");
    await refused(nobody, "select * from farthing.event");
    const database = await connected(nobody);
    await expect(database.query("select 1 from farthing.ledger")).rejects.toThrow(DENIED);
  });

  it("leave no statement of Farthing's own that updates, deletes or truncates", async () => {
    const ledger = await openShared(both, "write");
    ledger.record(aRequestCompleted({ id: "msg:3" }));
    await ledger.append([aRequestCompleted({ id: "msg:4" })]);
    await ledger.close();
    const owner = await connected(url);
    const counts = await owner.query(
      "select coalesce(sum(n_tup_upd + n_tup_del), 0) from pg_stat_all_tables where schemaname = 'farthing'",
    );
    expect(Number(counts.rows[0]?.[0])).toBe(0);
  });
});

/** A column of each table that could be set. */
const COLUMN_OF: Readonly<Record<string, string>> = {
  event: "line",
  event_other: "line",
  event_sums: "line",
  ledger: "id",
  era: "number",
  setting: "settings",
  outbox: "host",
  migration: "version",
  prune: "record",
  pruned_id: "prune",
};
