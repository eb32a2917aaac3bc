import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { formatUsd, openLedger, type LedgerEvent, type SpendRow } from "@farthing/ledger";
import { rollUpSpend, type SpendRollUp } from "@farthing/ledger/postgres";
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { blocksOf } from "../docs/markdown.ts";
import { eventLists } from "../support/arbitraries.ts";
import {
  anUnknownEvent,
  aPriceSet,
  aRequestCompleted,
  aUsage,
  aUsageCorrected,
  NO_CONTEXT,
} from "../support/builders.ts";
import { describeWithAnyPostgres, describeWithPostgres } from "../support/describe-with-postgres.ts";
import { postgresLedger, shownText, type PostgresLedger } from "../support/postgres-ledger.ts";
import { REPOSITORY } from "../support/repository.ts";
import { emptyFolder, runCli } from "../support/run-cli.ts";

const FARTHING = "0.1.0";

const CARD = {
  model: "claude-opus-5",
  effectiveFrom: "2026-09-01",
  rates: { uncachedInput: "6", cacheWrite5m: "7", cacheWrite1h: "8", cacheRead: "1", output: "30" },
  usGeography: false,
  regionalPremium: false,
  source: "contract",
  checkedOn: "2026-10-01",
};

let ledger: PostgresLedger;
/** Of one host. */
let replica: string;

async function rollUp(options: { url?: string; replica?: string; farthing?: string } = {}): Promise<SpendRollUp> {
  const { farthing = FARTHING, ...shared } = options;
  return rollUpSpend({ url: ledger.url, replica, ...shared }, { cache: emptyFolder(), farthing });
}

