import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { LedgerClosedError } from "../../errors.ts";
import type { LedgerEvent } from "../../events/event.ts";
import { isKnownEvent } from "../../events/known-event.ts";
import { loadParseEvent } from "../../events/load-schemas.ts";
import { encode, refuseContradictions } from "../append-plan.ts";
import {
  START,
  type AppendOutcome,
  type Damage,
  type EventStore,
  type Position,
  type RecordedEvent,
} from "../event-store.ts";
import { AppendGroups } from "./append-groups.ts";
import { nodeFileSystem, type FileSystem } from "./file-system.ts";
import { HeldIds } from "./held-ids.ts";
import { findLogEnd } from "./log-end.ts";
import { LogWriter } from "./log-writer.ts";
import { listLogs } from "./list-logs.ts";
import { mergeLogs } from "./merge-logs.ts";
import { decodePosition, encodePosition } from "./position.ts";
import { systemNow } from "./processes.ts";
import { openPrunedIds } from "./pruned.ts";
import type { Log } from "./read-log.ts";
import { segmentName } from "./segment-name.ts";
import { moveTornTailAside } from "./torn-tail.ts";
import { withPath } from "./unavailable.ts";

export interface FileStoreOptions {
  readonly fileSystem?: FileSystem;
  /** The log to append to, which nobody else does; see `claimLog`. Default: none, for who only reads. */
  readonly writer?: string | null;
  /** The time, in milliseconds since 1970. Default: this machine's clock. */
  readonly now?: () => number;
  /** A segment that holds this many bytes gets no more lines. Default: 16 MiB. */
  readonly segmentBytes?: number;
}

const SEGMENT_BYTES = 16_777_216;

/**
 * A store in the folder of a ledger: append-only logs of one JSON line per event, see docs/reference/ledger-format.md.
 *
 * Any number of processes may read, and append, each to a log of its own, which `claimLog` sees to. The first append
 * reads the whole ledger once, to know what it holds.
 */
export class FileEventStore implements EventStore {
  readonly #folder: string;
  readonly #fileSystem: FileSystem;
  readonly #damage = new Map<string, Damage>();
  readonly #log: LogWriter | null;
  readonly #groups: AppendGroups | null;
  #parse: ((json: unknown) => LedgerEvent) | null = null;
  #closed = false;

  private constructor(folder: string, fileSystem: FileSystem, writer: string | null, log: LogWriter | null) {
    this.#folder = folder;
    this.#fileSystem = fileSystem;
    this.#log = log;
    this.#groups =
      writer === null || log === null ? null : new AppendGroups({ writer, log, readHeld: () => this.#readHeld() });
  }

  /** @throws LedgerUnavailableError when the operating system refuses. */
  static async open(root: string, options: FileStoreOptions = {}): Promise<FileEventStore> {
    const { fileSystem = nodeFileSystem, writer = null, now = systemNow, segmentBytes = SEGMENT_BYTES } = options;
    const folder = join(root, "segments");
    if (writer === null) return new FileEventStore(folder, fileSystem, null, null);
    await withPath(folder, async () => {
      await fileSystem.makeFolder(folder);
      await fileSystem.syncFolder(root);
    });
    const own = (await listLogs(fileSystem, folder)).find((log) => log.writer === writer);
    const newest = own?.segments.at(-1);
    if (newest !== undefined) {
      await moveTornTailAside(fileSystem, join(folder, segmentName(writer, newest)), join(root, "damaged"));
    }
    const end = await findLogEnd(fileSystem, folder, own ?? { writer, segments: [] });
    const log = await LogWriter.open({ fileSystem, folder, writer, segmentBytes, now }, end);
    return new FileEventStore(folder, fileSystem, writer, log);
  }

  async append(events: readonly LedgerEvent[]): Promise<readonly AppendOutcome[]> {
    this.#refuseClosed();
    assert(this.#groups !== null, "a store without a log of its own can only be read");
    const parse = this.#parse ?? (this.#parse = await loadParseEvent());
    // Encoded before anything else happens: the caller may change the objects meanwhile.
    const encoded = events.map((event) => encode(parse(event)));
    refuseContradictions(encoded);
    return this.#groups.append(encoded);
  }

  async *read({
    after = START,
    limit = Infinity,
  }: { after?: Position; limit?: number } = {}): AsyncGenerator<RecordedEvent> {
    this.#refuseClosed();
    const from = decodePosition(after);
    let left = limit;
    if (left <= 0) return;
    const pruned = await openPrunedIds(this.#fileSystem, dirname(this.#folder));
    for await (const { entry, places } of mergeLogs(this.#fileSystem, await this.#logs(), from, this.#report)) {
      const { event } = entry.frame;
      // Written again by who did not know that it had been pruned: it is counted in a sum.
      if (pruned.mayHold(event.id) && isKnownEvent(event) && (await pruned.holds(event.id))) continue;
      yield { position: encodePosition(places), event };
      left -= 1;
      if (left <= 0) return;
    }
  }

  damage(): readonly Damage[] {
    return [...this.#damage.values()];
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#groups?.close();
    await this.#log?.close();
  }

  async #readHeld(): Promise<HeldIds> {
    return HeldIds.read(this.#fileSystem, this.#folder, await this.#logs(), this.#report);
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
