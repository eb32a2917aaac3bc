import { join } from "node:path";
import { openLedger, pruneLedger, type LedgerEvent } from "@farthing/ledger";
import { forwardLedger, forwardStatuses, type ForwardTarget } from "@farthing/ledger/postgres";
import { expect, it } from "vitest";
import { describeWithAnyPostgres } from "../support/describe-with-postgres.ts";
import { runCli } from "../support/run-cli.ts";
import { openShared, ReusedLedger } from "../support/shared-ledgers.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { FakeDatabase, requests } from "./bounded-outbox.ts";

const URL_OF_FAKE = "postgres://db.internal/usage";
const BEFORE = Date.parse("2026-11-20");
const REFUSED = /was pruned before it was ever forwarded to postgres:.* would count twice; .* --with-sums \(withSums\)/;

/** A folder that holds some events, as an import makes it. */
async function aFolder(events: readonly LedgerEvent[] = requests(1, 20)): Promise<string> {
  const path = join(temporaryFolder(), "ledger");
  await using ledger = await openLedger(path, { mode: "write", create: true });
  await ledger.append(events);
  return path;
}

async function aPrunedFolder(): Promise<string> {
  const path = await aFolder();
  expect(await pruneLedger(path, { before: BEFORE })).toMatchObject({ requests: 20 });
  return path;
}

async function forward(path: string, options: Partial<ForwardTarget>): Promise<void> {
  await using ledger = await openLedger(path, { mode: "write" });
  const target = { url: URL_OF_FAKE, pollMs: 3_600_000, onError: () => undefined, ...options };
  await using forwarding = await forwardLedger(ledger, target);
  await forwarding.flush();
}

describeWithAnyPostgres("a folder that was pruned before it was ever forwarded", (server) => {
  const reused = new ReusedLedger(server);

  it("is counted nowhere beside the detail that another host has of the same requests", async () => {
    const url = await reused.empty();
    const [pruned, whole] = [await aPrunedFolder(), await aFolder()];
    await expect(forward(pruned, { url })).rejects.toThrow(REFUSED);
    await forward(whole, { url });
    await expect(forward(pruned, { url })).rejects.toThrow(REFUSED);
    const shared = await openShared(url, "read");
    expect((await shared.spend()).total.requests).toBe(20);
  });

  it("farthing forward exits with 3 for it, farthing doctor says why, and --with-sums sends it", async () => {
    const [url, path] = [await reused.empty(), await aPrunedFolder()];
    const to = ["--to", url, "--ledger", path];
    const first = await runCli(["forward", ...to]);
    expect([first.exitCode, first.stderr]).toEqual([3, expect.stringMatching(REFUSED)]);
    const doctor = await runCli(["doctor", "--ledger", path, "--format", "json"]);
    expect(doctor.stdout).toMatch(REFUSED);
    const second = await runCli(["forward", ...to, "--with-sums"]);
    expect(second).toMatchObject({ exitCode: 0, stderr: "" });
    expect((await (await openShared(url, "read")).spend()).total.requests).toBe(20);
  });
});

it("a folder that was pruned first is sent with its sums once, where that is asked for, and as any other from then on", async () => {
  const [path, database] = [await aPrunedFolder(), new FakeDatabase()];
  const { loadPg } = database;
  await expect(forward(path, { loadPg })).rejects.toThrow(REFUSED);
  expect(database.sent).toEqual([]);
  await forward(path, { loadPg, withSums: true });
  expect(new Set(database.sent.map(({ type }) => type))).toEqual(new Set(["UsageRolledUp"]));
  const { length } = database.sent;
  {
    await using ledger = await openLedger(path, { mode: "write" });
    await ledger.append(requests(21, 1));
  }
  await forward(path, { loadPg });
  expect(database.sent.slice(length).map(({ type }) => type)).toEqual(["RequestCompleted"]);
  expect(await forwardStatuses(path)).toMatchObject([{ waiting: 0, error: null }]);
});

it("one that another process is refused can be sent by who asks for the sums, meanwhile", async () => {
  const [path, database] = [await aPrunedFolder(), new FakeDatabase()];
  const { loadPg } = database;
  await using ledger = await openLedger(path, { mode: "write" });
  await using refused = await forwardLedger(ledger, { url: URL_OF_FAKE, loadPg, onError: () => undefined });
  await expect(refused.flush()).rejects.toThrow(REFUSED);
  await forward(path, { loadPg, withSums: true });
  await refused.flush();
  expect(new Set(database.sent.map(({ type }) => type))).toEqual(new Set(["UsageRolledUp"]));
});

it("one that was known to the ledger before it was pruned, or of which nothing is in sums, is forwarded as ever", async () => {
  const [path, database] = [await aFolder(), new FakeDatabase()];
  const { loadPg } = database;
  await forward(path, { loadPg });
  expect(await pruneLedger(path, { before: BEFORE })).toMatchObject({ requests: 20 });
  // Another life of the database, which is sent everything again.
  database.incarnation = "2";
  await forward(path, { loadPg });
  expect(new Set(database.sent.map(({ type }) => type))).toEqual(new Set(["RequestCompleted"]));
  const fresh = await aFolder();
  expect(await pruneLedger(fresh, { before: 0 })).toMatchObject({ requests: 0 });
  await forward(fresh, { loadPg });
  expect(await forwardStatuses(fresh)).toMatchObject([{ forwarded: 20, error: null }]);
});
