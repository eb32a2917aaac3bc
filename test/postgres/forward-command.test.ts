import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openLedger } from "@farthing/ledger";
import { expect, it, onTestFinished } from "vitest";
import { runCli, type CliResult } from "../support/run-cli.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { FakeDatabase, requests } from "./bounded-outbox.ts";

const TO = "postgres://shop:s3cret@db.internal/usage";
const NAME = "postgres://db.internal/usage";

/** A working folder with a ledger of some requests, in which the package `pg` reaches a database of the test. */
async function aFolder(database: FakeDatabase, count = 3): Promise<string> {
  const cwd = temporaryFolder();
  await using ledger = await openLedger(join(cwd, ".farthing"), { mode: "write", create: true });
  await ledger.append(requests(1, count));
  const pg = join(cwd, "node_modules/pg");
  mkdirSync(pg, { recursive: true });
  const global = `pg of ${cwd}`;
  Object.assign(globalThis, { [global]: await database.loadPg() });
  onTestFinished(() => void Reflect.deleteProperty(globalThis, global));
  writeFileSync(join(pg, "package.json"), '{"name":"pg","main":"index.cjs"}');
  writeFileSync(join(pg, "index.cjs"), `module.exports = globalThis[${JSON.stringify(global)}];`);
  return cwd;
}

function forward(cwd: string, ...flags: readonly string[]): Promise<CliResult> {
  return runCli(["forward", ...flags], { cwd });
}

function failing(message: string, fields: object = {}): FakeDatabase {
  const database = new FakeDatabase();
  database.isAway = true;
  database.failure = Object.assign(new Error(message), fields);
  return database;
}

it.each([
  ["connect ECONNREFUSED 10.0.0.7:5432", { code: "ECONNREFUSED" }, /nothing listens there: .* the port of the URL/],
  ["getaddrinfo ENOTFOUND db.internal", { code: "ENOTFOUND" }, /no host has this name: see the host of the URL/],
  ["The server does not support SSL connections", {}, /TLS was asked for: see sslmode/],
  ["Connection terminated due to connection timeout", {}, /did not answer: see the host and the port/],
  ["could not extend file: No space left on device", { code: "53100" }, /disk of the server is full/],
])("what happened is told with what to look at, and where the lines wait: %s", async (message, fields, next) => {
  const cwd = await aFolder(failing(message, fields));
  const { exitCode, stdout, stderr } = await forward(cwd, "--to", TO);
  expect([exitCode, stdout]).toEqual([3, ""]);
  expect(stderr).toMatch(next);
  expect(stderr).toContain(`farthing: ${NAME}: ${message}; `);
  expect(stderr).toMatch(/; what is not there yet waits in .*\.farthing, and the same command sends it/);
  const asked = await runCli(["spend", "--ledger", TO], { cwd });
  expect(asked.stderr, "also to whoever asks").toMatch(next);
});

it("--watch says that it begins, why it cannot go on and when it tries again, and that the database is back", async () => {
  const database = failing("connect ECONNREFUSED 10.0.0.7:5432", { code: "ECONNREFUSED" });
  const cwd = await aFolder(database);
  const before = process.listeners("SIGINT");
  const watching = forward(cwd, "--to", TO, "--watch");
  const added = (): readonly (() => void)[] =>
    process.rawListeners("SIGINT").slice(before.length) as unknown as (() => void)[];
  await expect.poll(() => added().length).toBe(1);
  // Tried once, and again a second later.
  await expect.poll(() => database.tries, { timeout: 10_000 }).toBeGreaterThan(1);
  database.isAway = false;
  await expect.poll(() => database.events().length, { timeout: 10_000 }).toBe(3);
  for (const interrupt of added()) interrupt();
  const { exitCode, stdout, stderr } = await watching;
  expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/there +3 events\n +waiting +0\n/)]);
  const path = join(cwd, ".farthing");
  expect(stderr.trimEnd().split("\n")).toEqual([
    `farthing: forwarding ${path} to ${NAME}: 3 events to send`,
    expect.stringMatching(/: connect ECONNREFUSED .*; what is not there yet waits in .*; tried again in 1 s, then/),
    `farthing: ${NAME} is back: what waited is there`,
  ]);
});

it("--host names the machine to whoever asks which are behind", async () => {
  const database = new FakeDatabase();
  const cwd = await aFolder(database);
  expect((await forward(cwd, "--to", TO, "--host", "checkout-7")).exitCode).toBe(0);
  expect(database.hosts).toContain("checkout-7");
  expect((await forward(cwd, "--to", TO, "--host", " ")).stderr).toMatch(/--host: the name is empty/);
});

it("what is wrong with a flag is told by its name, and without a password", async () => {
  const cwd = await aFolder(new FakeDatabase());
  for (const [flags, words] of [
    [["--to", "postgres://shop:sho#p@db.internal/usage"], /--to: not the URL of a PostgreSQL database; expected/],
    [["--forget", "postgres://shop:sho#p@db.internal/usage"], /--forget: not the URL/],
    [
      ["--to", "mysql://shop:sho@db.internal/usage"],
      /--to: ledgers are in PostgreSQL, and mysql:\/\/ is a URL of some/,
    ],
    [["--to", "here"], /--to: name a database/],
    [["--forget", "postgres://db.internal/never"], /--forget: .* not forwarded to .*never; it is forwarded nowhere/],
    [["--to", TO, "--max-bytes", "2000000"], /--max-bytes: the newest two segments .*; name 33,554,432 or more/],
  ] as const) {
    const { exitCode, stderr } = await forward(cwd, ...flags);
    expect([exitCode, stderr], flags.join(" ")).toEqual([2, expect.stringMatching(words)]);
    expect(stderr).not.toMatch(/sho#p|shop:/);
  }
  expect((await forward(cwd, "--to", TO, "--max-bytes", "33554432")).exitCode, "the smallest").toBe(0);
});