describeWithAnyPostgres("farthing.spend", (server) => {
  beforeAll(async () => {
    ledger = await postgresLedger(server());
  });
  beforeEach(async () => {
    await ledger.sql("truncate farthing.event, farthing.roll_up, farthing.spend_delta");
    replica = emptyFolder();
  });
  afterAll(() => ledger.close());

  it("says nothing before anything was rolled up, and of an empty ledger", async () => {
    expect(await spendInDatabase()).toEqual([]);
    expect(await rollUp()).toMatchObject({ outcome: "rolled-up", changes: 0, asOf: "0.0.0" });
    expect(await spendInDatabase()).toEqual([]);
    expect(await rollUp()).toMatchObject({ outcome: "unchanged" });
  });

  it("is what a replay says, to the picodollar, after each roll-up of whatever was recorded", async () => {
    for (const events of fc.sample(fc.array(eventLists, { minLength: 3, maxLength: 6 }), { numRuns: 4, seed: 7 })) {
      await append(...events.flat());
      await rollUp();
      expect(await spendInDatabase()).toEqual(await spendByReplay());
    }
  });

  it("adds only what changed: late, corrected, superseded and repeated events", async () => {
    await append(aCall("msg:1", "2026-10-01", 1), aCall("msg:2", "2026-10-02", 7));
    expect(await rollUp()).toMatchObject({ outcome: "rolled-up", changes: 2 });
    const late = aCall("msg:3", "2026-10-01", 3);
    await append(late);
    expect(await rollUp()).toMatchObject({ changes: 1 });
    expect(await amounts()).toEqual({ "2026-10-01": "0.0001", "2026-10-02": "0.000175" });
    await append(late, aUsageCorrected({ id: "c:1", corrects: "msg:1" }));
    expect(await rollUp()).toMatchObject({ changes: 1 });
    await append(aCall("msg:2", "2026-10-02", 9));
    expect(await rollUp()).toMatchObject({ changes: 1 });
    expect(await amounts()).toEqual({ "2026-10-01": "0.000075", "2026-10-02": "0.000225" });
    await append(aUsageCorrected({ id: "c:2", corrects: "msg:2" }), aUsageCorrected({ id: "c:3", corrects: "msg:3" }));
    expect(await rollUp()).toMatchObject({ changes: 2 });
    expect(await spendInDatabase()).toEqual([]);
  });

  it("counts what has no price apart", async () => {
    await append(aCall("msg:1", "2026-10-01", 1), { ...aCall("msg:2", "2026-10-01", 5), servedModel: "claude-none-1" });
    await rollUp();
    expect(
      await ledger.sql(
        "select model, requests, unpriced_requests, output_tokens, usd from farthing.spend order by model",
      ),
    ).toEqual([
      { model: "claude-none-1", requests: "1", unpriced_requests: "1", output_tokens: "5", usd: "0" },
      { model: "claude-opus-5", requests: "1", unpriced_requests: "0", output_tokens: "1", usd: "0.000025" },
    ]);
  });

  it("has texts and days that PostgreSQL cannot hold as farthing.response shows them", async () => {
    const odd = aRequestCompleted({ occurredAt: "0000-12-31T00:00:00.000Z", context: { service: "a\0\uD800" } });
    await append(odd);
    await rollUp();
    const both =
      "select workload, day::text = (occurred_at at time zone 'UTC')::date::text as same from farthing.spend join farthing.response using (workload)";
    expect(await ledger.sql(both)).toEqual([{ workload: "a\uFFFD0000\uFFFDd800", same: true }]);
  });

  it("is of the price book that was rolled up last, each of which has a full set of its own", async () => {
    await append(aCall("msg:1", "2026-10-01", 1));
    const before = await rollUp();
    await append(aPriceSet({ card: CARD }));
    const after = await rollUp();
    expect(after.priceBook).not.toBe(before.priceBook);
    expect(after.changes).toBe(1);
    expect(await amounts()).toEqual({ "2026-10-01": "0.00003" });
    const sums = await ledger.sql(
      "select price_book, sum(requests) as requests from farthing.spend_delta join farthing.roll_up on number = roll_up group by 1",
    );
    expect(new Map(sums.map(({ price_book: book, requests }) => [book, requests]))).toEqual(
      new Map([before.priceBook, after.priceBook].map((book) => [book, "1"])),
    );
  });

  it("says as of which row, at which prices and by which release it was reckoned", async () => {
    await append(aCall("msg:1", "2026-10-01", 1));
    const { priceBook, asOf } = await rollUp();
    await rollUp({ farthing: "0.2.0" });
    const rows = await ledger.sql(
      "select price_book, farthing, era || '.' || r.transaction || '.' || r.ordinal as as_of from farthing.roll_up r order by number",
    );
    expect(rows).toEqual([
      { price_book: priceBook, farthing: FARTHING, as_of: asOf },
      { price_book: priceBook, farthing: "0.2.0", as_of: asOf },
    ]);
    const [newest] = await ledger.sql(
      "select era || '.' || transaction || '.' || ordinal as as_of from farthing.event",
    );
    expect(newest).toEqual({ as_of: asOf });
  });

  it("is left alone by a roll-up as of an earlier row than the newest", async () => {
    await append(aCall("msg:1", "2026-10-01", 1));
    const slow = gate();
    const behind = rollUpSpend(
      { url: ledger.url, replica: emptyFolder(), loadPg: slow.loadPg },
      { cache: emptyFolder(), farthing: FARTHING },
    );
    await slow.reached;
    await append(aCall("msg:2", "2026-10-01", 2));
    await rollUp();
    slow.open();
    expect(await behind).toMatchObject({ outcome: "behind", changes: 0 });
    expect(await spendInDatabase()).toEqual(await spendByReplay());
    expect(await amounts()).toEqual({ "2026-10-01": "0.000075" });
  });

  it("is brought up to date by farthing rollup, which names the ledger without credentials", async () => {
    await append(aCall("msg:1", "2026-10-01", 1), anUnknownEvent({ type: "TeapotBrewed" }));
    const home = emptyFolder();
    const first = await runCli(["rollup", "--ledger", ledger.url], { home });
    const { host, pathname } = new URL(ledger.url);
    const name = `postgres://${host}${pathname}`;
    const [row] = await ledger.sql(
      "select price_book, era || '.' || transaction || '.' || ordinal as as_of from farthing.roll_up",
    );
    const [priceBook, asOf] = [String(row?.["price_book"]), String(row?.["as_of"])];
    expect(first.stdout).toBe(
      `farthing.spend is up to date: 1 change by day, model and workload; ledger ${name}\n  prices ${priceBook}, as of row ${asOf}\n`,
    );
    expect(first.stderr).toMatch(/in no figure, .*: 1 TeapotBrewed@/);
    expect(await spendInDatabase()).toEqual(await spendByReplay());
    const again = await runCli(["rollup", "--ledger", ledger.url, "--format", "json"], { home });
    const said = { schemaVersion: 1, ledger: name, outcome: "unchanged", changes: 0, priceBook, asOf };
    expect(JSON.parse(again.stdout)).toEqual(said);
  });

  it("is what only a ledger in a database has", async () => {
    const { exitCode, stderr } = await runCli(["rollup", "--ledger", "usage"]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      /usage is a folder, and only a ledger in a database has rollups; ask it: farthing spend --by day,model,workload/,
    );
  });

  it("answers what its guide asks", async () => {
    const today = new Date().toISOString().slice(0, "2026-10-01".length);
    await append(aCall("msg:1", today, 1));
    await rollUp();
    const guide = readFileSync(join(REPOSITORY, "docs/guides/ask-the-database.md"), "utf8");
    const asked = blocksOf("", guide).filter(({ language }) => language === "sql");
    const answers = [];
    for (const { lines } of asked) answers.push(await ledger.sql(lines.join("\n")));
    const service = { workload: "search" };
    expect(answers).toMatchObject([
      [],
      [{ this_week: "0.000025", week_before: null }],
      [{ farthing: FARTHING }],
      [service],
    ]);
  });

  it("is kept by farthing_roller, who can change nothing, and by nobody who only reads or writes", async () => {
    const [roller, reader, writer] = [await server().newLogin(), await server().newLogin(), await server().newLogin()];
    await ledger.sql(
      `grant farthing_roller to ${roller.user}; grant farthing_reader to ${reader.user}; grant farthing_writer to ${writer.user}`,
    );
    await append(aCall("msg:1", "2026-10-01", 1));
    const urlOf = ({ user, password }: typeof roller): string => server().urlOf(ledger.url, user, password);
    expect(await rollUp({ url: urlOf(roller) })).toMatchObject({ outcome: "rolled-up", changes: 1 });
    await append(aCall("msg:2", "2026-10-01", 1));
    await expect(rollUp({ url: urlOf(reader) })).rejects.toThrow(/permission denied .*farthing_roller/);
    await expect(rollUp({ url: urlOf(writer) })).rejects.toThrow(/permission denied/);
    const may = async (user: string, statement: string): Promise<boolean> => {
      try {
        await ledger.sql(`set role ${user}; ${statement}`);
        return true;
      } catch {
        return false;
      } finally {
        await ledger.sql("rollback; reset role");
      }
    };
    expect(await may(reader.user, "select from farthing.spend")).toBe(true);
    expect(await may(writer.user, "select from farthing.spend")).toBe(false);
    for (const table of ["event", "roll_up", "spend_delta", "setting", "ledger"]) {
      expect(await may(roller.user, `select from farthing.${table}`)).toBe(true);
      expect(await may(roller.user, `delete from farthing.${table}`)).toBe(false);
      expect(await may(roller.user, `truncate farthing.${table}`)).toBe(false);
    }
    expect(await may(roller.user, "update farthing.spend_delta set usd = 0")).toBe(false);
    expect(await may(roller.user, "insert into farthing.event select * from farthing.event")).toBe(false);
    expect(await may(roller.user, "insert into farthing.setting (version, settings) values (9, '{}')")).toBe(false);
  });
});

