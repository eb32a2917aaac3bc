import { join } from "node:path";
import type { FileSystem, OpenFile } from "./file-system.ts";
import { FrameEncoder, type ChainHead } from "./frame.ts";
import type { LogEnd } from "./log-end.ts";
import { segmentName } from "./segment-name.ts";
import { systemCode, unavailable } from "./unavailable.ts";

/** Where in its log a line is. */
export interface LinePlace {
  readonly segment: number;
  /** Offset of its first byte. */
  readonly byte: number;
  /** Bytes without its newline. */
  readonly length: number;
}

export interface LogWriterOptions {
  readonly fileSystem: FileSystem;
  readonly folder: string;
  readonly writer: string;
  /** A segment that holds this many bytes gets no more lines. */
  readonly segmentBytes: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Told when a segment has got its last line. */
  readonly onSeal: () => void;
}

/**
 * Appends to a log, whose owner the caller is.
 *
 * What a failed write or sync leaves in a segment is left there, and the next line begins a new one: after a failed sync
 * nobody can say which bytes were kept, and a second sync would not tell. That line follows the last one that is known
 * to be there, so that readers find the log whole whether or not those in between were kept.
 *
 * A new segment is begun only when all lines of the one before the newest are durable: whoever reads a log has to sync
 * the newest two to know that what he read will stay.
 */
