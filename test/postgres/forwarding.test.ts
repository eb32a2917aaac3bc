import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { inspect } from "node:util";
import { openLedger, pruneLedger, type Ledger } from "@farthing/ledger";
import { forwardLedger, forwardStatuses, type ForwardTarget, type Forwarding } from "@farthing/ledger/postgres";
import { describe, expect, it, onTestFinished } from "vitest";
import { aRequestCompleted } from "../support/builders.ts";
import { contains, openConnectionCutter } from "../support/cut-connections.ts";
import { describeWithAnyPostgres, describeWithPostgres } from "../support/describe-with-postgres.ts";
import { eventsOf } from "../support/describe-event-store.ts";
import { connected, openShared, ReusedLedger, withTables } from "../support/shared-ledgers.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

async function aFolder(path: string = join(temporaryFolder(), "ledger")): Promise<Ledger> {
  const ledger = await openLedger(path, { mode: "write", create: true });
  onTestFinished(() => ledger.close());
  return ledger;
}

async function forwarded(ledger: Ledger, url: string, options: Partial<ForwardTarget> = {}): Promise<Forwarding> {
  const forwarding = await forwardLedger(ledger, { url, pollMs: 20, onError: () => undefined, ...options });
  onTestFinished(() => forwarding.close(100));
  return forwarding;
}

const responses = (count: number, name = "msg") =>
  Array.from({ length: count }, (_, index) => aRequestCompleted({ id: `msg:${name}-${String(index)}` }));

