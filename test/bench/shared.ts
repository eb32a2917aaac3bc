import { randomUUID } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeEvent, openLedger, type LedgerEvent } from "@farthing/ledger";
import {
  connect,
  forwardLedger,
  insertLines,
  migrateLedger,
  parsePostgresUrl,
  updateReplica,
  type EventLine,
} from "@farthing/ledger/postgres";
import type { BenchContext, Benchmark } from "./benchmark.ts";
import { FARTHING } from "./farthing.ts";
import { sampleEvents } from "./ledger/sample-events.ts";
import { workingCopy } from "./ledger/working-copy.ts";
import { inTurns, median, runProcess, seconds, type ProcessRun } from "./measure.ts";
import { startBenchServer, type BenchServer } from "./postgres-server.ts";
import { figure, size, table, times } from "./show.ts";

const WRITERS = 8;
const INGESTED = 40_000;
const NEW_EVENTS = 10_000;
/** So many rows in one statement of a plain insert. */
const ROWS_PER_INSERT = 1_000;

/** A ledger in a database: how fast events come in, and how long a host takes to follow. */
export const sharedBenchmark: Benchmark = {
  name: "shared",
  title: "A ledger in PostgreSQL: ingest at 8 writers, catching up",
  async run(context) {
    const server = await startBenchServer(context.folder);
    if (server === null) {
      context.print("skipped: no PostgreSQL is installed");
      return;
    }
    try {
      await measureIngest(context, server);
      for (const events of context.sizes) await measureCatchUp(context, server, events);
    } finally {
      await server.stop();
    }
  },
};

