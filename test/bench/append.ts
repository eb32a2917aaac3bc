import { fdatasyncSync, mkdtempSync, openSync, closeSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { encodeEvent, openLedger, type LedgerEvent } from "@farthing/ledger";
import type { BenchContext, Benchmark } from "./benchmark.ts";
import { sampleEvents } from "./ledger/sample-events.ts";
import { inTurns, quantile, seconds } from "./measure.ts";
import { figure, table, times } from "./show.ts";

/** How events come: so many callers that each wait for their own, or one caller with so many at once. */
interface Load {
  readonly name: string;
  readonly callers: number;
  readonly batch: number;
  readonly events: number;
}

/** SQLite and a raw file append one at a time, however many wait; so more of the same would measure the same. */
const RIVAL_APPENDS = 1_000;

const LOADS: readonly Load[] = [
  { name: "1 caller", callers: 1, batch: 1, events: RIVAL_APPENDS },
  { name: "64 callers", callers: 64, batch: 1, events: 20_000 },
  { name: "1024 callers", callers: 1_024, batch: 1, events: 30_000 },
  { name: "batch 100", callers: 1, batch: 100, events: 30_000 },
  { name: "batch 1000", callers: 1, batch: 1_000, events: 50_000 },
];

/** The part of better-sqlite3 that is used. */
interface Sqlite {
  readonly default: new (path: string) => {
    pragma(text: string): unknown;
    exec(sql: string): unknown;
    prepare(sql: string): { run(...values: readonly unknown[]): unknown };
    transaction<T>(work: (items: T) => void): (items: T) => void;
    close(): void;
  };
}

/** Durable append: events that survive a power failure, per second. */
export const appendBenchmark: Benchmark = {
  name: "append",
  title: "Durable append, events per second (2 KB each)",
  async run(context) {
    const sqlite = await context.rivals.load<Sqlite>("better-sqlite3");
    const events = sampleEvents(context.seed, Math.max(...LOADS.map((load) => load.events)));
    const lines = events.map((event) => `${encodeEvent(event)}\n`);
    const bytesPerEvent = lines.reduce((sum, line) => sum + line.length, 0) / lines.length;
    const rates = new Map<string, Readonly<Record<"farthing" | "sqlite" | "raw", number>>>();
    const waits = new Map<string, number>();
    for (const load of LOADS) {
      const wanted = events.slice(0, load.events);
      const rivals = load.batch === 1 ? RIVAL_APPENDS : load.events;
      const latencies: number[] = [];
      const median = await inTurns(context.rounds, {
        farthing: () => inFolder(context, (folder) => appendToLedger(folder, wanted, load, latencies)),
        sqlite: () =>
          sqlite === null
            ? NaN
            : inFolder(context, (folder) => insertRows(sqlite, folder, wanted.slice(0, rivals), load)),
        raw: () => inFolder(context, (folder) => appendLines(folder, lines.slice(0, rivals), load)),
      });
      rates.set(load.name, median);
      waits.set(load.name, quantile(latencies, 0.99));
    }
    print(context, rates, waits, bytesPerEvent);
  },
};

function print(
  context: BenchContext,
  rates: ReadonlyMap<string, Readonly<Record<"farthing" | "sqlite" | "raw", number>>>,
  waits: ReadonlyMap<string, number>,
  bytesPerEvent: number,
): void {
  const head = ["", "farthing", "MB/s", "p99 ms", "sqlite WAL FULL", "raw fdatasync", "to sqlite", "to raw"];
  const rows = [...rates].map(([name, { farthing, sqlite, raw }]) => [
    name,
    figure(farthing),
    figure((farthing * bytesPerEvent) / 1e6),
    figure(waits.get(name) ?? NaN),
    figure(sqlite),
    figure(raw),
    times(farthing, sqlite),
    times(farthing, raw),
  ]);
  for (const line of table([head, ...rows])) context.print(line);
  const of = (name: string) => rates.get(name) ?? { farthing: NaN, sqlite: NaN, raw: NaN };
  const [one, many, hundred, thousand] = [of("1 caller"), of("64 callers"), of("batch 100"), of("batch 1000")];
  const found = (row: string, goal: string, value: string, holds: boolean): void => {
    context.found({ row, goal, figure: value, holds });
  };
  found("5", "one awaited append at least 0.85x raw", times(one.farthing, one.raw), one.farthing >= 0.85 * one.raw);
  found(
    "6",
    "batch 100 at least 0.55x raw",
    times(hundred.farthing, hundred.raw),
    hundred.farthing >= 0.55 * hundred.raw,
  );
  found(
    "6",
    "batch 1000 at least 0.15x raw",
    times(thousand.farthing, thousand.raw),
    thousand.farthing >= 0.15 * thousand.raw,
  );
  for (const [name, { farthing, sqlite }] of [
    ["batch 100", hundred],
    ["batch 1000", thousand],
  ] as const) {
    found("6", `${name} at least 1.2x better-sqlite3 FULL`, times(farthing, sqlite), farthing >= 1.2 * sqlite);
  }
  const rate = thousand.farthing;
  found("6", "150,000 events/s with chain and crc", `${figure(rate)}/s of 2 KB`, rate >= 150_000);
  found("7", "64 callers at least 15x one", times(many.farthing, one.farthing), many.farthing >= 15 * one.farthing);
  const wait = waits.get("64 callers") ?? NaN;
  const sync = 1_000 / one.raw;
  found("7", "64 callers: p99 at most 6x one fdatasync", times(wait, sync), wait <= 6 * sync);
}

async function inFolder(context: BenchContext, work: (folder: string) => Promise<number> | number): Promise<number> {
  const folder = mkdtempSync(join(context.folder, "append-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function appendToLedger(
  folder: string,
  events: readonly LedgerEvent[],
  { callers, batch }: Load,
  latencies: number[],
): Promise<number> {
  await using ledger = await openLedger(join(folder, "ledger"), { mode: "write", create: true });
  // The first append looks at the ledger and makes a file, which is no part of what is measured.
  await ledger.append(events.slice(0, 1));
  let next = 1;
  const caller = async (): Promise<void> => {
    while (next < events.length) {
      const some = events.slice(next, next + batch);
      next += batch;
      const startedAt = performance.now();
      await ledger.append(some);
      latencies.push(performance.now() - startedAt);
    }
  };
  const taken = await seconds(() => Promise.all(Array.from({ length: callers }, caller)));
  return (events.length - 1) / taken;
}

/** As an application that keeps its events in SQLite would: one table, the id as key, one transaction per batch. */
async function insertRows(
  { default: Database }: Sqlite,
  folder: string,
  events: readonly LedgerEvent[],
  { batch }: Load,
): Promise<number> {
  const database = new Database(join(folder, "events.db"));
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.exec("CREATE TABLE events (id TEXT PRIMARY KEY, occurred_at TEXT, event TEXT)");
  const insert = database.prepare("INSERT OR IGNORE INTO events VALUES (?, ?, ?)");
  const insertAll = database.transaction((some: readonly LedgerEvent[]) => {
    for (const event of some) insert.run(event.id, event.occurredAt, JSON.stringify(event));
  });
  const taken = await seconds(() => {
    for (let next = 0; next < events.length; next += batch) insertAll(events.slice(next, next + batch));
  });
  database.close();
  return events.length / taken;
}

/** The floor: lines that are text already, in one write and one fdatasync per batch. */
async function appendLines(folder: string, lines: readonly string[], { batch }: Load): Promise<number> {
  const file = openSync(join(folder, "lines.ndjson"), "a");
  const taken = await seconds(() => {
    for (let next = 0; next < lines.length; next += batch) {
      writeSync(file, lines.slice(next, next + batch).join(""));
      fdatasyncSync(file);
    }
  });
  closeSync(file);
  return lines.length / taken;
}
