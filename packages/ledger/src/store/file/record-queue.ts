import { encodeEvent } from "../../events/codec.ts";
import { eventsDropped, NOTHING_DROPPED, sumOf, withDropped, type Dropped } from "../../events/dropped.ts";
import { encodeChecked, type EncodedEvent } from "../../events/encode-checked.ts";
import type { LedgerEvent } from "../../events/event.ts";
import type { HeldLine } from "./held-ids.ts";
import type { LinePlace } from "./log-writer.ts";
import type { OwnLogWriter } from "./own-log-writer.ts";

/** How much may wait to be written, while the operating system refuses it. */
export interface RecordLimits {
  readonly events: number;
  /** Of their JSON, characters beyond ASCII counted as one. */
  readonly bytes: number;
}

export interface RecordQueueOptions {
  readonly log: OwnLogWriter;
  readonly limits: RecordLimits;
  /** What an event becomes before it is recorded. */
  readonly prepare: (event: LedgerEvent) => LedgerEvent;
  /** Hears why an event could not be recorded, or not yet. */
  readonly onError: (error: unknown) => void;
  /** Hears of lines that have become durable. */
  readonly onDurable: (lines: readonly HeldLine[]) => void;
  readonly newUuid: () => string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Lines that were written one after the other, and are not known to be durable. */
class Batch {
  /** Kept to be written again if they are lost. */
  readonly lines: (EncodedEvent & { readonly place: LinePlace })[] = [];
  /** Characters of JSON in them. */
  size = 0;
  /** What was written and, for want of room, is not kept. */
  unkept: Dropped = NOTHING_DROPPED;

  get isEmpty(): boolean {
    return this.lines.length === 0 && this.unkept.count === 0;
  }
}

/** Characters of JSON at which a queue is written at once, before its turn ends. */
const WRITE_CHARACTERS = 1_048_576;
/** How long a written line may wait to be made durable. */
const SYNC_MS = 200;
/** How long after a refusal the next try comes; doubled up to the second number. */
const RETRY_MS = 100;
const RETRY_MS_MAX = 5000;

/**
 * Records events for a caller who must not wait and must not fail.
 *
 * They are handed to the operating system in the turn in which they came, and made durable a little later. While it
 * refuses, they wait; beyond the limits they are counted, and the count is recorded when it takes something again.
 */
export class RecordQueue {
  readonly #options: RecordQueueOptions;
  #queue: EncodedEvent[] = [];
  /** Characters of JSON in it. */
  #queueSize = 0;
  #dropped: Dropped = NOTHING_DROPPED;
  #written = new Batch();
  #beingSynced = new Batch();
  /** `LogWriter.losses` when what is written was. */
  #losses = 0;
  #turn: NodeJS.Immediate | null = null;
  #syncTimer: NodeJS.Timeout | null = null;
  #retryTimer: NodeJS.Timeout | null = null;
  #retryMs = RETRY_MS;
  #syncing: Promise<void> | null = null;
  #closed = false;

  constructor(options: RecordQueueOptions) {
    this.#options = options;
  }

  /** Takes an event; never throws. */
  add(event: LedgerEvent): void {
    try {
      this.#enqueue(encodeChecked(this.#options.prepare(event)));
    } catch (error) {
      this.#options.onError(error);
    }
  }

  /**
   * Resolves when everything taken before is durable.
   *
   * @throws LedgerUnavailableError when the operating system refuses; what it refused still waits.
   */
  async flush(): Promise<void> {
    const { log } = this.#options;
    try {
      for (;;) {
        if (!log.isOwn()) await log.beginAnother();
        if (await this.#flushToOne()) return;
      }
    } catch (error) {
      this.#retryLater();
      throw error;
    }
  }

  /** False where the log was taken over meanwhile: what was not durable is to be written to another one. */
  async #flushToOne(): Promise<boolean> {
    const { log } = this.#options;
    const { writer } = log;
    try {
      this.#write();
      await this.#sync();
      return true;
    } catch (error) {
      if (log.writer === writer && log.isOwn()) throw error;
      return false;
    }
  }

