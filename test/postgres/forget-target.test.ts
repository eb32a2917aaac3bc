import { readdirSync } from "node:fs";
import { join } from "node:path";
import { openLedger, type Ledger } from "@farthing/ledger";
import { forgetTarget, forgottenTargets, forwardLedger, forwardStatuses } from "@farthing/ledger/postgres";
import { expect, it, onTestFinished } from "vitest";
import { runCli, type CliResult } from "../support/run-cli.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { FakeDatabase, requests } from "./bounded-outbox.ts";

const [RIGHT, TYPO] = ["postgres://db.internal/usage", "postgres://db.internl/usage"];

async function aFolder(count: number): Promise<Ledger> {
  const ledger = await openLedger(join(temporaryFolder(), "ledger"), { mode: "write", create: true });
  onTestFinished(() => ledger.close());
  await ledger.append(requests(1, count));
  return ledger;
}

/** Forwards it once; whether that was possible shows in the state that is left. */
async function forwardOnce(ledger: Ledger, url: string, database: FakeDatabase): Promise<void> {
  const { loadPg } = database;
  const forwarding = await forwardLedger(ledger, { url, loadPg, pollMs: 3_600_000, onError: () => undefined });
  await forwarding.flush().catch(() => undefined);
  await forwarding.close();
}

function away(): FakeDatabase {
  const database = new FakeDatabase();
  database.isAway = true;
  return database;
}

async function forget({ path }: Ledger, ...flags: readonly string[]): Promise<CliResult> {
  return runCli(["forward", "--ledger", path, "--format", "json", ...flags]);
}

interface Check {
  readonly check: string;
  readonly status: string;
  readonly finding: string;
}

async function checksOf({ path }: Ledger): Promise<readonly Check[]> {
  const { stdout } = await runCli(["doctor", "--ledger", path, "--format", "json"]);
  const { checks } = JSON.parse(stdout) as { checks: readonly Check[] };
  return checks.filter(({ check }) => check === "forwarding");
}

async function findings(ledger: Ledger): Promise<readonly string[]> {
  return (await checksOf(ledger)).map(({ status, finding }) => `${status} ${finding}`);
}

it("a database that was mistyped is forgotten where everything is in another one", async () => {
  const folder = await aFolder(3);
  await forwardOnce(folder, TYPO, away());
  await forwardOnce(folder, RIGHT, new FakeDatabase());
  expect(await findings(folder)).toEqual([
    expect.stringMatching(/^ok to postgres:\/\/db\.internal/),
    expect.stringMatching(/^note to postgres:\/\/db\.internl.*0 forwarded, 3 behind.*; all of it is in .*internal/),
  ]);
  await folder.append(requests(4, 1));
  expect(await findings(folder), "something is in neither").toContainEqual(
    expect.stringMatching(/^attention .*internl/),
  );
  await forwardOnce(folder, RIGHT, new FakeDatabase());
  const { stdout } = await forget(folder, "--forget", TYPO.replace("//", "//shop:s3cret@"));
  expect(JSON.parse(stdout)).toMatchObject({ to: TYPO, forwarded: 0, waiting: 0, forgotten: true });
  expect(await findings(folder)).toEqual([expect.stringMatching(/^ok to postgres:\/\/db\.internal/)]);
  expect((await forget(folder, "--forget", TYPO)).stderr).toMatch(
    /is not forwarded to .*internl.*; it is to .*internal/,
  );
});

it("nothing is said to wait, nor to be better forgotten, of a database that has everything and refused the last try", async () => {
  const folder = await aFolder(3);
  const database = new FakeDatabase();
  await forwardOnce(folder, RIGHT, database);
  database.isAway = true;
  database.failure = new Error("The server does not support SSL connections");
  await forwardOnce(folder, `${RIGHT}?sslmode=require`, database);
  const check = expect.stringMatching(/3 recorded, 3 forwarded, 0 behind.*; the last try failed: The server does not/);
  expect(await findings(folder)).toEqual([expect.stringMatching(/^note /)]);
  expect(await checksOf(folder)).toEqual([
    { check: "forwarding", status: "note", finding: check, next: expect.stringMatching(/^nothing waits; see the URL/) },
  ]);
});