describeWithPostgres("two roll-ups at once", { isFast: true, isOrdinary: true }, (server) => {
  it.each(["read committed", "repeatable read"])(
    "count everything once where transactions are %s by default",
    async (level) => {
      ledger = await postgresLedger(server());
      await ledger.sql(DEFAULT_ISOLATION(level));
      replica = emptyFolder();
      await append(aCall("msg:1", "2026-10-01", 1), aCall("msg:2", "2026-10-02", 2));
      // Both have asked what was spent, and are about to write it.
      const gates = [gate(), gate()];
      const both = gates.map(({ loadPg }) =>
        rollUpSpend({ url: ledger.url, replica: emptyFolder(), loadPg }, { cache: emptyFolder(), farthing: FARTHING }),
      );
      await Promise.all(gates.map(({ reached }) => reached));
      // The first to write is held up before its commit, which the other has to wait for.
      await ledger.sql("begin; lock table farthing.spend_delta in share mode");
      for (const { open } of gates) open();
      await waiting(2);
      await ledger.sql("commit");
      expect((await Promise.all(both)).map(({ outcome }) => outcome).sort()).toEqual(["rolled-up", "unchanged"]);
      expect(await spendInDatabase()).toEqual(await spendByReplay());
      expect(await amounts()).toEqual({ "2026-10-01": "0.000025", "2026-10-02": "0.00005" });
      await ledger.close();
    },
  );
});

