import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { openLedger } from "@farthing/ledger";
import { forwardLedger } from "@farthing/ledger/postgres";
import { expect, it, onTestFinished } from "vitest";
import { aRequestCompleted } from "../support/builders.ts";
import { describeWithAnyPostgres } from "../support/describe-with-postgres.ts";
import { REPOSITORY } from "../support/repository.ts";
import { connected, withTables } from "../support/shared-ledgers.ts";
import { runCli } from "../support/run-cli.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const FARTHING = join(REPOSITORY, "packages/advisor/bin/farthing.js");

describeWithAnyPostgres("the command line with a ledger in a database", (server) => {
  /** Runs a command as a user of one machine; everything it prints must be free of the password. */
  function machine(): (args: readonly string[], exitCode?: number) => Promise<string> {
    const home = temporaryFolder();
    return async (args, exitCode = 0) => {
      const run = await runCli(args, { home });
      expect(run.exitCode, run.stderr).toBe(exitCode);
      for (const arg of args.filter((each) => URL.canParse(each))) {
        const { password } = new URL(arg);
        if (password !== "") expect(run.stdout + run.stderr).not.toContain(password);
      }
      return (run.stdout + run.stderr).replace(/ *\n +(?=\S)/g, " ");
    };
  }

  async function aFolder(count: number): Promise<string> {
    const path = join(temporaryFolder(), "ledger");
    await using ledger = await openLedger(path, { mode: "write", create: true });
    await ledger.append(Array.from({ length: count }, (_, index) => aRequestCompleted({ id: `msg:${String(index)}` })));
    return path;
  }

  it("migrates it, forwards a folder to it, and answers from it what the folder answers", async () => {
    const url = await server().newDatabase();
    const run = machine();
    const folder = await aFolder(3);
    expect(await run(["migrate", "--ledger", url])).toMatch(/^made the tables of a ledger in postgres:\/\/127/);
    expect(await run(["migrate", "--ledger", url])).toMatch(/up to date/);
    expect(await run(["forward", "--ledger", folder, "--to", url])).toMatch(/there +3 events waiting +0/);
    for (const question of [["spend", "--by", "day,model"], ["requests"], ["report"]]) {
      expect(await run([...question, "--ledger", url])).toBe(await run([...question, "--ledger", folder]));
    }
    const another = machine();
    expect(await another(["spend", "--ledger", url])).toBe(await run(["spend", "--ledger", folder]));
    expect(await run(["verify", "--ledger", url])).toContain("SOUND   every one of 3 lines");
  });

  it("writes to it: imports, settings, budgets, prices, bills, closings", async () => {
    const url = await server().newDatabase();
    const run = machine();
    await run(["migrate", "--ledger", url]);
    await run(["settings", "set", "time-zone", "Europe/Berlin", "--ledger", url]);
    expect(await run(["settings", "get", "time-zone", "--ledger", url])).toContain("Europe/Berlin");
    await run(["budget", "set", "all", "100", "--per", "month", "--ledger", url]);
    expect(await run(["budget", "status", "--ledger", url])).toContain("all");
    await run(["bill", "set", "2026-10", "41.10", "--ledger", url]);
    expect(await run(["report", "--ledger", url])).toContain("41.10");
    await run(["close", "2026-10", "--ledger", url]);
    expect(await machine()(["spend", "--period", "2026-10", "--ledger", url])).toMatch(/CLOSED WITH/);
  });

  it("names each host in doctor, with what it recorded, forwarded and has behind", async () => {
    const url = await server().newDatabase();
    const run = machine();
    const folder = await aFolder(4);
    await run(["migrate", "--ledger", url]);
    expect(await run(["doctor", "--ledger", url], 1)).toContain("no host forwards to this ledger yet");
    await run(["forward", "--ledger", folder, "--to", url]);
    const now = ["--now", new Date().toISOString()];
    const { id } = await openLedger(folder, { mode: "read" });
    expect(await run(["doctor", "--ledger", url, ...now], 1)).toMatch(
      new RegExp(`hosts +${hostname()} \\(${id}\\): 4 recorded, 4 forwarded, 0 behind`),
    );
    expect(await run(["doctor", "--ledger", folder, ...now], 1)).toMatch(/to postgres:\/\/.*4 recorded, 4 forwarded/s);
  });

  it("has no disk limit, which nobody could hold it against", async () => {
    const url = await withTables(await server().newDatabase());
    const run = machine();
    const set = ["settings", "set", "disk-limit-bytes"];
    expect(await run([...set, "1000", "--ledger", url], 2)).toMatch(/only a folder has a disk limit/);
    await run([...set, "none", "--ledger", url]);
    // As an earlier release took it.
    await (await connected(url)).query(`insert into farthing.setting values (9, '{"diskLimitBytes":1}')`);
    expect(await run(["settings", "get", "disk-limit-bytes", "--ledger", url])).toBe("1\n");
    expect(await run(["doctor", "--ledger", url], 1)).toMatch(/ok +disk/);
  });

  it("forwards with --watch what is recorded later, until it is interrupted, and leaves nothing behind", async () => {
    const url = await server().newDatabase();
    const run = machine();
    const folder = await aFolder(2);
    await run(["migrate", "--ledger", url]);
    const args = ["forward", "--ledger", folder, "--to", url, "--watch"];
    const watching = spawn(process.execPath, [FARTHING, ...args], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(watching, "exit");
    onTestFinished(() => void watching.kill("SIGKILL"));
    let printed = "";
    watching.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
    const isThere = async (count: number): Promise<void> => {
      await expect
        .poll(() => run(["spend", "--ledger", url]), { timeout: 30_000, interval: 200 })
        .toContain(`${String(count)} responses`);
    };
    await isThere(2);
    await using ledger = await openLedger(folder, { mode: "write" });
    await ledger.append([aRequestCompleted({ id: "msg:later" })]);
    await isThere(3);
    watching.kill("SIGINT");
    expect(await ended).toEqual([0, null]);
    expect(printed).toMatch(/there +3 events\n +waiting +0/);
    expect(readdirSync(folder).filter((name) => /^forward-.*lock/.test(name))).toEqual([]);
  });

  it("says in doctor what waits for a database that was away for all of a short program", async () => {
    const folder = await aFolder(1);
    const ledger = await openLedger(folder, { mode: "write" });
    await forwardLedger(ledger, { url: "postgres://ada@127.0.0.1:1/usage", onError: () => undefined });
    ledger.record(aRequestCompleted({ id: "msg:short" }));
    await ledger.close();
    expect(await machine()(["doctor", "--ledger", folder], 1)).toMatch(
      /forwarding +to postgres:.*2 behind.*ECONNREFUSED/,
    );
  });

  it("says what it cannot do, and what to do instead", async () => {
    const url = await server().newDatabase();
    const run = machine();
    expect(await run(["spend", "--ledger", url], 3)).toMatch(/no ledger in this database.*farthing migrate/s);
    await run(["migrate", "--ledger", url]);
    expect(await run(["migrate", "--ledger", "here"], 2)).toMatch(/a folder needs no migration/);
    expect(await run(["forward", "--ledger", url, "--to", url], 2)).toMatch(/name a folder/);
    expect(await run(["forward", "--to", "here"], 2)).toMatch(/name a database/);
    expect(await run(["prune", "--ledger", url], 2)).toMatch(/name --before TIME/);
    expect(await run(["spend", "--ledger", "postgres://ada:s3cret@127.0.0.1:1/usage"], 3)).toMatch(/127\.0\.0\.1:1/);
  });
});
