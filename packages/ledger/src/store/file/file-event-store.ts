import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { LedgerClosedError } from "../../errors.ts";
import type { LedgerEvent } from "../../events/event.ts";
import { isKnownEvent } from "../../events/known-event.ts";
import { LazyParser } from "../../events/load-schemas.ts";
import { encode, refuseContradictions } from "../append-plan.ts";
import {
  START,
  type AppendOutcome,
  type Damage,
  type EventStore,
  type Position,
  type RecordedEvent,
} from "../event-store.ts";
import { buildMissingColumns, buildPartOf } from "../columns/build-missing.ts";
import { COLUMNS_SUFFIX } from "../columns/column-file.ts";
import { columnsFolder, sealedSegments } from "../columns/columns-folder.ts";
import { AppendGroups } from "./append-groups.ts";
import { ColumnsOnSeal } from "./columns-on-seal.ts";
import { nodeFileSystem, type FileSystem } from "./file-system.ts";
import { ReplicaMaking } from "./half-made.ts";
import { HeldIds, type HeldLine } from "./held-ids.ts";
import { findLogEnd, type LogEnd } from "./log-end.ts";
import { listLogs } from "./list-logs.ts";
import { mergeLogs } from "./merge-logs.ts";
import { namesIn } from "./names-in.ts";
import type { OwnLog } from "./own-log.ts";
import { OwnLogWriter } from "./own-log-writer.ts";
import { decodePosition, encodePosition } from "./position.ts";
import { systemNow, type Processes } from "./processes.ts";
import { prunedIdsOf, readPruned } from "./pruned.ts";
import type { Log } from "./read-log.ts";
import { RecordQueue, type RecordLimits } from "./record-queue.ts";
import { refuseEarlierLog } from "./replica-log.ts";
import { segmentName } from "./segment-name.ts";
import { moveTornTailAside } from "./torn-tail.ts";
import { withPath } from "./unavailable.ts";
import { isAsSure, syncNewest } from "./unsure.ts";

export interface FileStoreOptions {
  readonly fileSystem?: FileSystem;
  /** The time, in milliseconds since 1970. Default: this machine's clock. */
  readonly now?: () => number;
  /** Whether the folder is the copy of a ledger in a database. Default: it is not. */
  readonly isReplica?: boolean;
}

export interface WritableFileStoreOptions extends FileStoreOptions {
  /** The log to append to, which nobody else does; see `claimLog`. */
  readonly log: OwnLog;
  /** A segment that holds this many bytes gets no more lines. Default: 16 MiB. */
  readonly segmentBytes?: number;
  /** See `OpenLedgerOptions`. Default: 1,000,000. */
  readonly linesInMemory?: number;
  /** See `OpenLedgerOptions`. Default: on demand. */
  readonly columns?: "on-demand" | "on-seal";
  /** See `OpenLedgerOptions`. Default: 1 MiB. */
  readonly partBytes?: number;
  /** What may wait to be recorded. Default: 10,000 events, 16 MiB. */
  readonly recordQueue?: Partial<RecordLimits>;
  /** What an event becomes before it is recorded. */
  readonly prepare: (event: LedgerEvent) => LedgerEvent;
  /** Hears why an event could not be recorded, or not yet; must not throw. */
  readonly onError: (error: unknown) => void;
  readonly processes: Processes;
  /** Names what the store itself records. */
  readonly newUuid: () => string;
}

export const SEGMENT_BYTES = 16_777_216;
/** Of more sealed segments without columns than these, the first append looks for ids alone. */
const UNCOVERED_MAX = 16;
const LINES_MAX = 1_000_000;
const PART_BYTES = 1_048_576;
const RECORD_LIMITS: RecordLimits = { events: 10_000, bytes: 16_777_216 };