  /** Hands what waits to the operating system, as it would be at the end of the turn. */
  writeNow(): void {
    if (this.#retryTimer === null) this.#tryToWrite();
  }

  /** Writes the rest and makes it durable, done when it returns. For a process that is ending. */
  flushNow(): void {
    try {
      this.#write();
      if (!this.#written.isEmpty || !this.#beingSynced.isEmpty) this.#options.log.syncNow();
    } catch (error) {
      this.#options.onError(error);
    }
  }

  /** As `flush`; nothing is tried again afterwards. */
  async close(): Promise<void> {
    this.#closed = true;
    try {
      await this.flush();
    } finally {
      this.#stopTimers();
    }
  }

  #enqueue(encoded: EncodedEvent): void {
    const { limits } = this.#options;
    const { json } = encoded;
    if (this.#queue.length >= limits.events || this.#queueSize + json.length > limits.bytes) {
      this.#dropped = withDropped(this.#dropped, json);
      return;
    }
    this.#queue.push(encoded);
    this.#queueSize += json.length;
    // While the system refuses, a timer tries again.
    if (this.#retryTimer !== null) return;
    if (this.#queueSize >= WRITE_CHARACTERS) this.#tryToWrite();
    else this.#turn ??= setImmediate(this.#tryToWrite);
  }

  readonly #tryToWrite = (): void => {
    try {
      this.#write();
    } catch (error) {
      this.#options.onError(error);
      this.#retryLater();
    }
  };

  #write(): void {
    if (this.#turn !== null) clearImmediate(this.#turn);
    this.#turn = null;
    this.#takeBackLost();
    while (this.#queue.length > 0 || this.#dropped.count > 0) {
      if (this.#queue.length === 0) this.#enqueueDropped();
      this.#writePart();
    }
    this.#retryMs = RETRY_MS;
    if (!this.#written.isEmpty) this.#syncLater();
  }

  #writePart(): void {
    const texts: string[] = [];
    let size = 0;
    for (const { json } of this.#queue) {
      if (size >= WRITE_CHARACTERS) break;
      size += json.length;
      texts.push(json);
    }
    const places = this.#options.log.write(texts);
    const part = this.#queue;
    // Mostly it is all of it.
    this.#queue = texts.length === part.length ? [] : part.slice(texts.length);
    this.#queueSize -= size;
    for (let index = 0; index < texts.length; index += 1) {
      const [recorded, place] = [part[index], places[index]];
      if (recorded !== undefined && place !== undefined) this.#keep(recorded, place);
    }
  }

  #keep(recorded: EncodedEvent, place: LinePlace): void {
    const { limits } = this.#options;
    const count = this.#written.lines.length + this.#beingSynced.lines.length;
    const size = this.#written.size + this.#beingSynced.size + recorded.json.length;
    if (count >= limits.events || size > limits.bytes) {
      this.#written.unkept = withDropped(this.#written.unkept, recorded.json);
    } else {
      const { id, json } = recorded;
      this.#written.lines.push({ id, json, place });
      this.#written.size += recorded.json.length;
    }
    const isMuch = count * 2 > limits.events || size * 2 > limits.bytes;
    if (isMuch && this.#syncing === null) this.#syncInBackground();
  }

  /** Lines that a failed sync has made unsure are written again. */
  #takeBackLost(): void {
    const { losses } = this.#options.log;
    if (losses === this.#losses) return;
    this.#losses = losses;
    for (const { lines, size, unkept } of [this.#written, this.#beingSynced]) {
      this.#queue = [...lines.map(({ id, json }) => ({ id, json })), ...this.#queue];
      this.#queueSize += size;
      this.#dropped = sumOf(this.#dropped, unkept);
    }
    this.#written = new Batch();
    this.#beingSynced = new Batch();
  }

  #enqueueDropped(): void {
    const { newUuid, now } = this.#options;
    const event = eventsDropped(this.#dropped, newUuid(), now());
    const json = encodeEvent(event);
    this.#queue.push({ id: event.id, json });
    this.#queueSize += json.length;
    this.#dropped = NOTHING_DROPPED;
  }

  #syncLater(): void {
    this.#syncTimer ??= setTimeout(() => {
      this.#syncTimer = null;
      this.#syncInBackground();
    }, SYNC_MS).unref();
  }

  #syncInBackground(): void {
    this.#sync().catch((error: unknown) => {
      this.#options.onError(error);
      this.#retryLater();
    });
  }

  #sync(): Promise<void> {
    // What runs may not cover the newest lines.
    const own = (this.#syncing ?? Promise.resolve()).then(() => this.#syncWritten());
    const settled = own
      .catch(() => undefined)
      .then(() => {
        if (this.#syncing === settled) this.#syncing = null;
      });
    this.#syncing = settled;
    return own;
  }

  async #syncWritten(): Promise<void> {
    const { log, onDurable } = this.#options;
    for (;;) {
      // A sync of somebody else's may have failed meanwhile, and these lines with it.
      if (log.losses !== this.#losses) this.#write();
      if (this.#written.isEmpty) return;
      const batch = this.#written;
      this.#beingSynced = batch;
      this.#written = new Batch();
      await log.sync();
      if (log.losses === this.#losses) {
        this.#beingSynced = new Batch();
        const { writer } = log;
        onDurable(
          batch.lines.map(({ id, place: { segment, byte, length } }) => ({ id, writer, segment, byte, length })),
        );
        return;
      }
    }
  }

  #retryLater(): void {
    if (this.#closed || this.#retryTimer !== null) return;
    this.#retryTimer = setTimeout(() => {
      this.#retryTimer = null;
      this.#tryToWrite();
    }, this.#retryMs).unref();
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MS_MAX);
  }

  #stopTimers(): void {
    if (this.#turn !== null) clearImmediate(this.#turn);
    if (this.#syncTimer !== null) clearTimeout(this.#syncTimer);
    if (this.#retryTimer !== null) clearTimeout(this.#retryTimer);
  }
}