const DEFAULT_ISOLATION = (level: string): string =>
  `do $$ begin execute format('alter database %I set default_transaction_isolation = %L', current_database(), '${level}'); end $$`;

async function append(...events: readonly LedgerEvent[]): Promise<void> {
  for (const event of events) await ledger.store.append([event]);
}

/** A call that costs 25 millionths of a dollar a token. */
function aCall(id: string, day: string, output: number): LedgerEvent {
  return aRequestCompleted({
    id,
    occurredAt: `${day}T10:00:00.000Z`,
    usage: aUsage({ output }),
    servedModel: "claude-opus-5",
    context: { ...NO_CONTEXT, service: "search" },
  });
}

/** Keeps a roll-up waiting between its question and its transaction. */
function gate(): {
  readonly loadPg: () => Promise<unknown>;
  readonly reached: Promise<void>;
  readonly open: () => void;
} {
  let reach = (): void => undefined;
  let open = (): void => undefined;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const opened = new Promise<void>((resolve) => (open = resolve));
  const connect: unknown = Reflect.get(pg.Pool.prototype, "connect");
  class Pool extends pg.Pool {
    override connect(...args: readonly unknown[]): never {
      const goOn = (): unknown => Reflect.apply(connect as () => unknown, this, args);
      // Statements of their own give a callback.
      if (args.length > 0) return goOn() as never;
      reach();
      return opened.then(goOn) as never;
    }
  }
  return { loadPg: async () => ({ Pool }), reached, open };
}

/** Waits until so many connections wait for a lock. */
async function waiting(count: number): Promise<void> {
  for (;;) {
    const [row] = await ledger.sql("select count(distinct pid)::int as count from pg_locks where not granted");
    if (row?.["count"] === count) return;
  }
}

async function amounts(): Promise<unknown> {
  const rows = await ledger.sql("select day::text, usd from farthing.spend order by day");
  return Object.fromEntries(rows.map(({ day, usd }) => [day, usd]));
}

async function spendInDatabase(): Promise<unknown[]> {
  const rows = await ledger.sql("select day::text as day_text, * from farthing.spend");
  return rows.map(({ day_text: day, ...row }) => ({ ...row, day })).sort(byGroup);
}

/** What `farthing spend --by day,model,workload` says, asked on another host, of all there is. */
async function spendByReplay(): Promise<unknown[]> {
  await using other = await openLedger(
    { url: ledger.url, replica: emptyFolder() },
    { mode: "read", newUuid: randomUUID },
  );
  const { rows } = await other.spend({ by: ["day", "model", "workload"], timeZone: "UTC" });
  return rows.map(rowOf).sort(byGroup);
}

function rowOf({ by, usd, requests, unpricedRequests, tokens }: SpendRow): Readonly<Record<string, unknown>> {
  const shown = (text: string | null = null): string | null => (text === null ? null : shownText(text));
  return {
    day: by["day"],
    model: shown(by["model"]),
    workload: shown(by["workload"]),
    requests: String(requests),
    unpriced_requests: String(unpricedRequests),
    uncached_input: String(tokens.uncachedInput),
    cache_write_5m: String(tokens.cacheWrite5m),
    cache_write_1h: String(tokens.cacheWrite1h),
    cache_read: String(tokens.cacheRead),
    output_tokens: String(tokens.output),
    thinking_tokens: String(tokens.thinking),
    usd: formatUsd(usd),
  };
}

function byGroup(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): number {
  const key = ({ day, model, workload }: typeof a): string => JSON.stringify([day, model, workload]);
  return key(a) < key(b) ? -1 : 1;
}