async function measureIngest(context: BenchContext, server: BenchServer): Promise<void> {
  const events = sampleEvents(context.seed, INGESTED);
  const folder = mkdtempSync(join(context.folder, "shared-"));
  chmodSync(folder, 0o755);
  try {
    const shares = Array.from({ length: WRITERS }, (_, writer) =>
      events.filter((_, index) => index % WRITERS === writer),
    );
    const outboxes = await Promise.all(
      shares.map((share, writer) => anOutbox(join(folder, `outbox-${String(writer)}`), share)),
    );
    const lines = shares.map((share) =>
      share.map((event) => ({ id: event.id, occurredAt: event.occurredAt, json: encodeEvent(event) })),
    );
    const rowsOf = shares.map((share) => share.map((event, index) => rowOf(event, (index % ROWS_PER_INSERT) + 1)));
    const copies = shares.map((share, writer) => aCopyFile(join(folder, `copy-${String(writer)}.txt`), share));
    let bytesPerRow = NaN;
    const rate = await inTurns(context.rounds, {
      farthing: async () => {
        const url = await emptyLedger(server);
        for (const outbox of outboxes) {
          for (const name of readdirSync(outbox)) if (name.startsWith("forward")) rmSync(join(outbox, name));
        }
        const took = await seconds(() => Promise.all(outboxes.map((outbox) => forwardAll(outbox, url))));
        bytesPerRow = await sizeOf(url, events.length);
        return events.length / took;
      },
      lines: async () => {
        const url = await emptyLedger(server);
        return events.length / (await seconds(() => Promise.all(lines.map((each) => insertAll(url, each)))));
      },
      insert: async () => {
        const url = await emptyLedger(server);
        return events.length / (await seconds(() => Promise.all(rowsOf.map((each) => insertRows(url, each)))));
      },
      copy: async () => {
        const url = await emptyLedger(server);
        const statement = (file: string): string =>
          `\\copy farthing.event (id_hash, digest, month, ordinal, line) from '${file}'`;
        return (
          events.length / (await seconds(() => Promise.all(copies.map((file) => server.psql(url, statement(file))))))
        );
      },
    });
    const bytes = events.reduce((sum, event) => sum + encodeEvent(event).length, 0) / events.length;
    context.print(
      `${size(events.length)} events of ${figure(bytes)} bytes, ${String(WRITERS)} writers, into the same table`,
    );
    const rows = [
      ["", "events/s", "to COPY"],
      ["the driver, of lines", figure(rate.lines), times(rate.lines, rate.copy)],
      ["the same, read from outboxes and checked", figure(rate.farthing), times(rate.farthing, rate.copy)],
      ["plain insert, 1000 rows a statement", figure(rate.insert), times(rate.insert, rate.copy)],
      ["COPY of the same rows, by psql", figure(rate.copy), "1.00x"],
    ];
    for (const line of table(rows)) context.print(line);
    context.print(`the database takes ${figure(bytesPerRow)} bytes an event, indexes included`);
    context.found({
      row: "shared",
      goal: "ingest at 8 writers at least 0.6x of COPY",
      figure: times(rate.lines, rate.copy),
      holds: rate.lines >= 0.6 * rate.copy,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function emptyLedger(server: BenchServer): Promise<string> {
  const url = await server.database("ingest");
  await migrateLedger({ url });
  return url;
}

async function anOutbox(path: string, events: readonly LedgerEvent[]): Promise<string> {
  await using ledger = await openLedger(path, { mode: "write", create: true });
  await ledger.append(events);
  return path;
}

async function forwardAll(path: string, url: string): Promise<void> {
  await using ledger = await openLedger(path, { mode: "write" });
  await using forwarding = await forwardLedger(ledger, { url, pollMs: 60_000 });
  await forwarding.flush();
}

/** What a forwarder sends, without reading it from its folder first. */
async function insertAll(url: string, lines: readonly EventLine[]): Promise<void> {
  const database = await connect(parsePostgresUrl(url), { connections: 1 });
  try {
    for (let first = 0; first < lines.length; first += ROWS_PER_INSERT) {
      await insertLines(database, lines.slice(first, first + ROWS_PER_INSERT));
    }
  } finally {
    await database.end();
  }
}

/** Columns of a row, as the driver fills them. */
type Row = readonly (string | number)[];

function rowOf(event: LedgerEvent, ordinal: number): Row {
  const month = event.occurredAt.slice(0, 4) + event.occurredAt.slice(5, 7);
  const hash = Number.parseInt(randomUUID().replaceAll("-", "").slice(0, 13), 16);
  return [hash, randomUUID(), month, ordinal, encodeEvent(event)];
}

function aCopyFile(path: string, events: readonly LedgerEvent[]): string {
  const escaped = (text: string): string =>
    text.replaceAll("\\", "\\\\").replaceAll("\t", "\\t").replaceAll("\n", "\\n");
  const lines = events.map((event, index) =>
    rowOf(event, index + 1)
      .map((cell) => escaped(String(cell)))
      .join("\t"),
  );
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}

async function insertRows(url: string, all: readonly Row[]): Promise<void> {
  const database = await connect(parsePostgresUrl(url), { connections: 1 });
  try {
    for (let first = 0; first < all.length; first += ROWS_PER_INSERT) {
      const rows = all.slice(first, first + ROWS_PER_INSERT);
      const values = rows.map(
        (row, index) => `(${row.map((_, cell) => `$${String(index * row.length + cell + 1)}`).join(",")})`,
      );
      const insert = `insert into farthing.event (id_hash, digest, month, ordinal, line) values ${values.join(",")}`;
      await database.query(insert, rows.flat());
    }
  } finally {
    await database.end();
  }
}

async function sizeOf(url: string, events: number): Promise<number> {
  const database = await connect(parsePostgresUrl(url), { connections: 1 });
  try {
    const { rows } = await database.query(
      `select sum(pg_total_relation_size(c.oid)) from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'farthing' and c.relname like 'event%' and c.relkind = 'r'`,
    );
    return Number(rows[0]?.[0]) / events;
  } finally {
    await database.end();
  }
}

async function measureCatchUp(context: BenchContext, server: BenchServer, events: number): Promise<void> {
  const ledger = await context.ledger(events);
  if (ledger === null) return;
  const folder = mkdtempSync(join(context.folder, "followed-"));
  const outbox = workingCopy(ledger);
  try {
    const url = await server.database("followed");
    await migrateLedger({ url });
    await forwardAll(outbox, url);
    rmSync(outbox, { recursive: true, force: true });
    await server.psql(url, "analyze");
    const cache = join(folder, "farthing");
    const update = (): Promise<number> => seconds(() => updateReplica({ url }, { cache }));
    const spend = (): Promise<ProcessRun> =>
      runProcess(process.execPath, [FARTHING, "spend", "--ledger", url], {
        env: { ...process.env, XDG_CACHE_HOME: folder },
      });
    const rows = [["", "s", "peak MB"]];
    const add = (what: string, run: ProcessRun): void => {
      rows.push([what, figure(run.seconds), figure(run.peakMB ?? NaN)]);
    };
    rows.push(["first copy of everything", figure(await update()), ""]);
    add("farthing spend after it, which makes the columns", await spend());
    const took: number[] = [];
    for (let round = 0; round < context.rounds; round += 1) {
      const fresh = sampleEvents(context.seed + 1000 + round, NEW_EVENTS);
      await forwardAll(await anOutbox(join(folder, `new-${String(round)}`), fresh), url);
      took.push(await update());
    }
    rows.push([`catching up with ${size(NEW_EVENTS)} new events`, figure(median(took)), ""]);
    add("farthing spend with them", await spend());
    add("farthing spend once more", await spend());
    context.print(`${size(events)} events in the database`);
    for (const line of table(rows)) context.print(line);
    context.found({
      row: "shared",
      goal: `catching up with 10k new events over ${size(events)} within 0.5 s`,
      figure: `${figure(median(took))} s`,
      holds: median(took) <= 0.5,
    });
  } finally {
    rmSync(outbox, { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
  }
}
