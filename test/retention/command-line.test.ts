import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodeFileSystem, openLedger, pruneInstantFor, pruneLedger } from "@farthing/ledger";
import { forgetTarget, forwardLedger } from "@farthing/ledger/postgres";
import { describe, expect, it } from "vitest";
import { FakeDatabase } from "../postgres/bounded-outbox.ts";
import { aLedger } from "../support/a-ledger.ts";
import { aRequestCompleted, aUsage, NO_CONTEXT } from "../support/builders.ts";
import { runCli } from "../support/run-cli.ts";

const OLD = [1, 2, 3].map((number) =>
  aRequestCompleted({
    id: `msg:old-${String(number)}`,
    labels: { user: "alice", team: "search" },
    context: { ...NO_CONTEXT, service: "search" },
    usage: aUsage({ uncachedInput: 100 * number, output: 10 }),
  }),
);
const NEW = aRequestCompleted({ id: "msg:new", occurredAt: "2026-11-20T10:00:00.000Z" });

async function json(args: readonly string[], ledger: string): Promise<Record<string, unknown>> {
  const { exitCode, stdout, stderr } = await runCli([...args, "--format", "json", "--ledger", ledger]);
  expect([exitCode, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout);
}

function bytesIn(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1")).join("\n");
}

describe("farthing prune", () => {
  it("leaves spend as it is, and a ledger that is sound", async () => {
    const ledger = await aLedger([...OLD, NEW]);
    const spend = ["spend", "--by", "day,service,model,label:team"];
    const before = await json(spend, ledger);
    const foretold = await json(["prune", "--before", "2026-11-01", "--dry-run"], ledger);
    expect(await json(spend, ledger)).toEqual(before);
    expect(await json(["prune", "--before", "2026-11-01"], ledger)).toEqual({ ...foretold, dryRun: false });
    expect(foretold).toMatchObject({ requests: 3, rollups: 1, carried: 1, segments: 1, linesLeft: 0 });
    expect(await json(spend, ledger)).toEqual(before);
    expect(await json(["verify"], ledger)).toMatchObject({ sound: true, problems: [] });
    expect((await json(["report"], ledger))["total"]).toMatchObject({ requests: 4 });
    expect(await json(["prune", "--before", "2026-11-01"], ledger)).toMatchObject({ requests: 0, segments: 0 });
  });

  it("leaves in no list what is in sums alone, and says so", async () => {
    const ledger = await aLedger([...OLD, NEW]);
    expect(await json(["requests"], ledger)).toMatchObject({ matched: 4, pruned: 0 });
    await runCli(["prune", "--before", "2026-11-01", "--ledger", ledger]);
    expect(await json(["requests"], ledger)).toMatchObject({ matched: 1, pruned: 3 });
    for (const where of ["service=search", "service=none"]) {
      const { stdout } = await runCli(["requests", "--where", where, "--ledger", ledger]);
      expect(stdout).toContain("3 responses of which the detail was pruned");
    }
  });

  it("takes values of labels that were recorded before they were personal", async () => {
    const ledger = await aLedger([...OLD, NEW]);
    await runCli(["settings", "set", "personal-labels", "user", "--ledger", ledger]);
    expect(bytesIn(ledger)).toContain("alice");
    await runCli(["prune", "--before", "2026-11-01", "--ledger", ledger]);
    expect(bytesIn(ledger)).not.toContain("alice");
  });

  it("says what it did, and what it left", async () => {
    const ledger = await aLedger(OLD);
    const { stdout } = await runCli(["prune", "--before", "2026-11-01", "--dry-run", "--ledger", ledger]);
    expect(stdout).toContain("would prune what was before 2026-11-01T00:00:00.000Z");
    expect(stdout).toContain("3 requests, now 1 sum; no total changes");
    const writing = await openLedger(ledger, { mode: "write" });
    const busy = await runCli(["prune", "--before", "2026-11-01", "--ledger", ledger]);
    expect(busy.stdout).toContain("nothing to prune");
    expect(busy.stdout).toContain("3 older lines in files that are newer for the most part, or in use");
    await writing.close();
  });

  it("says what it left because a database has not got it yet", async () => {
    const [ledger, to] = [await aLedger(OLD), "postgres://db.internal/usage"];
    const { loadPg } = new FakeDatabase();
    {
      await using folder = await openLedger(ledger, { mode: "write" });
      await using forwarding = await forwardLedger(folder, { url: to, loadPg, pollMs: 3_600_000 });
      await forwarding.flush();
      await forwarding.close();
      await folder.append([aRequestCompleted({ id: "msg:later" })]);
    }
    const prune = ["prune", "--before", "2026-11-01"];
    const { stdout } = await runCli([...prune, "--ledger", ledger]);
    expect(stdout).toMatch(
      /^nothing to prune .*\n +waiting +4 older lines in files of which some are not in \S+usage yet; /,
    );
    expect(await json(prune, ledger)).toMatchObject({
      linesLeft: 0,
      waitingFor: [{ to, forgotten: false, lines: 4 }],
    });
    await forgetTarget(ledger, { to, force: true });
    const forgotten = await runCli([...prune, "--ledger", ledger]);
    expect(forgotten.stdout).toMatch(
      /4 older lines in files of which some are in no database, since \S+ was forgotten; /,
    );
  });

  it("leaves a log alone that grew since it was looked at", async () => {
    const ledger = await aLedger(OLD);
    const segment = join(ledger, "segments", readdirSync(join(ledger, "segments"))[0] ?? "");
    const before = readFileSync(segment);
    await using writer = await openLedger(ledger, { mode: "write" });
    await writer.append([aRequestCompleted({ id: "msg:late" })]);
    await writer.close();
    const after = readFileSync(segment);
    expect(after.length).toBeGreaterThan(before.length);
    writeFileSync(segment, before);
    // The last thing before a prune sees to it that nothing more is appended.
    const makeFolder = async (path: string): Promise<void> => {
      writeFileSync(segment, after);
      await nodeFileSystem.makeFolder(path);
    };
    const at = Date.parse("2026-11-01");
    const pruned = await pruneLedger(ledger, { before: at, fileSystem: { ...nodeFileSystem, makeFolder } });
    expect(pruned).toMatchObject({ requests: 0, segments: 0 });
    expect(await json(["spend"], ledger)).toMatchObject({ total: { requests: 4 } });
  });

  it("goes as far back as the disk limit needs, and never takes the newest 35 days", async () => {
    const ledger = await aLedger([...OLD, NEW]);
    const now = Date.parse("2026-11-22T12:00:00.000Z");
    expect(await pruneInstantFor(ledger, { now, limitBytes: 10_000_000 })).toBeNull();
    expect(await pruneInstantFor(ledger, { now, limitBytes: 10 })).toBe(Date.parse("2026-10-18T00:00:00.000Z"));
    await runCli(["settings", "set", "disk-limit-bytes", "10", "--ledger", ledger]);
    expect(await json(["prune"], ledger)).toMatchObject({ before: "2026-10-18T00:00:00.000Z", requests: 3 });
    await runCli(["settings", "set", "disk-limit-bytes", "10000000", "--ledger", ledger]);
    expect(await json(["prune"], ledger)).toMatchObject({ before: null, requests: 0 });
  });

  it.each([
    [[], "name --before TIME"],
    [["--before", "soon"], "--before"],
    [["--before", "2027-01-01"], "in the future"],
  ])("refuses %j", async (args, why) => {
    const { exitCode, stderr } = await runCli(["prune", ...args, "--ledger", await aLedger(OLD)]);
    expect([exitCode, stderr.includes(why)]).toEqual([2, true]);
  });
});