/** What a store that can be written to has more. */
interface Writing {
  readonly log: OwnLogWriter;
  readonly groups: AppendGroups;
  readonly recording: RecordQueue;
  readonly columns: ColumnsOnSeal;
  /** Makes columns of what was appended last, where it is much. */
  readonly cover: () => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/**
 * A store in the folder of a ledger: append-only logs of one JSON line per event, see docs/reference/ledger-format.md.
 *
 * Any number of processes may read, and append, each to a log of its own, which `claimLog` sees to. The first append
 * learns what the ledger holds: from the ids of column files, and from the lines of what has none.
 */
export class FileEventStore implements EventStore {
  readonly #folder: string;
  readonly #fileSystem: FileSystem;
  readonly #damage = new Map<string, Damage>();
  readonly #isReplica: boolean;
  #writing: Writing | null = null;
  readonly #parser = new LazyParser();
  #closed = false;

  /** A store to read. */
  constructor(root: string, { fileSystem = nodeFileSystem, isReplica = false }: FileStoreOptions = {}) {
    this.#folder = join(root, "segments");
    this.#isReplica = isReplica;
    this.#fileSystem = fileSystem;
  }

  /**
   * A store to read and write.
   *
   * @throws LedgerUnavailableError when the operating system refuses.
   */
  static async open(root: string, options: WritableFileStoreOptions): Promise<FileEventStore> {
    const { fileSystem = nodeFileSystem } = options;
    const { writer } = options.log;
    const store = new FileEventStore(root, { fileSystem });
    const folder = store.#folder;
    await withPath(folder, async () => {
      await fileSystem.makeFolder(folder);
      await fileSystem.syncFolder(root);
    });
    const own = (await listLogs(fileSystem, folder)).find((log) => log.writer === writer);
    const newest = own?.segments.at(-1);
    if (own !== undefined && newest !== undefined) {
      // Left by a process that may have died before it did so.
      await syncNewest(fileSystem, own, "append");
      await withPath(folder, () => fileSystem.syncFolder(folder));
      await moveTornTailAside(fileSystem, join(folder, segmentName(writer, newest)), join(root, "damaged"));
    }
    await store.#startWriting(options, await findLogEnd(fileSystem, folder, own ?? { writer, segments: [] }));
    return store;
  }

