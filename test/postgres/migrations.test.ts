import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import { connect, migrate, migrateLedger, parsePostgresUrl } from "@farthing/ledger/postgres";
import { openLedger } from "@farthing/ledger";
import { setTimeout as wait } from "node:timers/promises";
import pg from "pg";
import { expect, it } from "vitest";
import { aRequestCompleted } from "../support/builders.ts";
import { describeWithAnyPostgres, describeWithPostgres } from "../support/describe-with-postgres.ts";
import { connected, openShared } from "../support/shared-ledgers.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

describeWithAnyPostgres("migrating a database", (server) => {
  it("makes a ledger where there is none, and changes nothing the second time", async () => {
    const url = await server().newDatabase();
    await expect(openLedger({ url }, { mode: "read" })).rejects.toThrow(/farthing migrate/);
    const at = { newUuid: randomUUID, now: () => Date.parse("2026-11-22T00:00:00Z") };
    const first = await migrateLedger({ url }, at);
    expect(first).toMatchObject({ from: 0, newEra: false });
    expect(first.partitions).toContain("event_202611");
    expect(await migrateLedger({ url }, at)).toEqual({
      from: first.to,
      to: first.to,
      partitions: [],
      newEra: false,
      rightsRestored: false,
    });
    const later = { ...at, now: () => Date.parse("2026-12-02T00:00:00Z") };
    expect((await migrateLedger({ url }, later)).partitions).toHaveLength(1);
  });

  it("keeps what occurred outside all months that have partitions", async () => {
    const url = await server().newDatabase();
    const ledger = await openShared(url, "write", { create: true });
    const at = ["1999-12-31T23:59:59.999Z", "2026-11-01T00:00:00.000Z", "2101-01-01T00:00:00.000Z"];
    await ledger.append(at.map((occurredAt, index) => aRequestCompleted({ id: `msg:${String(index)}`, occurredAt })));
    await migrateLedger({ url }, { now: () => Date.parse("2100-12-22T00:00:00Z") });
    expect((await ledger.spend()).total.requests).toBe(3);
  });

  it("is refused by a release that is older than the tables, and asked for by one that is newer", async () => {
    const url = await server().newDatabase();
    const { to } = await migrateLedger({ url });
    const database = await connected(url);
    await database.query("insert into farthing.migration (version) values ($1)", [to + 1]);
    await expect(openLedger({ url }, { mode: "read" })).rejects.toMatchObject({ code: "LEDGER_FORMAT" });
    await database.query("delete from farthing.migration where version >= $1", [to]);
    await expect(openLedger({ url }, { mode: "read" })).rejects.toThrow(/farthing migrate/);
  });

  it("has an error without the password, whatever goes wrong", async () => {
    const wrong = [
      "postgres://ada:s3cret@127.0.0.1:1/usage",
      "postgres://ada:s3cret@no-such-host.invalid/usage",
      "postgres://ada:s3cret@127.0.0.1:99999/usage",
      "postgres://ada:s3cret@[bad/usage",
      "postgres://ada:s3cret@127.0.0.1/usage?sslmode=verify-full&sslrootcert=/no/such/file",
      server().urlOf(await server().newDatabase(), "ada", "s3cret"),
      server().urlOf("postgres://127.0.0.1/none", "ada", "s3cret"),
    ];
    for (const url of wrong) {
      const error: unknown = await openLedger({ url, replica: temporaryFolder() }, { mode: "read" }).then(
        (ledger) => ledger.close(),
        (thrown: unknown) => thrown,
      );
      expect(error, url).toBeInstanceOf(Error);
      expect(inspect(error, { depth: 10, showHidden: true }), url).not.toContain("s3cret");
    }
  });
});

describeWithPostgres("migrating a database that is in use", { isOrdinary: true }, (server) => {
  it("makes no partition rather than have everybody wait", async () => {
    const url = await server().newDatabase();
    await migrateLedger({ url }, { now: () => Date.parse("2026-11-22T00:00:00Z") });
    const reader = new pg.Client({ connectionString: url });
    await reader.connect();
    await reader.query("begin; select count(*) from farthing.event");
    const later = { now: () => Date.parse("2027-01-22T00:00:00Z") };
    expect(await migrateLedger({ url }, later)).toMatchObject({ partitions: [] });
    await reader.query("commit");
    await reader.end();
    expect((await migrateLedger({ url }, later)).partitions).toHaveLength(2);
  });
});

describeWithPostgres("a database that asks for a password", { isOrdinary: true }, (server) => {
  it("is told of at once where there is none, with what to do", async () => {
    const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
    const url = new URL(await server().newDatabase());
    const before = sockets();
    url.password = "";
    const database = await connect(parsePostgresUrl(url.href));
    await expect(database.query("select 1")).rejects.toThrow(/asks for a password.*PGPASSWORD/);
    await database.end();
    await wait(50);
    expect(sockets(), "what would keep the process until the server gives up").toBeLessThanOrEqual(before);
  });
});

describeWithPostgres("migrating a database from forty hosts at once", { isOrdinary: true }, (server) => {
  it("is done once", async () => {
    const url = await server().newDatabase();
    const all = await Promise.all(
      Array.from({ length: 40 }, async () => {
        const database = await connect(parsePostgresUrl(url), { connections: 1 });
        try {
          return await migrate(database, { newUuid: randomUUID, now: Date.now });
        } finally {
          await database.end();
        }
      }),
    );
    expect(all.filter(({ from }) => from === 0)).toHaveLength(1);
    const database = await connected(url);
    expect((await database.query("select count(*) from farthing.ledger")).rows).toEqual([["1"]]);
  });
});
