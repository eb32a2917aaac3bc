import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { openLedger, type Ledger, type OpenLedgerOptions, type SharedLedger } from "@farthing/ledger";
import { connect, parsePostgresUrl } from "@farthing/ledger/postgres";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { inAnotherProcess } from "../support/another-process.ts";
import { aRequestCompleted } from "../support/builders.ts";
import { openConnectionCutter, type ConnectionCutter } from "../support/cut-connections.ts";
import { eventsOf } from "../support/describe-event-store.ts";
import { describeWithAnyPostgres, describeWithPostgres } from "../support/describe-with-postgres.ts";
import { openShared, ReusedLedger, withTables } from "../support/shared-ledgers.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { FakeDatabase, requests } from "./bounded-outbox.ts";

const URL_OF_FAKE = "postgres://writer:s3cret@db.internal:5432/usage?sslmode=disable";

let home: string;

beforeEach(() => {
  home = temporaryFolder();
  vi.stubEnv("XDG_STATE_HOME", join(home, "state"));
  vi.stubEnv("XDG_CACHE_HOME", join(home, "cache"));
});

const outboxesFolder = (): string => join(home, "state", "farthing", "outboxes");

function outboxes(): readonly string[] {
  return readdirSync(outboxesFolder());
}

async function opened(
  shared: SharedLedger,
  { onError = () => undefined, ...options }: Partial<OpenLedgerOptions> = {},
): Promise<Ledger> {
  const ledger = await openLedger(shared, { mode: "write", onError, ...options });
  onTestFinished(() => ledger.close());
  return ledger;
}

function ofFake(database: FakeDatabase, url = URL_OF_FAKE): SharedLedger {
  return { url, loadPg: database.loadPg };
}

function away(): FakeDatabase {
  const database = new FakeDatabase();
  database.isAway = true;
  return database;
}

async function recordAndClose(shared: SharedLedger, ...events: Parameters<Ledger["record"]>[0][]): Promise<void> {
  const ledger = await opened(shared);
  for (const event of events) ledger.record(event);
  await ledger.close();
}

/** Leaves what is known of how far a folder was forwarded as it was written then. */
function writtenByAnEarlierRelease(outbox: string): void {
  const [kept = ""] = readdirSync(outbox).filter((name) => /^forward-.*json$/.test(name));
  const { to, ...state } = JSON.parse(readFileSync(join(outbox, kept), "utf8")) as { to: string };
  rmSync(join(outbox, kept));
  rmSync(join(outbox, "outbox.json"));
  writeFileSync(join(outbox, "forward.json"), JSON.stringify({ [to]: state }));
}

const idsOf = (database: FakeDatabase): readonly string[] => database.sent.map(({ id }) => id).sort();

it.skipIf(process.platform === "win32")("a user's outboxes are for nobody else to look into", async () => {
  await recordAndClose(ofFake(new FakeDatabase()), aRequestCompleted({ id: "msg:1" }));
  expect(statSync(outboxesFolder()).mode & 0o777).toBe(0o700);
});