describeWithAnyPostgres("a folder that is forwarded", (server) => {
  const reused = new ReusedLedger(server);

  it("brings everything into the shared ledger, by itself, and goes on with what comes", async () => {
    const url = await reused.empty();
    const folder = await aFolder();
    await folder.append(responses(3, "before"));
    await forwarded(folder, url);
    for (const event of responses(3, "after")) folder.record(event);
    const shared = await openShared(url, "read");
    while ((await eventsOf(shared)).length < 6) await wait(20);
    expect(await eventsOf(shared)).toEqual(await eventsOf(folder));
  });

  it("goes on after a restart from where it was, and sends nothing twice", async () => {
    const url = await reused.empty();
    const folder = await aFolder();
    await folder.append(responses(4));
    const first = await forwarded(folder, url);
    await first.flush();
    await first.close();
    await folder.append(responses(2, "later"));
    const second = await forwarded(folder, url);
    await second.flush();
    expect(await forwardStatuses(folder.path)).toMatchObject([{ forwarded: 6, waiting: 0, error: null }]);
    expect(await eventsOf(await openShared(url, "read"))).toHaveLength(6);
  });

  it("sends a response again that was seen again, and what was sent before is left as it is", async () => {
    const url = await reused.empty();
    const [one, other] = [await aFolder(), await aFolder()];
    const seen = aRequestCompleted({ id: "msg:1", sources: ["a"] });
    await one.append([seen]);
    await other.append([seen, { ...seen, sources: ["b"] }]);
    for (const folder of [one, other]) await (await forwarded(folder, url)).flush();
    const shared = await openShared(url, "read");
    expect(await eventsOf(shared)).toHaveLength(2);
    expect((await shared.spend()).total.requests).toBe(1);
    expect((await shared.find(["msg:1"])).get("msg:1")).toMatchObject({ sources: ["a", "b"] });
  });

  it("is forwarded by one process at a time", async () => {
    const url = await reused.empty();
    const folder = await aFolder();
    const [first, second] = [await forwarded(folder, url), await forwarded(folder, url)];
    await folder.append(responses(5));
    await second.flush();
    expect(await forwardStatuses(folder.path)).toMatchObject([{ forwarded: 5, waiting: 0 }]);
    await folder.append(responses(2, "later"));
    await first.close();
    await second.flush();
    expect(await forwardStatuses(folder.path)).toMatchObject([{ forwarded: 7, waiting: 0 }]);
  });

  it("is sent whole to another database that takes the place of the first", async () => {
    const url = await reused.empty();
    const folder = await aFolder();
    await folder.append(responses(3));
    const first = await forwarded(folder, url);
    await first.flush();
    await first.close();
    const database = await connected(url);
    await database.query("truncate farthing.event");
    await database.query("update farthing.ledger set id = 'another'");
    await (await forwarded(folder, url)).flush();
    expect(await eventsOf(await openShared(url, "read"))).toHaveLength(3);
  });

  it("is known under every name of its database", async () => {
    const url = await reused.empty();
    const folder = await aFolder();
    await folder.append(responses(3));
    const first = await forwarded(folder, url);
    await first.flush();
    await first.close();
    const alias = new URL(url);
    alias.hostname = "localhost";
    await (await forwarded(folder, alias.href)).flush();
    expect((await forwardStatuses(folder.path)).map(({ forwarded: sent, waiting }) => [sent, waiting])).toEqual([
      [3, 0],
      [3, 0],
    ]);
  });

  it("keeps labels that are personal in the shared ledger from both disks and the database", async () => {
    const url = await reused.empty();
    const key = "0f".repeat(32);
    const owner = await openShared(url, "write", { key });
    await owner.settings.patch({ personalLabels: ["user"] });
    const folder = await openLedger(join(temporaryFolder(), "ledger"), { mode: "write", create: true, key });
    onTestFinished(() => folder.close());
    folder.record(aRequestCompleted({ id: "msg:1", labels: { user: "ada@example.com" } }));
    const forwarding = await forwarded(folder, url);
    await forwarding.flush();
    folder.record(aRequestCompleted({ id: "msg:2", labels: { user: "ada@example.com" } }));
    await folder.flush();
    await forwarding.flush();
    const lines = (await (await connected(url)).query("select line from farthing.event")).rows.map(([line]) => line);
    expect(lines).toHaveLength(2);
    expect(inspect(lines)).not.toContain("ada@");
    const [segment = ""] = readdirSync(join(folder.path, "segments"));
    const [before, after] = readFileSync(join(folder.path, "segments", segment), "utf8").split("\n");
    expect(before).toContain("ada@");
    expect(after, "from when the host knows of it, its own disk has no value either").not.toContain("ada@");
    owner.record(aRequestCompleted({ id: "msg:3", labels: { user: "ada@example.com" } }));
    await owner.flush();
    const shared = await openShared(url, "read", { key });
    const where = [{ key: "label:user", value: "ada@example.com" }] as const;
    expect((await shared.spend({ where })).total.requests).toBeGreaterThanOrEqual(2);
  });

  it("does not send sums of what it sent in detail, and does send those of before", async () => {
    const url = await reused.empty();
    const path = join(temporaryFolder(), "ledger");
    const old = (month: string) =>
      responses(3, month).map((event) => ({ ...event, occurredAt: `2026-${month}-01T10:00:00.000Z` }));
    const write = async (month: string): Promise<void> => {
      await using ledger = await openLedger(path, { mode: "write", create: true, segmentBytes: 1 });
      await ledger.append(old(month));
      await ledger.append(responses(1, `later-${month}`));
    };
    await write("01");
    await pruneLedger(path, { before: Date.parse("2026-02-01T00:00:00Z") });
    const folder = await aFolder(path);
    await (await forwarded(folder, url, { withSums: true })).flush();
    await folder.close();
    await write("03");
    const again = await aFolder(path);
    await (await forwarded(again, url)).flush();
    await again.close();
    await pruneLedger(path, { before: Date.parse("2026-04-01T00:00:00Z") });
    const pruned = await aFolder(path);
    await (await forwarded(pruned, url)).flush();
    const shared = await openShared(url, "read");
    expect((await shared.spend()).total).toEqual((await pruned.spend()).total);
    expect((await eventsOf(shared)).filter(({ type }) => type === "UsageRolledUp").length).toBeGreaterThan(0);
  });

  it("says why it cannot go on, tells no password, and sends everything when it can", async () => {
    const url = await reused.empty();
    const folder = await aFolder();
    await folder.append(responses(3));
    const failures: unknown[] = [];
    const { host } = new URL(url);
    const wrong = server().urlOf(url, "nobody-there", "s3cret-w0rd");
    const failing = await forwarded(folder, wrong, { onError: (error) => failures.push(error) });
    await expect(failing.flush()).rejects.toMatchObject({ code: "LEDGER_UNAVAILABLE" });
    await failing.close();
    await wait(0);
    expect(inspect(failures, { depth: 10 })).not.toContain("s3cret");
    const kept = readdirSync(folder.path).filter((name) => /^forward-.*json$/.test(name));
    expect(kept).toHaveLength(1);
    for (const name of kept) expect(readFileSync(join(folder.path, name), "utf8")).not.toContain("s3cret");
    expect(await forwardStatuses(folder.path)).toMatchObject([
      { to: expect.stringContaining(host) as string, forwarded: 0, waiting: 3, error: expect.any(String) as string },
    ]);
    await (await forwarded(folder, url)).flush();
    expect(await forwardStatuses(folder.path)).toMatchObject([{ forwarded: 3, waiting: 0, error: null }]);
  });
});

