import {
  encodeEvent,
  eventsDropped,
  LedgerUnavailableError,
  NOTHING_DROPPED,
  withDropped,
  type Dropped,
  type RecordLimits,
} from "@farthing/ledger";
import type { LineTarget, WriteResult } from "./line-target.ts";

export interface LineQueueOptions {
  readonly target: LineTarget;
  readonly limits: RecordLimits;
  /** Hears why lines could not be written, or not yet; must not throw. */
  readonly onError: (error: unknown) => void;
  readonly newUuid: () => string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** How long `flush` waits for a target that takes nothing. */
  readonly flushMs: number;
}

/** Somebody who waits until so many lines of all have been written. */
interface Waiter {
  readonly until: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Characters of lines that are handed over at once. */
const WRITE_CHARACTERS = 262_144;
/** How long after a refusal the next try comes; doubled up to the second number. */
const RETRY_MS = 100;
const RETRY_MS_MAX = 5000;

/**
 * Lines on their way to a target, handed over in the turn in which they came.
 *
 * While the target refuses them or takes none, they wait; beyond the limits they are counted, and the count is written
 * when it takes something again.
 */
export class LineQueue {
  readonly #options: LineQueueOptions;
  /** Those that are being written are the first. */
  #lines: string[] = [];
  /** Characters in them. */
  #size = 0;
  #beingWritten = 0;
  #dropped: Dropped = NOTHING_DROPPED;
  /** Lines that were ever queued, and how many of those have been written. */
  #queued = 0;
  #written = 0;
  #waiters: Waiter[] = [];
  #turn: NodeJS.Immediate | null = null;
  #retryTimer: NodeJS.Timeout | null = null;
  #retryMs = RETRY_MS;
  #isRefused = false;
  #isHandingOver = false;
  #closed = false;

  constructor(options: LineQueueOptions) {
    this.#options = options;
  }

  add(json: string): void {
    const { limits } = this.#options;
    if (this.#lines.length >= limits.events || this.#size + json.length > limits.bytes) {
      this.#dropped = withDropped(this.#dropped, json);
      return;
    }
    this.#push(json);
    if (this.#isRefused) return;
    if (this.#size >= WRITE_CHARACTERS) this.#handOver();
    else this.#turn ??= setImmediate(this.#handOver);
  }

  /**
   * Resolves when every line added before is written.
   *
   * @throws LedgerUnavailableError when the target refuses, or takes nothing for a while. The lines still wait.
   */
  async flush(): Promise<void> {
    if (this.#dropped.count > 0) this.#pushDropped();
    const { target, flushMs } = this.#options;
    const until = this.#queued;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        settle(reject, new LedgerUnavailableError("event writer", `nothing was taken for ${String(flushMs)} ms`));
      }, flushMs);
      const settle = <T>(how: (value: T) => void, value: T): void => {
        clearTimeout(timer);
        this.#waiters = this.#waiters.filter((waiter) => waiter !== own);
        how(value);
      };
      const own: Waiter = {
        until,
        resolve: () => settle(resolve, undefined),
        reject: (error) => settle(reject, error),
      };
      this.#waiters.push(own);
      this.#handOver();
      this.#tellWaiters();
    });
    await target.sync();
  }

  /** Writes the rest, done when it returns. For a process that is ending. */
  flushNow(): void {
    if (this.#dropped.count > 0) this.#pushDropped();
    if (this.#lines.length === 0) return;
    this.#settle(this.#options.target.writeNow(this.#lines));
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

  readonly #handOver = (): void => {
    this.#stopTimers();
    this.#isRefused = false;
    if (this.#isHandingOver) return;
    this.#isHandingOver = true;
    while (this.#beingWritten === 0 && !this.#isRefused && this.#hasMore()) {
      const batch = this.#nextBatch();
      this.#beingWritten = batch.length;
      this.#options.target.write(batch, (result) => {
        this.#settle(result);
        // Of a target that calls back later the loop has ended.
        if (!this.#isHandingOver && !this.#isRefused) this.#handOver();
      });
    }
    this.#isHandingOver = false;
  };

  #hasMore(): boolean {
    if (this.#lines.length === 0 && this.#dropped.count > 0) this.#pushDropped();
    return this.#lines.length > 0;
  }

  #nextBatch(): readonly string[] {
    let [count, size] = [0, 0];
    for (const line of this.#lines) {
      if (size >= WRITE_CHARACTERS) break;
      size += line.length;
      count += 1;
    }
    return this.#lines.slice(0, count);
  }

  #settle({ written, error }: WriteResult): void {
    this.#beingWritten = 0;
    for (let index = 0; index < written; index += 1) this.#size -= this.#lines[index]?.length ?? 0;
    this.#lines = this.#lines.slice(written);
    this.#written += written;
    if (error === null) this.#retryMs = RETRY_MS;
    else this.#refused(error);
    this.#tellWaiters();
  }

  #refused(error: Error): void {
    this.#isRefused = true;
    this.#options.onError(error);
    for (const { reject } of this.#waiters) reject(error);
    if (this.#closed) return;
    this.#retryTimer ??= setTimeout(this.#handOver, this.#retryMs).unref();
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MS_MAX);
  }

  #tellWaiters(): void {
    for (const { until, resolve } of this.#waiters) if (this.#written >= until) resolve();
  }

  #push(json: string): void {
    this.#lines.push(json);
    this.#size += json.length;
    this.#queued += 1;
  }

  #pushDropped(): void {
    const { newUuid, now } = this.#options;
    this.#push(encodeEvent(eventsDropped(this.#dropped, newUuid(), now())));
    this.#dropped = NOTHING_DROPPED;
  }

  #stopTimers(): void {
    if (this.#turn !== null) clearImmediate(this.#turn);
    if (this.#retryTimer !== null) clearTimeout(this.#retryTimer);
    this.#turn = null;
    this.#retryTimer = null;
  }
}
