import assert from "node:assert/strict";
import { join } from "node:path";
import { LedgerClosedError } from "../../errors.ts";
import type { LedgerEvent } from "../../events/event.ts";
import { loadParseEvent } from "../../events/load-schemas.ts";
import {
  START,
  type AppendOutcome,
  type Damage,
  type EventStore,
  type Position,
  type RecordedEvent,
} from "../event-store.ts";
import { HeldEvents } from "../held-events.ts";
import { nodeFileSystem, type FileSystem } from "./file-system.ts";
import { NO_LINES } from "./frame.ts";
import { mergeLogs } from "./merge-logs.ts";
import { decodePosition, encodePosition } from "./position.ts";
import { systemNow } from "./processes.ts";
import type { Log } from "./read-log.ts";
import { listSegments, segmentName } from "./segment-name.ts";
import { SegmentWriter, type SegmentEnd } from "./segment-writer.ts";
import { moveTornTailAside } from "./torn-tail.ts";
import { withPath } from "./unavailable.ts";

export interface FileStoreOptions {
  readonly fileSystem?: FileSystem;
  /** The log to append to, which nobody else does; see `claimLog`. Default: none, for who only reads. */
  readonly writer?: string | null;
  /** The time, in milliseconds since 1970. Default: this machine's clock. */
  readonly now?: () => number;
}

/** What the first append of a process prepares. */
interface Recorder {
  readonly held: HeldEvents;
  readonly segment: SegmentWriter;
}

/**
 * A store in the folder of a ledger: append-only logs of one JSON line per event, see docs/reference/ledger-format.md.
 *
 * Any number of processes may read, and append, each to a log of its own, which `claimLog` sees to.
 * The first append reads the whole ledger once, to know what it holds; see `HeldEvents` for the memory that takes.
 */
export class FileEventStore implements EventStore {
  readonly #root: string;
  readonly #folder: string;
  readonly #fileSystem: FileSystem;
  readonly #writer: string | null;
  readonly #now: () => number;
  readonly #damage = new Map<string, Damage>();
  #recorder: Recorder | null = null;
  /** The append before; each waits for it. */
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(root: string, { fileSystem = nodeFileSystem, writer = null, now = systemNow }: FileStoreOptions = {}) {
    this.#root = root;
    this.#folder = join(root, "segments");
    this.#fileSystem = fileSystem;
    this.#writer = writer;
    this.#now = now;
  }

  async append(events: readonly LedgerEvent[]): Promise<readonly AppendOutcome[]> {
    this.#refuseClosed();
    const appended = this.#last.then(() => this.#append(events));
    this.#last = appended.catch(() => undefined);
    return appended;
  }

  async *read({
    after = START,
    limit = Infinity,
  }: { after?: Position; limit?: number } = {}): AsyncGenerator<RecordedEvent> {
    this.#refuseClosed();
    const from = decodePosition(after);
    let left = limit;
    if (left <= 0) return;
    for await (const { entry, places } of mergeLogs(this.#fileSystem, await this.#logs(), from, this.#report)) {
      yield { position: encodePosition(places), event: entry.frame.event };
      left -= 1;
      if (left <= 0) return;
    }
  }

  damage(): readonly Damage[] {
    return [...this.#damage.values()];
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#last;
    const recorder = this.#recorder;
    this.#recorder = null;
    await recorder?.segment.close();
  }

  async #append(events: readonly LedgerEvent[]): Promise<readonly AppendOutcome[]> {
    const valid = events.map(await loadParseEvent());
    assert(this.#writer !== null, "a store without a log of its own can only be read");
    this.#recorder ??= await this.#prepare(this.#writer);
    const plan = this.#recorder.held.plan(valid);
    if (plan.lines.length > 0) await this.#recorder.segment.append(plan.lines);
    this.#recorder.held.commit(plan);
    return plan.outcomes;
  }

  /** Reads what the ledger holds and makes its own log ready to be appended to. */
  async #prepare(writer: string): Promise<Recorder> {
    await withPath(this.#folder, async () => {
      await this.#fileSystem.makeFolder(this.#folder);
      await this.#fileSystem.syncFolder(this.#root);
    });
    const segments = (await this.#logs()).find((log) => log.writer === writer)?.segments;
    const segment = segments?.at(-1) ?? 1;
    const path = join(this.#folder, segmentName(writer, segment));
    if (segments !== undefined) await moveTornTailAside(this.#fileSystem, path, join(this.#root, "damaged"));

    const held = new HeldEvents();
    let end: SegmentEnd = { bytes: 0, head: NO_LINES };
    for await (const merged of mergeLogs(this.#fileSystem, await this.#logs(), new Map(), this.#report)) {
      const { frame, next, head } = merged.entry;
      held.add(frame.event);
      if (merged.writer === writer) end = { bytes: next.segment === segment ? next.byte : 0, head };
    }
    return { held, segment: new SegmentWriter(this.#fileSystem, path, writer, end, this.#now) };
  }

  async #logs(): Promise<Log[]> {
    const segments = await listSegments(this.#fileSystem, this.#folder);
    return [...segments].map(([writer, numbers]) => ({ writer, folder: this.#folder, segments: numbers }));
  }

  readonly #report = (damage: Damage): void => {
    this.#damage.set(`${damage.file}:${String(damage.byte)}`, damage);
  };

  #refuseClosed(): void {
    if (this.#closed) throw new LedgerClosedError();
  }
}