  async append(events: readonly LedgerEvent[]): Promise<readonly AppendOutcome[]> {
    this.#refuseClosed();
    assert(this.#writing !== null, "a store without a log of its own can only be read");
    const { groups } = this.#writing;
    // Encoded before anything else happens: the caller may change the objects meanwhile.
    const parser = this.#parser.for(events);
    const parse = typeof parser === "function" ? parser : await parser;
    const encoded = events.map((event) => encode(parse(event)));
    refuseContradictions(encoded);
    return groups.append(encoded);
  }

  /** See `Ledger.record`. */
  record(event: LedgerEvent): void {
    if (this.#writing === null) return;
    if (this.#closed) this.#writing.onError(new LedgerClosedError());
    else this.#writing.recording.add(event);
  }

  /** See `Ledger.flush`. */
  async flush(): Promise<void> {
    this.#refuseClosed();
    await this.#writing?.recording.flush();
  }

  /** Hands what waits to be recorded to the operating system; tells `onError` what it could not. */
  writeNow(): void {
    if (!this.#closed) this.#writing?.recording.writeNow();
  }

  /** As `flush`, done when it returns; tells `onError` what it could not write. */
  flushNow(): void {
    if (!this.#closed) this.#writing?.recording.flushNow();
  }

  async *read({
    after = START,
    limit = Infinity,
  }: { after?: Position; limit?: number } = {}): AsyncGenerator<RecordedEvent> {
    this.#refuseClosed();
    const from = decodePosition(after);
    let left = limit;
    if (left <= 0) return;
    const [fileSystem, root] = [this.#fileSystem, dirname(this.#folder)];
    const making = this.#isReplica ? await ReplicaMaking.read(root, fileSystem) : null;
    const { records } = await readPruned(fileSystem, root);
    refuseEarlierLog(root, from, records);
    const pruned = await prunedIdsOf(fileSystem, root, records);
    const logs = await this.#logs();
    await making?.refuseAnother();
    for await (const { entry, places } of mergeLogs(fileSystem, logs, from, this.#report)) {
      const { event } = entry.frame;
      // Written again by who did not know that it had been pruned: it is counted in a sum.
      if (pruned.mayHold(event.id) && isKnownEvent(event) && (await pruned.holds(event.id))) continue;
      yield { position: encodePosition(places), event };
      left -= 1;
      if (left <= 0) return;
    }
    await making?.refuseAnother();
  }

  damage(): readonly Damage[] {
    return [...this.#damage.values()];
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#writing === null) return;
    const { log, groups, recording, columns, cover } = this.#writing;
    try {
      await groups.close();
      await recording.close();
    } finally {
      await columns.close();
      await log.close();
    }
    await cover();
  }

  async #startWriting(options: WritableFileStoreOptions, end: LogEnd): Promise<void> {
    const { log: own, processes, now = systemNow, segmentBytes = SEGMENT_BYTES } = options;
    const { recordQueue, prepare, onError, newUuid, linesInMemory: linesMax = LINES_MAX } = options;
    const [fileSystem, folder] = [this.#fileSystem, this.#folder];
    const columns = new ColumnsOnSeal(dirname(folder), { fileSystem, processes }, onError);
    const onSeal = (): void => {
      if (options.columns === "on-seal") columns.build();
    };
    const log = await OwnLogWriter.open({ fileSystem, folder, own, segmentBytes, now, onSeal }, end);
    const { writer } = log;
    const groups = new AppendGroups({
      log,
      linesMax,
      readHeld: () => this.#readHeld(processes, log, linesMax),
    });
    const limits = { ...RECORD_LIMITS, ...recordQueue };
    const onDurable = (lines: readonly HeldLine[]): void => {
      groups.take(lines);
    };
    const recording = new RecordQueue({ log, limits, prepare, onError, onDurable, newUuid, now });
    const { partBytes = PART_BYTES } = options;
    const cover = async (): Promise<void> => {
      if (log.writer === writer) await buildPartOf(dirname(folder), writer, end, { fileSystem, processes, partBytes });
    };
    this.#writing = { log, groups, recording, columns, cover, onError };
  }

  async #readHeld(processes: Processes, log: OwnLogWriter, linesMax: number): Promise<HeldIds> {
    for (;;) {
      // What this process has lost is not held either.
      log.marks.leave();
      const { losses } = log;
      const logs = await this.#logs();
      const held = await this.#readHeldOnce(logs, processes, linesMax);
      // Of lines that were read, and synced with success, an earlier sync can have failed in another process.
      if (log.losses === losses && isAsSure(logs, await this.#logs())) return held;
      await held.close();
    }
  }

  async #readHeldOnce(logs: readonly Log[], processes: Processes, linesMax: number): Promise<HeldIds> {
    const [fileSystem, folder, root] = [this.#fileSystem, this.#folder, dirname(this.#folder)];
    if (await lacksColumns(root, fileSystem, logs)) {
      const held = await HeldIds.readIds(fileSystem, folder, logs, this.#report, linesMax);
      if (held !== null) return held;
      await buildMissingColumns(root, { fileSystem, processes });
    }
    return HeldIds.read(fileSystem, folder, logs, this.#report);
  }

  async #logs(): Promise<Log[]> {
    return listLogs(this.#fileSystem, this.#folder);
  }

  readonly #report = (damage: Damage): void => {
    this.#damage.set(`${damage.file}:${String(damage.byte)}`, damage);
  };

  #refuseClosed(): void {
    if (this.#closed) throw new LedgerClosedError();
  }
}

/** Whether so many sealed segments have no columns that reading all of their lines instead would take long. */
async function lacksColumns(root: string, fileSystem: FileSystem, logs: readonly Log[]): Promise<boolean> {
  const sealed = logs.reduce((count, log) => count + sealedSegments(log).length, 0);
  if (sealed <= UNCOVERED_MAX) return false;
  const made = (await namesIn(columnsFolder(root), fileSystem)).filter((name) => name.endsWith(COLUMNS_SUFFIX));
  return sealed - made.length > UNCOVERED_MAX;
}
