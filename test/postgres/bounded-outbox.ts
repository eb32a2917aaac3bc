import { SCHEMA_VERSION } from "../../packages/ledger/src/store/postgres/migrations/migrations.ts";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import {
  openLedger,
  verifyLedger,
  type FileSystem,
  type Ledger,
  type LedgerEvent,
  type Processes,
  type Verification,
} from "@farthing/ledger";
import { forwardLedger } from "@farthing/ledger/postgres";
import { aRequestCompleted, aUsage } from "../support/builders.ts";
import { CrashDisk } from "../support/crash-disk.ts";
import { programOn, type DiskProgramOptions } from "../support/crash-file-system.ts";
import { systemError } from "../support/faulty-file-system.ts";

/** Version of the tables of this release. */
const TABLES_VERSION = SCHEMA_VERSION;
const FOLDER = "/outbox";
const URL_OF_FAKE = "postgres://db/usage";
const AT = Date.parse("2026-11-01T08:00:00.000Z");

/** A database that takes events, and is away at times. */
export class FakeDatabase {
  readonly lines: Set<string> = new Set();
  /** What came, as often as it came. */
  readonly sent: LedgerEvent[] = [];
  /** How many more statements that insert events are answered. */
  inserts: number = Infinity;
  isAway: boolean = false;
  /** Done before the next statement that inserts events is answered. */
  beforeInsert: (() => Promise<void>) | null = null;
  /** What it fails with while it is away. */
  failure: Error = systemError("ECONNREFUSED");
  /** Statements that change anything else than events. */
  readonly changes: string[] = [];
  ledger: string = "shared";
  /** What hosts said of themselves: how many lines wait. */
  readonly reports: unknown[] = [];
  /** The names by which they did. */
  readonly hosts: unknown[] = [];
  /** How many statements came, also while it was away. */
  tries: number = 0;
  /** Fails the next report of a host. */
  refusesReport: boolean = false;
  /** Which life it lives: another one after a restore. */
  incarnation: string = "1";
  settings: object = {};
  /** Number of the newest transaction; null where it tells of none. */
  transaction: number | null = null;

  /** Stands for the package `pg`. */
  readonly loadPg = (): Promise<unknown> => {
    const query = (statement: { text: string; values: readonly unknown[] }): Promise<object> => this.#answer(statement);
    class Pool {
      readonly query = query;
      readonly connect = (): Promise<object> => Promise.resolve({ query, release: () => undefined });
      on(): void {
        // No connection breaks while nobody uses it.
      }
      end(): Promise<void> {
        return Promise.resolve();
      }
    }
    return Promise.resolve({ Pool });
  };

  events(): readonly LedgerEvent[] {
    return [...this.lines].map((line) => JSON.parse(line) as LedgerEvent);
  }

  async #answer({ text, values }: { text: string; values: readonly unknown[] }): Promise<object> {
    this.tries += 1;
    if (this.isAway) return Promise.reject(this.failure);
    if (text.includes("joined()"))
      return answer([
        [
          this.ledger,
          TABLES_VERSION,
          JSON.stringify(this.settings),
          this.incarnation,
          false,
          true,
          this.transaction === null ? null : String(this.transaction + 1),
        ],
      ]);
    if (text.includes("farthing.setting")) this.changes.push(text);
    if (text.includes("insert into farthing.outbox")) {
      const refuses = this.refusesReport;
      this.refusesReport = false;
      if (refuses) throw systemError("ECONNRESET");
      this.reports.push(values[3]);
      this.hosts.push(values[1]);
    }
    if (!text.includes("insert into farthing.event")) return answer([]);
    if (this.inserts <= 0) return Promise.reject(systemError("ECONNRESET"));
    const before = this.beforeInsert;
    this.beforeInsert = null;
    await before?.();
    this.inserts -= 1;
    const had = this.lines.size;
    for (const line of String(values[4]).split("\n")) {
      this.lines.add(line);
      this.sent.push(JSON.parse(line) as LedgerEvent);
    }
    // Whoever asks what became of them is told how many were new, and by which transaction.
    const added = this.lines.size - had;
    if (text.startsWith("with batch")) return answer([[null, null, added, "1"]]);
    if (this.transaction === null) return { rows: [], rowCount: added };
    this.transaction += 1;
    return answer([[String(added), String(this.transaction)]]);
  }
}

function answer(rows: readonly unknown[]): Promise<object> {
  return Promise.resolve({ rows, rowCount: rows.length });
}

let started = 0;

/** A process that records into a folder on a disk in memory and forwards it; each is a new one, all others are gone. */
export interface OutboxProcess extends AsyncDisposable {
  readonly ledger: Ledger;
  /** As `flush`, also where that is not possible. Returns whether it was. */
  pass(): Promise<boolean>;
}

export const SEGMENT_BYTES = 3000;

