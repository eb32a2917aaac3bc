import { join } from "node:path";
import type { FileSystem, OpenFile } from "../store/file/file-system.ts";
import { FrameEncoder, type ChainHead } from "../store/file/frame.ts";
import { namesIn } from "../store/file/names-in.ts";
import { removeIfThere } from "../store/file/remove-if-there.ts";
import { isReplicaLog } from "../store/file/replica-log.ts";
import { segmentName, segmentOfName } from "../store/file/segment-name.ts";
import { withPath } from "../store/file/unavailable.ts";
import type { EventRow } from "../store/postgres/read-rows.ts";

/** Where the log of a replica ends. */
export interface ReplicaEnd {
  /** Number of the newest segment; 0 before the first. */
  readonly segment: number;
  /** Bytes in it. */
  readonly bytes: number;
  readonly head: ChainHead;
}

/** A segment that holds so many bytes gets no more lines. */
const SEGMENT_BYTES = 16_777_216;
/** More than a line has beyond the bytes of its event. */
const FRAME_BYTES_MAX = 256;
/** So many bytes of events are written at once, where they fit into the segment. */
const WRITE_BYTES = 1_048_576;

/**
 * Writes rows of a database to the log of a replica.
 *
 * The bytes depend on the rows and their order alone: the time of a line is the server's, and a segment ends with the
 * line that fills it, however many rows came at once. So all replicas of a database have the same positions and the same
 * chain, and what was said of one can be held against any other.
 */
export class ReplicaWriter {
  readonly #fileSystem: FileSystem;
  readonly #folder: string;
  readonly #log: string;
  readonly #encoder: FrameEncoder;
  #file: OpenFile | null = null;
  /** Written to since they were synced, and full. */
  #full: OpenFile[] = [];
  #end: ReplicaEnd;

  private constructor(fileSystem: FileSystem, folder: string, log: string, end: ReplicaEnd) {
    this.#fileSystem = fileSystem;
    this.#folder = folder;
    this.#log = log;
    this.#encoder = new FrameEncoder(log);
    this.#end = end;
  }

  /**
   * Goes on where a log was durable, and takes away what is behind that: it comes again, the same to the byte. Null where
   * less is there than was durable. Logs of before a prune are taken away.
   *
   * @param log Its name.
   * @throws LedgerUnavailableError when the operating system refuses.
   */
  static async open(fileSystem: FileSystem, root: string, log: string, end: ReplicaEnd): Promise<ReplicaWriter | null> {
    const folder = join(root, "segments");
    return withPath(folder, async () => {
      await fileSystem.makeFolder(folder);
      const numbers = new Set<number>();
      for (const name of await namesIn(folder, fileSystem)) {
        const found = segmentOfName(name);
        if (found === null || !isReplicaLog(found.writer)) continue;
        const number = found.segment;
        if (found.writer !== log || number > end.segment) await removeIfThere(fileSystem, join(folder, name));
        else numbers.add(number);
      }
      const writer = new ReplicaWriter(fileSystem, folder, log, end);
      if (end.segment === 0) return writer;
      if (numbers.size < end.segment) return null;
      const file = await fileSystem.open(writer.#path, "append");
      writer.#file = file;
      const size = await file.size();
      if (size > end.bytes) await file.truncate(end.bytes);
      if (size >= end.bytes) return writer;
      await writer.close();
      return null;
    });
  }

  /** Where the log ends by now. */
  get end(): ReplicaEnd {
    return this.#end;
  }

  get #path(): string {
    return join(this.#folder, segmentName(this.#log, this.#end.segment));
  }

  /** Writes rows; they outlive a loss of power after `sync`. */
  async write(rows: readonly EventRow[]): Promise<void> {
    let first = 0;
    while (first < rows.length) {
      const count = this.#countAtOnce(rows, first);
      await this.#writeLines(
        rows.slice(first, first + count).map(({ json }) => json),
        rows[first]?.recordedAt ?? 0,
      );
      first += count;
    }
  }

  /** How many rows can be written at once: those of one time, that leave the segment room for another line. */
  #countAtOnce(rows: readonly EventRow[], first: number): number {
    const room = Math.min(WRITE_BYTES, this.#isFull ? SEGMENT_BYTES : SEGMENT_BYTES - this.#end.bytes);
    const at = rows[first]?.recordedAt;
    let bytes = 0;
    let count = 0;
    for (let row = rows[first]; row?.recordedAt === at; row = rows[first + count]) {
      if (row === undefined) break;
      bytes += Buffer.byteLength(row.json) + FRAME_BYTES_MAX;
      if (count > 0 && bytes >= room) break;
      count += 1;
    }
    return count;
  }

  get #isFull(): boolean {
    return this.#file === null || this.#end.bytes >= SEGMENT_BYTES;
  }

  async #writeLines(lines: readonly string[], at: number): Promise<void> {
    if (this.#file === null || this.#isFull) await this.#beginSegment();
    const file = this.#file;
    if (file === null) return;
    const { bytes, head } = this.#encoder.encode(this.#end.head, lines, at);
    // Handed to another thread, each write takes longer than it takes to do.
    await withPath(this.#path, async () => {
      for (let written = 0; written < bytes.length;) written += file.appendNow(bytes.subarray(written));
    });
    this.#end = { ...this.#end, bytes: this.#end.bytes + bytes.length, head };
  }

  async #beginSegment(): Promise<void> {
    if (this.#file !== null) this.#full.push(this.#file);
    this.#end = { ...this.#end, segment: this.#end.segment + 1, bytes: 0 };
    this.#file = await withPath(this.#path, () => this.#fileSystem.open(this.#path, "create"));
  }

  /** Resolves when all that was written is durable. */
  async sync(): Promise<void> {
    await withPath(this.#folder, async () => {
      for (const file of this.#full.splice(0)) {
        await file.sync();
        await file.close();
      }
      await this.#file?.sync();
      await this.#fileSystem.syncFolder(this.#folder);
    });
  }

  async close(): Promise<void> {
    for (const file of [...this.#full.splice(0), this.#file]) await file?.close();
    this.#file = null;
  }
}
