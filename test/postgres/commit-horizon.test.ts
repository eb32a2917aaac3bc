import { heldBackFor, PostgresEventStore, type Database } from "@farthing/ledger/postgres";
import pg from "pg";
import { expect, it, onTestFinished } from "vitest";
import { aRequestCompleted } from "../support/builders.ts";
import { contains, openConnectionCutter } from "../support/cut-connections.ts";
import { describeWithPostgres } from "../support/describe-with-postgres.ts";
import { eventsOf } from "../support/describe-event-store.ts";
import { runCli } from "../support/run-cli.ts";
import { connected, openShared, withTables } from "../support/shared-ledgers.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** Of a row whose line is the second parameter. */
const DIGEST = "substr(encode(sha256(convert_to($2, 'UTF8')), 'hex'), 1, 32)::uuid";

describeWithPostgres("a reader of a ledger in a database", { isOrdinary: true, isAlone: true }, (server) => {
  /** A client that has begun a transaction and written a row in it, and not committed it yet. */
  async function slowWriter(url: string, id: string): Promise<{ commit(): Promise<void> }> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    onTestFinished(() => client.end());
    await client.query("begin");
    const line = JSON.stringify(aRequestCompleted({ id }));
    await client.query(
      `insert into farthing.event (id_hash, digest, month, ordinal, line)
        values ($1, ${DIGEST}, 202610, 1, $2)`,
      [Number(id.slice(4)), line],
    );
    return {
      async commit() {
        await client.query("commit");
      },
    };
  }

  it("reads nothing from a server that is behind the one that told up to where, and misses nothing afterwards", async () => {
    const url = await withTables(await server().newDatabase());
    const database = await connected(url);
    const store = new PostgresEventStore(database);
    await store.append([aRequestCompleted({ id: "msg:1" })]);
    // What one server has replayed is under way on another.
    const lagging = await slowWriter(url, "msg:2");
    await store.append([aRequestCompleted({ id: "msg:3" })]);
    const { rows } = await database.query("select pg_snapshot_xmax(pg_current_snapshot())");
    let isAhead = true;
    const behindOneAddress: Database = {
      ...database,
      query: async (text, values) => {
        const answer = await database.query(text, values);
        if (!isAhead || !text.includes("pg_snapshot_xmin")) return answer;
        isAhead = false;
        return { ...answer, rows: answer.rows.map((row) => row.map((value, at) => (at === 2 ? rows[0]?.[0] : value))) };
      },
    };
    const reader = new PostgresEventStore(behindOneAddress);
    await expect(eventsOf(reader)).rejects.toMatchObject({
      code: "LEDGER_UNAVAILABLE",
      message: expect.stringContaining("is behind the one that answered a moment ago"),
    });
    expect(isAhead).toBe(false);
    await lagging.commit();
    expect((await eventsOf(reader)).map(({ id }) => id)).toEqual(["msg:1", "msg:2", "msg:3"]);
  });

  it("misses no event of transactions that commit in another order than they began in", async () => {
    const url = await withTables(await server().newDatabase());
    const ledger = await openShared(url, "read");
    const store = new PostgresEventStore(await connected(url));
    const seen: string[] = [];
    let position: Parameters<typeof ledger.read>[0] = {};
    const poll = async (): Promise<readonly string[]> => {
      const before = seen.length;
      for await (const recorded of ledger.read(position)) {
        seen.push(recorded.event.id);
        position = { after: recorded.position };
      }
      expect(await eventsOf(ledger)).toHaveLength(seen.length);
      return seen.slice(before);
    };
    const first = await slowWriter(url, "msg:1");
    const second = await slowWriter(url, "msg:2");
    const third = await slowWriter(url, "msg:3");
    await store.append([aRequestCompleted({ id: "msg:4" })]);
    await third.commit();
    // What is committed is not shown while something before it may still come.
    expect(await poll()).toEqual([]);
    await first.commit();
    expect(await poll()).toEqual(["msg:1"]);
    await store.append([aRequestCompleted({ id: "msg:5" })]);
    expect(await poll()).toEqual([]);
    await second.commit();
    expect(await poll()).toEqual(["msg:2", "msg:3", "msg:4", "msg:5"]);
    expect(await poll()).toEqual([]);
  });

  it("is told that events are held back, for how long and what to do, once it is no matter of moments", async () => {
    const url = await withTables(await server().newDatabase());
    const home = temporaryFolder();
    const forgotten = await slowWriter(url, "msg:1");
    const insertAgo = async (id: string, ago: string): Promise<void> => {
      const { query } = await connected(url);
      await query(
        `insert into farthing.event (id_hash, digest, month, ordinal, line, recorded_at)
          values ($1, ${DIGEST}, 202610, 1, $2, now() - $3::interval)`,
        [Number(id.slice(4)), JSON.stringify(aRequestCompleted({ id })), ago],
      );
    };
    await insertAgo("msg:2", "20 seconds");
    expect((await runCli(["spend", "--ledger", url], { home })).stderr).toBe("");
    await insertAgo("msg:3", "12 minutes");
    expect(await heldBackFor({ url }), "the first in order is the one asked for").toBeLessThan(60_000);
    await (await connected(url)).query("delete from farthing.event where id_hash = 2");
    const { stdout, stderr } = await runCli(["spend", "--ledger", url, "--format", "json"], { home });
    expect(JSON.parse(stdout)).toMatchObject({ total: { requests: 0 } });
    expect(stderr).toMatch(/recorded in the last 12 min.* is not in this answer: farthing doctor says why/);
    const doctor = await runCli(["doctor", "--ledger", url], { home });
    expect(doctor.exitCode).toBe(1);
    expect(doctor.stdout.replaceAll(/\s+/g, " ")).toMatch(
      /held back .*12 min.* with pg_read_all_stats: select .* pg_stat_activity where backend_xid/,
    );
    const closed = await runCli(["close", "2026-10", "--ledger", url], { home });
    expect(closed.stderr).toMatch(/nothing was closed: what was recorded in the last 12 min/);
    expect((await runCli(["rollup", "--ledger", url], { home })).stderr).toMatch(/is not in this answer/);
    await forgotten.commit();
    expect(await heldBackFor({ url })).toBeNull();
    expect((await runCli(["spend", "--ledger", url], { home })).stderr).toBe("");
  });

  it("misses none of those whose answer is held up on the way, however it polls", async () => {
    const url = await withTables(await server().newDatabase());
    const cutter = await openConnectionCutter(server().url);
    onTestFinished(() => cutter[Symbol.asyncDispose]());
    const ledger = await openShared(url, "read");
    const stores = await Promise.all(
      Array.from({ length: 4 }, async () => new PostgresEventStore(await connected(cutter.through(url)))),
    );
    const seen = new Set<string>();
    let position: Parameters<typeof ledger.read>[0] = {};
    const poll = async (): Promise<void> => {
      for await (const recorded of ledger.read(position)) {
        expect(seen, "every event comes once").not.toContain(recorded.event.id);
        seen.add(recorded.event.id);
        position = { after: recorded.position };
      }
    };
    for (let round = 0; round < 10; round += 1) {
      const held = cutter.holdAnswer(contains("insert into farthing.event"));
      const appending = stores.map((store, index) =>
        store.append([aRequestCompleted({ id: `msg:${String(round)}-${String(index)}` })]),
      );
      await held.happened;
      await poll();
      held.release();
      await Promise.all(appending);
    }
    await poll();
    expect(seen.size).toBe(40);
  });
});
