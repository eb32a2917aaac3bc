import { join } from "node:path";
import type { FileSystem, OpenFile } from "./file-system.ts";
import { FrameEncoder, type ChainHead } from "./frame.ts";
import type { LogEnd } from "./log-end.ts";
import { LossMarks } from "./loss-marks.ts";
import { segmentName } from "./segment-name.ts";
import { systemCode, unavailable } from "./unavailable.ts";
import { allOf } from "./unsure.ts";

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

/** An open segment. */
interface OpenSegment {
  readonly number: number;
  readonly file: OpenFile;
}

/**
 * Appends to a log, whose owner the caller is.
 *
 * What a failed write or sync leaves in a segment is left there, and the next line begins a new one: after a failed sync
 * nobody can say which bytes were kept, and a second sync would not tell. That line follows the last one that is known
 * to be there, so that readers find the log whole whether or not those in between were kept.
 *
 * For who reads them meanwhile marks say which lines those are; see `Stretch`.
 *
 * A new segment is begun only when all lines of the one before the newest are durable: whoever reads a log has to sync
 * the newest two to know that what he read will stay.
 */
export class LogWriter {
  /** What failed syncs have made unsure. */
  readonly marks: LossMarks;
  readonly #options: LogWriterOptions;
  readonly #encoder: FrameEncoder;
  /** The segment that takes the next line; null before the first, and after a failure. */
  #file: OpenFile | null;
  #segment: number;
  #bytes: number;
  #head: ChainHead;
  /** Where the log stands after the newest line that is known to be there for good. */
  #durable: ChainHead;
  /** The end of that line. */
  #durableEnd: Pick<LinePlace, "segment" | "byte">;
  /** Whether the newest segment holds lines that may not be durable. */
  #isDirty = false;
  /** Segments that get no more lines, and hold some that may not be durable. */
  #ended: OpenSegment[] = [];
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
    this.marks = new LossMarks(options.fileSystem, options.folder);
    this.#file = file;
    this.#segment = end.segment;
    this.#bytes = end.bytes;
    this.#head = end.head;
    this.#durable = end.head;
    this.#durableEnd = { segment: end.segment, byte: end.bytes };
  }

  /**
   * Goes on with a log of which all that is there, names included, has been synced.
   *
   * @throws LedgerUnavailableError when the operating system refuses.
   */
  static async open(options: LogWriterOptions, end: LogEnd): Promise<LogWriter> {
    if (!end.takesLines || end.bytes >= options.segmentBytes) return new LogWriter(options, end, null);
    const path = join(options.folder, segmentName(options.writer, end.segment));
    try {
      return new LogWriter(options, end, await options.fileSystem.open(path, "append"));
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
    this.marks.leave();
    if (this.#file !== null && this.#isFull && this.#ended.length === 0) this.#end(this.#file);
    const segment = this.#file === null ? this.#segment + 1 : this.#segment;
    try {
      const file = this.#file ?? this.#begin(this.#pathOf(segment));
      const { bytes, lengths, head } = this.#encoder.encode(this.#head, events, this.#options.now());
      this.#put(file, bytes);
      const first = this.#bytes;
      this.#bytes += bytes.length;
      this.#head = head;
      this.#isDirty = true;
      return placesOf(lengths, this.#segment, first);
    } catch (error) {
      throw unavailable(this.#pathOf(segment), error);
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
      for (const { file } of this.#open()) file.syncNow();
    } catch (error) {
      void closeQuietly(this.#forget(error));
      throw this.#loss;
    }
  }

  /** @throws LedgerUnavailableError where others cannot be told of what has been lost. */
  async close(): Promise<void> {
    await this.#syncing;
    const open = this.#open();
    this.#ended = [];
    this.#file = null;
    await closeQuietly(open);
    this.marks.leave();
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
    this.#ended.push({ number: this.#segment, file });
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
    const open = this.#open();
    const end = { segment: this.#segment, byte: this.#bytes };
    this.#isDirty = false;
    try {
      await Promise.all([
        ...open.map(({ file }) => file.sync()),
        ...(names === this.#durableNames ? [] : [fileSystem.syncFolder(folder)]),
      ]);
    } catch (error) {
      await closeQuietly(this.#forget(error));
      return;
    }
    this.#durable = head;
    this.#durableEnd = end;
    this.#durableNames = names;
    this.#ended = this.#ended.filter((segment) => !ended.includes(segment));
    await closeQuietly(ended);
  }

  /** After a failed sync: no line since the last good one counts. Returns what held them, which is not used again. */
  #forget(error: unknown): readonly OpenSegment[] {
    const { writer } = this.#options;
    const { segment, byte } = this.#durableEnd;
    const open = this.#open();
    this.marks.add(
      open.map(({ number, file }) => ({
        writer,
        segment: number,
        stretch: allOf(file, number === segment ? byte : 0),
      })),
    );
    this.#loss = unavailable(this.#pathOf(this.#segment), error);
    this.#losses += 1;
    this.#file = null;
    this.#ended = [];
    // The time does not go back with the lines.
    this.#head = { ...this.#durable, at: this.#head.at };
    return open;
  }

  /** The segments that may hold lines that are not durable. */
  #open(): readonly OpenSegment[] {
    return this.#file === null ? this.#ended : [...this.#ended, { number: this.#segment, file: this.#file }];
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

/** Closes files of which nothing more is expected. */
async function closeQuietly(segments: readonly OpenSegment[]): Promise<void> {
  for (const { file } of segments) {
    try {
      await file.close();
    } catch {
      // What it holds has been synced, or given up.
    }
  }
}
