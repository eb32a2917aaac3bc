import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { budget } from "@farthing/adapters/budget";
import { openCheckpoints, openLedger, START, verifyLedger, type LedgerEvent } from "@farthing/ledger";
import { updateReplica } from "@farthing/ledger/postgres";
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { events } from "../support/arbitraries.ts";
import { aRequestCompleted, aUsage, aUsageCorrected } from "../support/builders.ts";
import { describeWithPostgres } from "../support/describe-with-postgres.ts";
import { isFullRun } from "../support/full-run.ts";
import { postgresLedger } from "../support/postgres-ledger.ts";
import { emptyFolder, runCli } from "../support/run-cli.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { aCall, filesOf, logOf, newCopy, pgWith, PrunedDatabase } from "./prune-support.ts";

const ids = fc.constantFrom("msg:1", "msg:2", "msg:3", "msg:4", "req:5", "req:6", "batch:b/\u00fc 7", "batch:b/8");
const instants = fc
  .integer({ min: Date.UTC(2026, 3, 1), max: Date.UTC(2027, 2, 1) })
  .map((instant) => new Date(instant).toISOString());

describeWithPostgres("a prune of a ledger in a database", { isFast: true, isOrdinary: true }, (server) => {
  let base: PrunedDatabase;
  beforeAll(async () => {
    base = new PrunedDatabase(await postgresLedger(server()));
  });
  beforeEach(() => base.empty());
  afterAll(() => base.ledger.close());

  it("changes no figure, done once or twice, whatever is sent again afterwards, in every copy", async () => {
    let requests = 0;
    const lists = fc.array(fc.array(events(ids), { minLength: 1, maxLength: 24 }), { minLength: 12, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(lists, instants, instants, async (many, a, b) => {
        await base.empty();
        const copy = newCopy();
        const all = many.flatMap(withIdsOfOwn);
        await base.send(...all);
        const [before, said] = [await base.inCopy(copy), await base.inDatabase(copy)];
        const foretold = await base.prune(a, { dryRun: true, replica: copy });
        expect(await base.prune(a)).toEqual(foretold);
        expect([await base.inCopy(copy), await base.inDatabase(copy)]).toEqual([before, said]);
        await base.send(...all);
        requests += foretold.requests + (await base.prune(b)).requests;
        await base.send(...all);
        const fresh = newCopy();
        expect([await base.inCopy(copy), await base.inDatabase(fresh)]).toEqual([before, said]);
        if (foretold.requests > 0) expect(filesOf(copy)).toEqual(filesOf(fresh));
      }),
      { numRuns: isFullRun ? 20 : 1, seed: 3 },
    );
    expect(requests).toBeGreaterThan(10);
  });

  it("takes rows away and leaves sums, the same as in a folder", async () => {
    const calls = [aCall("msg:1"), aCall("msg:2"), aCall("msg:3", "2026-10-02")];
    await base.send(...calls, aCall("msg:new", "2026-11-02"));
    expect(await base.prune()).toMatchObject({ requests: 3, rollups: 2, rows: 3, linesLeft: 0 });
    const left = await base.ledger.sql(
      "select line::json ->> 'type' as type from farthing.event order by ordinal, type",
    );
    expect(left.map(({ type }) => type)).toEqual(["RequestCompleted", "UsageRolledUp", "UsageRolledUp"]);
    expect(await base.ledger.sql("select type, requests, output_tokens from farthing.response order by 3, 1")).toEqual([
      { type: "RequestCompleted", requests: "1", output_tokens: "10" },
      { type: "UsageRolledUp", requests: "1", output_tokens: "10" },
      { type: "UsageRolledUp", requests: "2", output_tokens: "20" },
    ]);
    expect(await base.prune()).toMatchObject({ requests: 0, rows: 0 });
  });

  it("counts what comes late once, and what is sent again, in whichever form, not at all", async () => {
    await base.send(aCall("msg:1", "2026-10-01", 10));
    await base.prune();
    await base.send(aCall("msg:late", "2026-10-01", 3), aCall("msg:1", "2026-10-01", 500));
    const total = "select sum(output_tokens)::int as tokens, sum(requests)::int as requests from farthing.response";
    expect(await base.ledger.sql(total)).toEqual([{ tokens: 13, requests: 2 }]);
    const shared = { url: base.ledger.url, replica: newCopy(), outbox: join(temporaryFolder(), "outbox") };
    await using ledger = await openLedger(shared, { mode: "write" });
    expect((await ledger.spend()).total).toMatchObject({ requests: 2, tokens: { output: 13 } });
    const again = [aCall("msg:1", "2026-10-01", 10), aCall("msg:4")];
    expect((await ledger.append(again)).map(({ outcome }) => outcome)).toEqual(["exists", "appended"]);
    const read = [];
    for await (const { event } of base.ledger.store.read()) read.push(event.type);
    expect(read.sort()).toEqual(["RequestCompleted", "RequestCompleted", "UsageRolledUp"]);
    expect(await base.prune()).toMatchObject({ requests: 2, rows: 3 });
    expect(await base.ledger.sql(total)).toEqual([{ tokens: 23, requests: 3 }]);
  });

  it("leaves what is in dispute, what was corrected and what SQL could not recognise", async () => {
    const odd = aRequestCompleted({ id: "msg:\uD800" });
    const disputed = [7, 8].map((output) => aRequestCompleted({ id: "msg:1", usage: aUsage({ output }) }));
    await base.send(...disputed, aCall("msg:2"), aUsageCorrected({ corrects: "msg:2" }), odd, aCall("msg:4"));
    expect(await base.prune()).toMatchObject({ requests: 1, rows: 1, linesLeft: 4 });
  });

  it("can be asked as of no position from before it, and is sound", async () => {
    await base.send(aCall("msg:1"), aCall("msg:2"));
    const replica = newCopy();
    const read = async (): ReturnType<typeof openLedger> =>
      openLedger({ url: base.ledger.url, replica }, { mode: "read" });
    await using before = await read();
    const { position } = await before.view();
    await base.prune();
    await base.send(aCall("msg:new", "2026-11-02"));
    await using after = await read();
    await expect(after.spend({ asOf: position })).rejects.toMatchObject({ code: "LEDGER_PRUNED" });
    const { position: now } = await after.view();
    await base.send(aCall("msg:newer", "2026-11-02"));
    expect((await after.spend({ asOf: now })).total.requests).toBe(3);
    expect((await before.spend()).total.requests).toBe(4);
    expect(await verifyLedger(replica, { deep: true })).toMatchObject({ isSound: true, problems: [] });
  });

  it("lets nobody read on from a position from before it, and folds what is left into a new state", async () => {
    await base.send(aCall("msg:1"), aCall("msg:2"));
    const project = {
      name: "requests",
      version: 1,
      initialState: () => 0,
      evolve: (count: number, event: LedgerEvent) => count + requestsOf(event),
    };
    await using ledger = await openLedger({ url: base.ledger.url, replica: newCopy() }, { mode: "read" });
    const reached: number[] = [];
    const following = (async () => {
      let count = 0;
      for await (const { event } of ledger.subscribe({ pollMs: 20 })) reached.push((count += requestsOf(event)));
    })();
    const ended = following.catch((error: unknown) => error);
    expect(await ledger.project(project)).toBe(2);
    const checkpoints = openCheckpoints(ledger.path);
    const held = await checkpoints.read("projection-requests");
    await expect.poll(() => reached).toEqual([1, 2]);
    let position = START;
    for await (const each of ledger.read()) ({ position } = each);
    await base.prune();
    await base.send(aCall("msg:new", "2026-11-02"));
    expect(await ended).toMatchObject({
      code: "LEDGER_PRUNED",
      message: expect.stringMatching(/sums of what came before; read again from the start/),
    });
    expect(reached).toEqual([1, 2]);
    await expect(ledger.read({ after: position })[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: "LEDGER_PRUNED",
    });
    // As somebody leaves it who was asked before the copy was made anew, and answers after it.
    if (held !== null) await checkpoints.write("projection-requests", [held]);
    expect([await ledger.project(project), await ledger.project(project)]).toEqual([3, 3]);
  });

  it("adds nothing to what is spent of a budget", async () => {
    await base.send(aCall("msg:1"), aCall("msg:left", "2026-10-15"));
    await using ledger = await openLedger({ url: base.ledger.url, replica: newCopy() }, { mode: "read" });
    const warnings: unknown[] = [];
    const spending = budget({
      ledger,
      usd: "100",
      per: "month",
      now: () => Date.parse("2026-10-20"),
      onThreshold: () => undefined,
      onWarning: (warning) => warnings.push(warning),
    });
    await spending.refresh();
    const before = spending.status();
    expect(before).toMatchObject({ isLoaded: true });
    await base.prune("2026-10-10T00:00:00.000Z");
    await spending.refresh();
    expect([spending.status(), warnings]).toEqual([before, []]);
    spending.close();
  });

  it("is told of by every copy, also one that was being read, and not where the database is one of before it", async () => {
    await base.send(aCall("msg:1"), aCall("msg:2"));
    const before = await base.ledger.sql("select * from farthing.event");
    const replica = newCopy();
    let isDone = false;
    const loadPg = pgWith(async (statement) => {
      if (isDone || !statement.startsWith("select set_config")) return;
      isDone = true;
      await base.prune();
    });
    await updateReplica({ url: base.ledger.url, replica, loadPg }, { cache: "" });
    const fresh = newCopy();
    await base.inCopy(fresh);
    expect(filesOf(replica)).toEqual(filesOf(fresh));
    await base.empty();
    for (const row of before) {
      const values = Object.values(row).map(
        (value) => `'${value instanceof Date ? value.toISOString() : String(value)}'`,
      );
      await base.ledger.sql(
        `insert into farthing.event (${Object.keys(row).join(", ")}) values (${values.join(", ")})`,
      );
    }
    const restored = newCopy();
    await base.inCopy(restored);
    await base.inCopy(replica);
    expect(readdirSync(join(replica, "pruned"))).toEqual([]);
    expect(logOf(replica)).toEqual(logOf(restored));
  });

  it("leaves a copy that knows of it as it is, where a standby is asked that has not heard of it", async () => {
    await base.send(aCall("msg:1"), aCall("msg:2"));
    const replica = newCopy();
    await base.prune(undefined, { replica });
    await base.inCopy(replica);
    const before = [filesOf(replica), readFileSync(join(replica, "replica.json"), "utf8")];
    let asked = 0;
    class Standby extends pg.Pool {
      override query(...statement: readonly unknown[]): never {
        const [{ text, values }] = statement as [{ text: string; values: readonly unknown[] }];
        const ask = super.query.bind(this) as (...statement: readonly unknown[]) => unknown;
        if (!text.includes("from farthing.prune where id")) return ask(...statement) as never;
        asked += 1;
        if (asked > 1) throw new Error("asked again");
        const earlier = text
          .replaceAll("farthing.prune", "(select * from farthing.prune where false) prune")
          .replace("pg_is_in_recovery()", "true");
        return ask({
          text: earlier,
          values: [...values.slice(0, 2), 9, ...values.slice(3)],
          rowMode: "array",
        }) as never;
      }
    }
    const loadPg = (): Promise<unknown> => Promise.resolve({ Pool: Standby });
    await expect(updateReplica({ url: base.ledger.url, replica, loadPg }, { cache: "" })).rejects.toThrow(/standby/);
    expect([filesOf(replica), readFileSync(join(replica, "replica.json"), "utf8")]).toEqual(before);
  });

  it("leaves closed months closed, with heads that nobody can prove any more", async () => {
    await base.send(aCall("msg:1"), aCall("msg:2"));
    const home = emptyFolder();
    const json = async (...args: string[]): Promise<Record<string, unknown>> => {
      const { stdout, stderr } = await runCli([...args, "--format", "json", "--ledger", base.ledger.url], { home });
      expect(stdout, stderr).not.toBe("");
      return JSON.parse(stdout);
    };
    const { closed } = await json("close", "2026-10", "--now", "2026-11-03");
    const head = ["verify", "--head", (closed as { readonly chainHead: string }).chainHead];
    expect(await json(...head)).toMatchObject({ head: { outcome: "proven" } });
    await base.prune();
    expect(await json(...head)).toMatchObject({ sound: true, head: { outcome: "not-told" } });
    expect(await json("spend", "--period", "2026-10")).toMatchObject({ total: { requests: 2 } });
  });

  it("adds up with a folder that holds detail of it, and with ledgers in other databases", async () => {
    const events: readonly LedgerEvent[] = [aCall("msg:1"), aCall("msg:2")];
    await base.send(...events);
    const folder = join(temporaryFolder(), "folder");
    {
      await using own = await openLedger(folder, { mode: "write", create: true });
      await own.append(events);
    }
    await using other = await anotherLedger();
    await other.send(aCall("msg:other"));
    await base.prune();
    const copies = [base, other].map(({ ledger: { url } }) =>
      updateReplica({ url, replica: newCopy() }, { cache: "" }),
    );
    const flags = [folder, ...(await Promise.all(copies))].flatMap((path) => ["--ledger", path]);
    const { stdout } = await runCli(["spend", "--format", "json", ...flags]);
    expect(JSON.parse(stdout)).toMatchObject({ total: { requests: 3 } });
  });

  async function anotherLedger(): Promise<PrunedDatabase & AsyncDisposable> {
    const other = new PrunedDatabase(await postgresLedger(server()));
    return Object.assign(other, { [Symbol.asyncDispose]: () => other.ledger.close() });
  }
});

/** The events with their ids in a name space of their own. */
function withIdsOfOwn(all: readonly LedgerEvent[], list: number): LedgerEvent[] {
  const own = (id: unknown): string => `${String(list)}/${String(id)}`;
  return all.map((event) => {
    const corrects = "corrects" in event ? { corrects: own(event.corrects) } : {};
    return { ...event, ...corrects, id: own(event.id) };
  });
}

function requestsOf(event: LedgerEvent): number {
  return Number(Reflect.get(event, "requests") ?? 1);
}