export interface OutboxOptions {
  readonly maxBytes?: number;
  readonly database?: FakeDatabase;
  readonly url?: string;
  readonly program?: DiskProgramOptions;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** A host's folder, on a disk in memory. */
export class Outbox {
  readonly disk: CrashDisk;

  constructor(disk: CrashDisk = new CrashDisk()) {
    this.disk = disk;
  }

  async start({ maxBytes, database, url = URL_OF_FAKE, program, now }: OutboxOptions): Promise<OutboxProcess> {
    const { fileSystem, processes } = this.#process(program);
    const options = { mode: "write", create: true, segmentBytes: SEGMENT_BYTES, fileSystem, processes } as const;
    const ledger = await openLedger(FOLDER, options);
    const forwarding = await forwardLedger(ledger, {
      url,
      pollMs: 3_600_000,
      fileSystem,
      processes,
      onError: () => undefined,
      ...(database === undefined ? {} : { loadPg: database.loadPg }),
      ...(maxBytes === undefined ? {} : { maxBytes }),
      ...(now === undefined ? {} : { now }),
    });
    const pass = async (): Promise<boolean> => {
      try {
        await forwarding.flush();
        return true;
      } catch {
        return false;
      }
    };
    // The one that it begins with, as soon as a timer of no time goes off, does not see what the test is about to record.
    await pass();
    await wait(5);
    await pass();
    return {
      ledger,
      pass,
      async [Symbol.asyncDispose]() {
        await forwarding.close();
        await ledger.close();
      },
    };
  }

  /** Opens the ledger of a database that has this for its outbox, in a process of its own. */
  async openShared({ maxBytes, database, url = URL_OF_FAKE, program }: OutboxOptions): Promise<Ledger> {
    const { fileSystem, processes } = this.#process(program);
    const shared = {
      url,
      outbox: FOLDER,
      ...(database === undefined ? {} : { loadPg: database.loadPg }),
      ...(maxBytes === undefined ? {} : { outboxMaxBytes: maxBytes }),
    };
    const options = { mode: "write", segmentBytes: SEGMENT_BYTES, fileSystem, processes } as const;
    return openLedger(shared, { ...options, onError: () => undefined });
  }

  /** A ledger opened to be read. */
  async read<T>(ask: (ledger: Ledger) => Promise<T>): Promise<T> {
    const { fileSystem, processes } = this.#process();
    await using ledger = await openLedger(FOLDER, { mode: "read", fileSystem, processes });
    return await ask(ledger);
  }

  /** What `verify` finds, but for what a process that is at work holds. */
  async verify(): Promise<Verification["problems"]> {
    const { fileSystem, processes } = this.#process();
    const running = { ...processes, isRunning: () => true };
    const { problems } = await verifyLedger(FOLDER, { fileSystem, processes: running, deep: true });
    return problems.filter(({ severity }) => severity !== "note");
  }

  /** Bytes of all segments. */
  segmentBytes(): number {
    const { fileSystem } = this.#process();
    return this.segments().reduce(
      (sum, name) => sum + (fileSystem.stateNow(join(FOLDER, "segments", name))?.bytes ?? 0),
      0,
    );
  }

  /** Whether it is a ledger's folder, and whether it is marked as made for one in a database. */
  made(): { readonly isLedger: boolean; readonly isMarked: boolean } {
    const has = (name: string): boolean => this.disk.find(`${FOLDER}/${name}`)?.kind === "file";
    return { isLedger: has("ledger.json"), isMarked: has("outbox.json") };
  }

  segments(): readonly string[] {
    const folder = this.disk.find(`${FOLDER}/segments`);
    return folder?.kind === "folder" ? [...folder.names.keys()].sort() : [];
  }

  #process(program: DiskProgramOptions = {}): { readonly fileSystem: FileSystem; readonly processes: Processes } {
    started += 1;
    const self = { pid: started, host: "test", namespace: null, started: null };
    return {
      fileSystem: programOn(this.disk, program).fileSystem,
      processes: { self, isRunning: ({ pid }) => pid === self.pid },
    };
  }
}

/** Some requests, each of so many tokens of output as its number. */
export function requests(from: number, count: number): LedgerEvent[] {
  return Array.from({ length: count }, (_, index) => {
    const number = from + index;
    return aRequestCompleted({
      id: `msg:${String(number)}`,
      occurredAt: new Date(AT + number * 60_000).toISOString(),
      usage: aUsage({ uncachedInput: 1, output: number }),
    });
  });
}

/** Events that say what was lost: how many in all, and of how many tokens of output. */
export function lossIn(events: readonly LedgerEvent[]): { readonly count: number; readonly output: number } {
  let [count, output] = [0, 0];
  const seen = new Set<string>();
  for (const event of events) {
    if (event.type !== "EventsDropped" || seen.has(event.id)) continue;
    seen.add(event.id);
    const dropped = event as LedgerEvent & { readonly count: number; readonly tokens: { readonly output: number } };
    count += dropped.count;
    output += dropped.tokens.output;
  }
  return { count, output };
}