it("a database is not forgotten where events are in no other one, unless that is forced and remembered", async () => {
  const folder = await aFolder(2);
  const retired = new FakeDatabase();
  await forwardOnce(folder, RIGHT, retired);
  await forwardOnce(folder, TYPO, away());
  await folder.append(requests(3, 2));
  retired.isAway = true;
  await forwardOnce(folder, RIGHT, retired);
  const refused = await forget(folder, "--forget", RIGHT);
  expect([refused.exitCode, refused.stdout]).toEqual([3, ""]);
  expect(refused.stderr).toMatch(/was not forgotten: 2 events of .* are in no database.*--force/);
  expect(await forwardStatuses(folder.path), "and nothing was changed").toMatchObject([
    { to: RIGHT, forwarded: 2, waiting: 2 },
    { to: TYPO, waiting: 4 },
  ]);
  const forced = await runCli(["forward", "--ledger", folder.path, "--forget", RIGHT, "--force"]);
  expect(forced.stdout).toMatch(/is not forwarded to .*\n +there +2 events\n +nowhere +2, which stay in the folder/);
  await forgetTarget(folder.path, { to: TYPO, force: true });
  expect(await findings(folder)).toEqual([
    expect.stringMatching(/^note .*internal.* was forgotten .* 2 events of this folder were in no database/),
    expect.stringMatching(/^note .*internl.* 2 events/),
  ]);
  expect((await folder.spend()).total.requests, "all is there").toBe(4);
  const another = new FakeDatabase();
  another.ledger = "another";
  await forwardOnce(folder, "postgres://db.internal/other", another);
  expect(another.events()).toHaveLength(4);
  expect(await forgottenTargets(folder.path), "nothing is missing any more").toEqual([]);
});

it("a database is forgotten where everything is in one that was forgotten before", async () => {
  const folder = await aFolder(10);
  const [whole, part] = [new FakeDatabase(), new FakeDatabase()];
  part.ledger = "part";
  await forwardOnce(folder, TYPO, whole);
  await forgetTarget(folder.path, { to: TYPO });
  part.isAway = true;
  await forwardOnce(folder, RIGHT, part);
  const before = { isForgotten: true, waiting: 0 };
  expect(await forgetTarget(folder.path, { to: RIGHT })).toMatchObject(before);
  expect(await forgottenTargets(folder.path)).toEqual([]);
});

it("a database that was forgotten is one again when it is forwarded to, from where that was", async () => {
  const folder = await aFolder(2);
  const database = new FakeDatabase();
  await forwardOnce(folder, RIGHT, database);
  await forgetTarget(folder.path, { to: RIGHT });
  expect(await forwardStatuses(folder.path)).toEqual([]);
  await forwardOnce(folder, RIGHT, database);
  expect(await forwardStatuses(folder.path)).toMatchObject([{ to: RIGHT, forwarded: 2, waiting: 0 }]);
  expect(database.sent, "nothing is sent again").toHaveLength(2);
  await forgetTarget(folder.path, { to: RIGHT });
  await folder.append(requests(3, 1));
  database.isAway = true;
  await forwardOnce(folder, RIGHT, database);
  expect(await forwardStatuses(folder.path)).toMatchObject([
    { forwarded: 2, waiting: 1, error: "ECONNREFUSED: injected" },
  ]);
});

it("a database is not forgotten while a process forwards to it, nor with flags that contradict each other", async () => {
  const folder = await aFolder(1);
  const { loadPg } = new FakeDatabase();
  const forwarding = await forwardLedger(folder, { url: RIGHT, loadPg, pollMs: 3_600_000 });
  onTestFinished(() => forwarding.close());
  await forwarding.flush();
  await expect(forgetTarget(folder.path, { to: RIGHT })).rejects.toMatchObject({ code: "LEDGER_LOCKED" });
  expect(readdirSync(folder.path).filter((name) => /^forward-.*json$/.test(name))).toHaveLength(1);
  for (const flags of [[], ["--to", RIGHT, "--forget", RIGHT], ["--to", RIGHT, "--force"], ["--forget", "here"]]) {
    expect((await forget(folder, ...flags)).exitCode, flags.join(" ")).toBe(2);
  }
  for (const flag of ["--to", "--forget"]) {
    const env = { FARTHING_LEDGER: "postgres://shop:s3cret@127.0.0.1:1/usage" };
    const { exitCode, stderr } = await runCli(["forward", flag, RIGHT], { env });
    expect([exitCode, stderr], "of the folder that is a database's copy").toEqual([
      2,
      expect.stringMatching(/^farthing: FARTHING_LEDGER: postgres:\/\/127\.0\.0\.1:1\/usage is in .* name a folder/),
    ]);
  }
  expect((await forget(folder, "--forget", RIGHT, "--watch")).stderr).toMatch(/leave out --watch/);
});