describe("a ledger in a database that is away", () => {
  it("is opened to write, and records; what needs the database says that it is away", async () => {
    const database = away();
    const ledger = await opened(ofFake(database));
    ledger.record(aRequestCompleted({ id: "msg:1" }));
    await ledger.flush();
    const isAway = { code: "LEDGER_UNAVAILABLE", isRefusal: false };
    await expect(ledger.append(requests(2, 1))).rejects.toMatchObject(isAway);
    await expect(ledger.spend()).rejects.toMatchObject(isAway);
    await expect(ledger.view()).rejects.toMatchObject(isAway);
    await expect(ledger.find(["msg:1"])).rejects.toMatchObject(isAway);
    await expect(eventsOf(ledger)).rejects.toMatchObject(isAway);
    await expect(ledger.settings.read()).rejects.toMatchObject(isAway);
    await expect(ledger.settings.patch({ timeZone: "Europe/Berlin" })).rejects.toMatchObject(isAway);
    expect(ledger.damage()).toEqual([]);
    expect(await ledger.labelToken("user", "ada")).toBe("ada");
    await (await ledger.document("import", { at: 0 })).write({ at: 1 });
    await ledger.close();
    expect(database.sent).toEqual([]);
    await expect(openLedger(ofFake(database), { mode: "read" })).rejects.toMatchObject(isAway);
  });

  it("is one that cannot be reached, starts, shuts down or has no room; any other refuses, and is told of at once", async () => {
    const database = away();
    const fail = (code: string, message = "says why", more: object = {}): void => {
      database.failure = Object.assign(new Error(message), { code, ...more });
    };
    for (const code of ["ENOTFOUND", "EHOSTUNREACH", "ETIMEDOUT", "57P01", "57P03", "53300", "08006", "XX000"]) {
      fail(code);
      await using ledger = await opened(ofFake(database));
      expect(ledger.mode).toBe("write");
    }
    for (const code of ["28P01", "28000", "3D000", "42501", "CERT_HAS_EXPIRED", "ERR_TLS_CERT_ALTNAME_INVALID"]) {
      fail(code);
      await expect(opened(ofFake(database)), code).rejects.toMatchObject({ isRefusal: true });
    }
    fail("08P01", "server login has been failing, try again later (server_login_retry)", { severity: "FATAL" });
    await (await opened(ofFake(database))).close();
    fail("08P01", "SASL authentication failed", { severity: "FATAL" });
    await expect(opened(ofFake(database))).rejects.toMatchObject({ isRefusal: true });
    fail("ENOENT", "no such file", { syscall: "open", path: "/etc/ssl/db.pem" });
    await expect(opened(ofFake(database))).rejects.toMatchObject({ isRefusal: true });
    fail("", "The server does not support SSL connections");
    await expect(opened(ofFake(database))).rejects.toMatchObject({ isRefusal: true });
    fail("3F000");
    await expect(opened(ofFake(database))).rejects.toMatchObject({ code: "LEDGER_NOT_FOUND" });
  });

  it("is not opened by whoever must have an answer, who leaves no folder behind", async () => {
    await expect(opened({ ...ofFake(away()), mustAnswer: true })).rejects.toMatchObject({ code: "LEDGER_UNAVAILABLE" });
    expect(() => outboxes()).toThrow(/ENOENT/);
  });

  it("sends what was recorded before the database ever answered, once, and is the same ledger from then on", async () => {
    const database = away();
    const first = await opened(ofFake(database));
    first.record(aRequestCompleted({ id: "msg:1" }));
    const [outbox = ""] = outboxes();
    expect(outbox, "says which database, and no secret").toMatch(/^db\.internal-5432-usage-[0-9a-f]{16}$/);
    expect(first.id, "until the database says it").not.toBe("shared");
    database.isAway = false;
    // With it the database is joined.
    await first.append(requests(2, 1));
    expect(first.id).toBe("shared");
    await first.close();
    await recordAndClose(ofFake(database), aRequestCompleted({ id: "msg:3" }));
    expect(idsOf(database)).toEqual(["msg:1", "msg:2", "msg:3"]);
    expect(outboxes(), "one for all of it").toEqual([outbox]);
    database.isAway = true;
    const later = await opened(ofFake(database));
    expect(later.id, "remembered").toBe("shared");
    expect(later.path).toBe(join(home, "cache", "farthing", "ledgers", "shared"));
  });

  it("sends what was recorded by a process that is gone before the database answered", async () => {
    const database = away();
    await recordAndClose(ofFake(database), aRequestCompleted({ id: "msg:1" }));
    database.isAway = false;
    await recordAndClose(ofFake(database));
    expect(idsOf(database)).toEqual(["msg:1"]);
    expect(outboxes(), "one for all of it").toHaveLength(1);
  });

  it("is recorded for in the outbox that an earlier release made, which is named after the ledger", async () => {
    const database = new FakeDatabase();
    await recordAndClose(ofFake(database), aRequestCompleted({ id: "msg:1" }));
    expect(outboxes()).toEqual(["shared"]);
    writtenByAnEarlierRelease(join(outboxesFolder(), "shared"));
    database.isAway = true;
    await recordAndClose(ofFake(database), aRequestCompleted({ id: "msg:2" }));
    database.isAway = false;
    await recordAndClose(ofFake(database), aRequestCompleted({ id: "msg:3" }));
    expect(outboxes()).toEqual(["shared"]);
    expect(idsOf(database)).toEqual(["msg:1", "msg:2", "msg:3"]);
  });

  it.each(["itself", "the next one"])(
    "leaves nothing behind in other outboxes where %s meets it again",
    async (meets) => {
      const database = new FakeDatabase();
      // As left by an earlier release that ended before it could send anything.
      await using old = await openLedger(join(outboxesFolder(), "shared"), { mode: "write", create: true });
      await old.append(requests(1, 1));
      await old.close();
      database.isAway = true;
      const ledger = await opened(ofFake(database));
      for (const event of requests(2, 1)) ledger.record(event);
      expect(outboxes()).toHaveLength(2);
      if (meets === "itself") database.isAway = false;
      await ledger.close();
      if (meets === "itself") expect(idsOf(database)).toEqual(["msg:1", "msg:2"]);
      database.isAway = false;
      await recordAndClose(ofFake(database), ...requests(3, 1));
      expect(idsOf(database)).toEqual(["msg:1", "msg:2", "msg:3"]);
    },
  );

  it.each(["was there", "was away"])(
    "is not taken for another one that answers in its place: first it %s",
    async (was) => {
      const [database, errors] = [new FakeDatabase(), [] as unknown[]];
      database.isAway = was === "was away";
      const first = await opened(ofFake(database));
      first.record(aRequestCompleted({ id: "msg:1" }));
      database.isAway = false;
      await first.close();
      expect(idsOf(database)).toEqual(["msg:1"]);
      const [outbox = ""] = outboxes();
      database.isAway = true;
      const ledger = await opened(ofFake(database), { onError: (error) => errors.push(error) });
      ledger.record(aRequestCompleted({ id: "msg:2" }));
      [database.ledger, database.isAway] = ["another", false];
      const refused = { code: "LEDGER_FORMAT" };
      await expect(ledger.spend()).rejects.toMatchObject(refused);
      await expect(ledger.append(requests(4, 1))).rejects.toMatchObject(refused);
      await expect(ledger.settings.patch({ timeZone: "Europe/Berlin" })).rejects.toMatchObject(refused);
      expect(database.changes, "nor told of this one's settings").toEqual([]);
      await ledger.close();
      expect(String(errors.at(-1))).toContain(`it waits in ${join(outboxesFolder(), outbox)}`);
      await recordAndClose(ofFake(database), ...requests(3, 1));
      expect(idsOf(database), "none of what was for the first").toEqual(["msg:1", "msg:3"]);
      database.ledger = "shared";
      await recordAndClose(ofFake(database));
      expect(idsOf(database)).toEqual(["msg:1", "msg:2", "msg:3"]);
    },
  );

  it("keeps labels that were personal when the database answered last from the disk", async () => {
    const database = new FakeDatabase();
    database.settings = { personalLabels: ["user"] };
    const labelled = (id: string) => aRequestCompleted({ id, labels: { user: "ada@example.com" } });
    database.isAway = true;
    await recordAndClose(ofFake(database), labelled("msg:1"));
    database.isAway = false;
    await recordAndClose(ofFake(database));
    database.isAway = true;
    await recordAndClose(ofFake(database), labelled("msg:2"));
    database.isAway = false;
    await recordAndClose(ofFake(database));
    expect(idsOf(database)).toEqual(["msg:1", "msg:2"]);
    expect(JSON.stringify(database.sent), "no value leaves the host").not.toContain("ada@");
    const [outbox = ""] = outboxes();
    const segments = join(outboxesFolder(), outbox, "segments");
    const lines = readdirSync(segments).flatMap((name) => readFileSync(join(segments, name), "utf8").split("\n"));
    expect(
      lines.filter((line) => line.includes("ada@")),
      "recorded before anybody said so",
    ).toHaveLength(1);
  });
});