export class LogWriter {
  readonly #options: LogWriterOptions;
  readonly #encoder: FrameEncoder;
  /** The segment that takes the next line; null before the first, and after a failure. */
  #file: OpenFile | null;
  #segment: number;
  #bytes: number;
  #head: ChainHead;
  /** Where the log stands after the newest line that is known to be there for good. */
  #durable: ChainHead;
  /** Whether the newest segment holds lines that may not be durable. */
  #isDirty = false;
  /** Segments that get no more lines, and hold some that may not be durable. */
  #ended: OpenFile[] = [];
  /** How many names of segments were made, and how many of those are durable. */
  #names = 0;
  #durableNames = 0;
  #losses = 0;
  /** Why the newest lines were lost. */
  #loss: unknown = null;
  #syncing: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  private constructor(options: LogWriterOptions, end: LogEnd, file: OpenFile | null) {
    this.#options = options;
    this.#encoder = new FrameEncoder(options.writer);
    this.#file = file;
    this.#segment = end.segment;
    this.#bytes = end.bytes;
    this.#head = end.head;
    this.#durable = end.head;
  }

  /** @throws LedgerUnavailableError when the operating system refuses. */
  static async open(options: LogWriterOptions, end: LogEnd): Promise<LogWriter> {
    if (end.segment === 0 || end.bytes >= options.segmentBytes || !end.isWhole)
      return new LogWriter(options, end, null);
    const path = join(options.folder, segmentName(options.writer, end.segment));
    try {
      const file = await options.fileSystem.open(path, "append");
      const writer = new LogWriter(options, end, file);
      // Its lines, and its name, may have been left by a process that died before it synced them.
      writer.#names = 1;
      writer.#isDirty = true;
      return writer;
    } catch (error) {
      throw unavailable(path, error);
    }
  }

  /** How often a sync has failed: what was written before the last time, and not synced by then, does not count. */
  get losses(): number {
    return this.#losses;
  }

  /** Whether a sync should come before the next line. */
  get needsSync(): boolean {
    return this.#ended.length > (this.#file !== null && this.#isFull ? 0 : 1);
  }

  get #isFull(): boolean {
    return this.#bytes >= this.#options.segmentBytes;
  }

  /**
   * Hands events, as canonical JSON, to the operating system; returns where their lines are.
   *
   * @throws LedgerUnavailableError when it refuses; then none of them counts as written, though some may be there.
   */
  write(events: readonly string[]): readonly LinePlace[] {
    if (this.#file !== null && this.#isFull && this.#ended.length === 0) this.#end(this.#file);
    const path = this.#pathOf(this.#file === null ? this.#segment + 1 : this.#segment);
    try {
      const file = this.#file ?? this.#begin(path);
      const { bytes, lengths, head } = this.#encoder.encode(this.#head, events, this.#options.now());
      this.#put(file, bytes);
      const first = this.#bytes;
      this.#bytes += bytes.length;
      this.#head = head;
      this.#isDirty = true;
      return placesOf(lengths, this.#segment, first);
    } catch (error) {
      throw unavailable(path, error);
    }
  }

  /**
   * Resolves when every line written before is durable. Calls that overlap share one sync.
   *
   * @throws LedgerUnavailableError when the operating system refuses; then no line written since the last sync counts.
   */
  async sync(): Promise<void> {
    const losses = this.#losses;
    await this.#syncInTurn();
    if (this.#losses > losses) throw this.#loss;
  }

  /** As `sync`, without the names of new segments, done when it returns. */
  syncNow(): void {
    try {
      for (const file of this.#files()) file.syncNow();
    } catch (error) {
      throw unavailable(this.#pathOf(this.#segment), error);
    }
  }

  async close(): Promise<void> {
    await this.#syncing;
    const files = this.#files();
    this.#ended = [];
    this.#file = null;
    for (const file of files) await closeQuietly(file);
  }

  #begin(path: string): OpenFile {
    try {
      this.#file = this.#options.fileSystem.createNow(path);
    } catch (error) {
      // Somebody made it who cannot be the owner: let it be.
      if (systemCode(error) === "EEXIST") this.#segment += 1;
      throw error;
    }
    this.#segment += 1;
    this.#bytes = 0;
    this.#names += 1;
    if (this.#segment > 1) this.#options.onSeal();
    return this.#file;
  }

  #put(file: OpenFile, bytes: Uint8Array): void {
    try {
      let written = 0;
      while (written < bytes.length) written += file.appendNow(bytes.subarray(written));
    } catch (error) {
      // A full disk that takes nothing must not cost a segment at every try.
      if (this.#hasMore(file)) this.#end(file);
      throw error;
    }
  }

  /** Whether the newest segment may hold more than what was wholly written. */
  #hasMore(file: OpenFile): boolean {
    try {
      return file.sizeNow() !== this.#bytes;
    } catch {
      return true;
    }
  }

  #end(file: OpenFile): void {
    this.#ended.push(file);
    this.#file = null;
  }

  #syncInTurn(): Promise<void> {
    if (this.#syncing === null) {
      this.#syncing = this.#syncAll().finally(() => {
        this.#syncing = null;
      });
      return this.#syncing;
    }
    // What runs may have begun before the newest line was there.
    this.#next ??= this.#syncing.then(() => {
      this.#next = null;
      return this.#syncInTurn();
    });
    return this.#next;
  }

  async #syncAll(): Promise<void> {
    const { fileSystem, folder } = this.#options;
    const head = this.#head;
    const names = this.#names;
    if (!this.#isDirty && names === this.#durableNames && this.#ended.length === 0) return;
    const ended = this.#ended;
    const files = this.#files();
    this.#isDirty = false;
    try {
      await Promise.all([
        ...files.map((file) => file.sync()),
        ...(names === this.#durableNames ? [] : [fileSystem.syncFolder(folder)]),
      ]);
    } catch (error) {
      await this.#forget(error);
      return;
    }
    this.#durable = head;
    this.#durableNames = names;
    this.#ended = this.#ended.filter((file) => !ended.includes(file));
    for (const file of ended) await closeQuietly(file);
  }

  /** After a failed sync: no line since the last good one counts, and no file that held one is used again. */
  async #forget(error: unknown): Promise<void> {
    const files = this.#files();
    this.#loss = unavailable(this.#pathOf(this.#segment), error);
    this.#losses += 1;
    this.#file = null;
    this.#ended = [];
    // The time does not go back with the lines.
    this.#head = { ...this.#durable, at: this.#head.at };
    for (const file of files) await closeQuietly(file);
  }

  #files(): readonly OpenFile[] {
    return this.#file === null ? this.#ended : [...this.#ended, this.#file];
  }

  #pathOf(segment: number): string {
    return join(this.#options.folder, segmentName(this.#options.writer, segment));
  }
}

function placesOf(lengths: readonly number[], segment: number, first: number): LinePlace[] {
  let byte = first;
  return lengths.map((length) => {
    const place = { segment, byte, length };
    byte += length + 1;
    return place;
  });
}

/** Closes a file of which nothing more is expected. */
async function closeQuietly(file: OpenFile): Promise<void> {
  try {
    await file.close();
  } catch {
    // What it holds has been synced, or given up.
  }
}
