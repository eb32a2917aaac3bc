import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openLedger } from "@farthing/ledger";
import { beforeEach, expect, it, vi } from "vitest";
import { aRequestCompleted } from "../support/builders.ts";
import { describeWithAnyPostgres } from "../support/describe-with-postgres.ts";
import { runCli } from "../support/run-cli.ts";
import { connected, ReusedLedger } from "../support/shared-ledgers.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { FakeDatabase } from "./bounded-outbox.ts";

interface Doctor {
  readonly checks: readonly { readonly check: string; readonly status: string; readonly finding: string }[];
  readonly outboxes: readonly { readonly path: string; readonly waiting: number }[] | null;
}

describeWithAnyPostgres("farthing doctor of a ledger in a database", (server) => {
  const reused = new ReusedLedger(server);
  let env: Readonly<Record<string, string>> = {};

  beforeEach(() => {
    const home = temporaryFolder();
    env = { XDG_STATE_HOME: join(home, "state"), XDG_CACHE_HOME: join(home, "cache") };
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  });

  const outboxesFolder = (): string => join(String(env["XDG_STATE_HOME"]), "farthing", "outboxes");

  /** Records by the URL, and ends. */
  async function record(url: string, id: string, loadPg?: FakeDatabase["loadPg"]): Promise<void> {
    const shared = loadPg === undefined ? { url } : { url, loadPg };
    await using ledger = await openLedger(shared, { mode: "write", onError: () => undefined });
    ledger.record(aRequestCompleted({ id }));
  }

  async function diagnose(url: string): Promise<Doctor & { readonly forwarding: readonly string[] }> {
    const { stdout } = await runCli(["doctor", "--ledger", url, "--format", "json"], { env });
    const document = JSON.parse(stdout) as Doctor;
    const found = document.checks.filter(({ check }) => check === "forwarding");
    return { ...document, forwarding: found.map(({ status, finding }) => `${status} ${finding}`) };
  }

  function refusing(): FakeDatabase {
    const database = new FakeDatabase();
    database.isAway = true;
    return database;
  }

  it("looks into this user's own outboxes: what is there, what waits, what was refused", async () => {
    const url = await reused.empty();
    expect(await diagnose(url)).toMatchObject({ forwarding: [], outboxes: [] });
    await record(url, "msg:1");
    const [outbox = ""] = readdirSync(outboxesFolder());
    expect((await diagnose(url)).forwarding).toEqual([
      expect.stringMatching(new RegExp(`^ok .*${outbox} to postgres.*: 1 recorded, 1 forwarded, 0 behind`)),
    ]);
    await record(url, "msg:2", refusing().loadPg);
    expect((await diagnose(url)).forwarding).toEqual([
      expect.stringMatching(/^attention .*: 2 recorded, 1 forwarded, 1 behind; .*; ECONNREFUSED: injected$/),
    ]);
    expect((await diagnose(url)).outboxes).toMatchObject([{ path: join(outboxesFolder(), outbox), waiting: 1 }]);
  });

  it("looks into what was recorded before the database ever answered, and into no other ledger's outbox", async () => {
    const url = await reused.empty();
    await record("postgres://ada@db.internal/another", "msg:0", refusing().loadPg);
    await record(url, "msg:1", refusing().loadPg);
    const { forwarding } = await diagnose(url);
    expect(forwarding).toEqual([expect.stringMatching(/^attention .*: 1 recorded, 0 forwarded, 1 behind; last never/)]);
    for (const name of readdirSync(outboxesFolder())) {
      writeFileSync(join(outboxesFolder(), name, "forward-0123456789abcdef.json"), "no JSON");
    }
    expect((await diagnose(url)).forwarding, "one that is damaged").toEqual([
      expect.stringMatching(/^attention .*forward-0123456789abcdef\.json/),
    ]);
  });

  it("shows each host that needs attention, and counts the others that it has no room for", async () => {
    const url = await reused.empty();
    const database = await connected(url);
    const insert = (name: string, waiting: number, reported: string): string =>
      `insert into farthing.outbox (outbox, host, forwarded, waiting, reported_at)
       select gen_random_uuid(), '${name}' || n, 5, ${String(waiting)}, ${reported} from generate_series(1, 8) n`;
    await database.query(insert("lost-", 2, "timestamptz '2026-11-22 02:00Z'"));
    await database.query(insert("well-", 0, "timestamptz '2026-11-22 11:59Z'"));
    const { exitCode, stdout } = await runCli(["doctor", "--ledger", url], { env });
    expect(exitCode).toBe(1);
    expect(stdout.match(/!! {2}hosts +lost-\d/g)).toHaveLength(8);
    expect(stdout).not.toContain("well-");
    expect(stdout).toContain("and 8 more: --format json");
  });

  it("says what waits here where the database is away", async () => {
    const url = "postgres://ada:s3cret@127.0.0.1:1/usage";
    mkdirSync(outboxesFolder(), { recursive: true });
    const alone = await runCli(["doctor", "--ledger", url], { env });
    expect(alone.stderr).toMatch(
      /ECONNREFUSED 127\.0\.0\.1:1; nothing listens there: see whether the server runs, .* port of the URL\n$/,
    );
    await record(url, "msg:1", refusing().loadPg);
    const { exitCode, stderr } = await runCli(["doctor", "--ledger", url], { env });
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(
      /ECONNREFUSED.*; what waits for it here: 1 event in .*farthing\/outboxes\/127\.0\.0\.1-1-usage-/,
    );
    expect(stderr).not.toContain("s3cret");
    for (const folder of readdirSync(outboxesFolder())) {
      const [kept = ""] = readdirSync(join(outboxesFolder(), folder)).filter((name) => /^forward-.*json$/.test(name));
      writeFileSync(join(outboxesFolder(), folder, kept), "no JSON");
    }
    expect((await runCli(["doctor", "--ledger", url], { env })).stderr, "one that is damaged").toMatch(
      /; what waits for it here: nobody can tell what is in .*127\.0\.0\.1-1-usage-.*\(.*forward-.*\.json/,
    );
  });

  it("says of an outbox that was forgotten what is there, and that it was forgotten", async () => {
    const url = await reused.empty();
    await record(url, "msg:1");
    const path = join(outboxesFolder(), readdirSync(outboxesFolder())[0] ?? "");
    const forget = ["forward", "--ledger", path, "--force", "--forget", url];
    expect((await runCli(forget, { env })).exitCode).toBe(0);
    expect((await diagnose(url)).forwarding).toEqual([
      expect.stringMatching(/^note .*: 1 recorded, 1 forwarded, 0 behind; last .*; forgotten .* ago$/),
    ]);
    await record(url, "msg:2", refusing().loadPg);
    expect((await runCli(forget, { env })).exitCode).toBe(0);
    const { checks, outboxes } = await diagnose(url);
    expect(outboxes).toMatchObject([{ forwarded: 1, waiting: 1, forgottenAt: expect.any(String) as string }]);
    expect(checks).toContainEqual(
      expect.objectContaining({ next: `to send them after all: farthing forward --ledger ${path} --to URL` }),
    );
  });
});

it("a ledger in a folder has no outboxes", async () => {
  const path = join(temporaryFolder(), "ledger");
  await using ledger = await openLedger(path, { mode: "write", create: true });
  await ledger.append([aRequestCompleted({ id: "msg:1" })]);
  const { stdout } = await runCli(["doctor", "--ledger", path, "--format", "json"]);
  expect(JSON.parse(stdout)).toMatchObject({ outboxes: null, forgotten: [] });
});