describeWithPostgres("a database that has lost what was forwarded to it", { isOrdinary: true }, (server) => {
  it("gets it again, once it is known to live another life", async () => {
    const url = await withTables(await server().newDatabase());
    const folder = await aFolder();
    await folder.append(responses(6));
    const first = await forwarded(folder, url);
    await first.flush();
    await first.close();
    const database = await connected(url);
    // As a standby that was promoted before it had everything.
    await database.query("delete from farthing.event where line like '%msg-5%' or line like '%msg-4%'");
    await database.query(
      "create or replace function farthing.timeline() returns text language sql as $$ select '2' $$",
    );
    await (await forwarded(folder, url)).flush();
    expect(await eventsOf(await openShared(url, "read"))).toHaveLength(6);
  });

  it("does not end the process that reads when it breaks off", async () => {
    const url = await withTables(await server().newDatabase());
    const folder = await aFolder();
    await folder.append(responses(6));
    await (await forwarded(folder, url)).flush();
    const cutter = await openConnectionCutter(server().url);
    onTestFinished(() => cutter[Symbol.asyncDispose]());
    const ledger = await openShared(cutter.through(url), "read");
    const fault = cutter.cutBeforeForwarding(contains("order by era"));
    await expect(ledger.spend()).rejects.toMatchObject({ code: "LEDGER_UNAVAILABLE" });
    await fault.happened;
    expect((await ledger.spend()).total.requests).toBe(6);
  });

  it("leaves a folder that was given up to whoever forwards it next", async () => {
    const url = await withTables(await server().newDatabase());
    const cutter = await openConnectionCutter(server().url);
    onTestFinished(() => cutter[Symbol.asyncDispose]());
    const folder = await aFolder();
    await folder.append(responses(3));
    const held = cutter.hold(contains("insert into farthing.event"));
    const hanging = await forwarded(folder, cutter.through(url));
    await held.happened;
    await hanging.close(50);
    cutter.cutAll();
    const next = await forwarded(folder, url);
    await next.flush();
    expect(await eventsOf(await openShared(url, "read"))).toHaveLength(3);
    const statuses = await forwardStatuses(folder.path);
    expect(statuses.map(({ forwarded: sent, waiting }) => [sent, waiting]).sort(([a = 0], [b = 0]) => a - b)).toEqual([
      [0, 3],
      [3, 0],
    ]);
  });
});

describe("a folder whose database is away", () => {
  it("is recorded into as ever, from the start", async () => {
    const folder = await aFolder();
    const forwarding = await forwarded(folder, "postgres://writer:s3cret@127.0.0.1:1/usage");
    folder.record(aRequestCompleted({ id: "msg:1" }));
    await folder.flush();
    await expect(forwarding.flush()).rejects.toMatchObject({ code: "LEDGER_UNAVAILABLE" });
    expect((await folder.spend()).total.requests).toBe(1);
    const begun = performance.now();
    await folder.close();
    expect(performance.now() - begun).toBeLessThan(10_000);
  });
});

describeWithPostgres("a statement whose answer is lost", { isOrdinary: true }, (server) => {
  it("is sent again, and what it had done counts once", async () => {
    const url = await withTables(await server().newDatabase());
    const cutter = await openConnectionCutter(server().url);
    onTestFinished(() => cutter[Symbol.asyncDispose]());
    const folder = await aFolder();
    await folder.append(responses(50));
    for (const cut of ["cutBeforeForwarding", "cutAfterForwarding", "cutAfterAnswer"] as const) {
      const fault = cutter[cut](contains("insert into farthing.event"));
      const forwarding = await forwarded(folder, cutter.through(url));
      await forwarding.flush().catch(() => undefined);
      await fault.happened;
      await forwarding.flush();
      await forwarding.close();
      await folder.append(responses(10, cut));
    }
    await (await forwarded(folder, url)).flush();
    const ids = (await eventsOf(await openShared(url, "read"))).map(({ id }) => id);
    expect(ids).toHaveLength(80);
    expect(new Set(ids).size).toBe(80);
  });
});