describeWithAnyPostgres("a database that cannot be reached at first", (server) => {
  const reused = new ReusedLedger(server);

  async function aCutter(): Promise<ConnectionCutter> {
    const cutter = await openConnectionCutter(server().url);
    onTestFinished(() => cutter[Symbol.asyncDispose]());
    return cutter;
  }

  it("has everything once when it is there, of two processes that were opened before", async () => {
    const url = await reused.empty();
    const cutter = await aCutter();
    cutter.refuse(true);
    const reached = cutter.through(url);
    const values = { url: reached, events: requests(1, 3) };
    const other = inAnotherProcess(
      values,
      `const ledger = await openLedger({ url }, { mode: "write", onError: () => undefined });
      for (const event of events) ledger.record(event);
      await ledger.close();`,
    );
    const ledger = await opened({ url: reached });
    for (const event of requests(3, 3)) ledger.record(event);
    await ledger.flush();
    expect(await other).toMatchObject({ exitCode: 0, stderr: "" });
    cutter.refuse(false);
    while ((await ledger.spend()).total.requests < 5) await wait(50);
    await ledger.close();
    const shared = await openShared(url, "read");
    expect((await eventsOf(shared)).map(({ id }) => id).sort()).toEqual(requests(1, 5).map(({ id }) => id));
  });

  it("is not waited for where it takes connections and never answers", async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const address = silent.address();
    const port = typeof address === "object" ? String(address?.port) : "";
    const begun = performance.now();
    const url = `postgres://writer@127.0.0.1:${port}/usage`;
    const ledger = await openLedger({ url }, { mode: "write", onError: () => undefined });
    expect(performance.now() - begun).toBeLessThan(4000);
    expect(performance.now() - begun).toBeGreaterThan(1500);
    ledger.record(aRequestCompleted({ id: "msg:1" }));
    await ledger.flush();
    const database = await connect(parsePostgresUrl(url));
    const asked = database.query("select 1");
    const ending = performance.now();
    await Promise.all([expect(asked).rejects.toMatchObject({ code: "LEDGER_UNAVAILABLE" }), database.end()]);
    expect(performance.now() - ending, "nor by whoever is done with it").toBeLessThan(2000);
    silent.close();
    for (const socket of sockets) socket.destroy();
    await ledger.close();
  });

  it("is told of at once where it answers and refuses: a password, a database or a ledger that is not there", async () => {
    const url = await reused.empty();
    const refused = async (wrong: string): Promise<object> => {
      const error: unknown = await openLedger({ url: wrong }, { mode: "write" }).catch((thrown: unknown) => thrown);
      return error as object;
    };
    const wrongPassword = new URL(url);
    wrongPassword.password = "s3cret-w0rd";
    expect(await refused(wrongPassword.href)).toMatchObject({ code: "LEDGER_UNAVAILABLE", isRefusal: true });
    const noDatabase = new URL(url);
    noDatabase.pathname = "/nowhere";
    expect(await refused(noDatabase.href)).toMatchObject({ code: "LEDGER_UNAVAILABLE", isRefusal: true });
    expect(await refused(await server().newDatabase())).toMatchObject({ code: "LEDGER_NOT_FOUND" });
    expect(() => outboxes(), "nothing was made").toThrow(/ENOENT/);
  });
});

describeWithPostgres("a server that is down when its ledger is opened", { isAlone: true }, (server) => {
  it("has everything once after it was started", async () => {
    const url = await withTables(await server().newDatabase());
    await server().kill();
    const ledger = await opened({ url });
    for (const event of requests(1, 50)) ledger.record(event);
    await ledger.flush();
    await server().start();
    await ledger.append(requests(51, 1));
    await ledger.close();
    expect(await eventsOf(await openShared(url, "read"))).toHaveLength(51);
  });
});
