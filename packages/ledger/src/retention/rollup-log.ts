import { join } from "node:path";
import { encodeEvent } from "../events/codec.ts";
import type { LedgerEvent } from "../events/event.ts";
import type { FileSystem } from "../store/file/file-system.ts";
import { FrameEncoder, NO_LINES, type ChainHead } from "../store/file/frame.ts";
import { segmentName } from "../store/file/segment-name.ts";
import { withPath } from "../store/file/unavailable.ts";
import { appendDurably } from "../store/file/write-durably.ts";

const SEGMENT_BYTES = 16_777_216;

/** Writes the log that takes the place of dropped segments. It counts only once a record names it. */
export class RollupLog {
  readonly writer: string;
  readonly #fileSystem: FileSystem | null;
  readonly #folder: string;
  readonly #encoder: FrameEncoder;
  #lines: Uint8Array[] = [];
  #bytes = 0;
  head: ChainHead = NO_LINES;
  segments: number = 0;
  /** Of all segments written so far. */
  bytes: number = 0;

  /** @param fileSystem Null to write nothing and only count. */
  constructor(fileSystem: FileSystem | null, folder: string, writer: string) {
    this.#fileSystem = fileSystem;
    this.#folder = folder;
    this.#encoder = new FrameEncoder(writer);
    this.writer = writer;
  }

  /** @param at When the event was first recorded, in milliseconds since 1970; null where that is not known. */
  async add(event: LedgerEvent, at: number | null): Promise<void> {
    const { bytes, head } = this.#encoder.encode(this.head, [encodeEvent(event)], at ?? 0);
    this.head = head;
    this.#lines.push(Buffer.from(bytes));
    this.#bytes += bytes.length;
    if (this.#bytes >= SEGMENT_BYTES) await this.#writeSegment();
  }

  /** Makes all of it durable. The last segment is empty, which says that the one before is complete. */
  async finish(): Promise<void> {
    if (this.#lines.length > 0) await this.#writeSegment();
    await this.#writeSegment();
    await withPath(this.#folder, async () => this.#fileSystem?.syncFolder(this.#folder));
  }

  async #writeSegment(): Promise<void> {
    this.segments += 1;
    const path = join(this.#folder, segmentName(this.writer, this.segments));
    const bytes = Buffer.concat(this.#lines);
    await withPath(path, async () => {
      const file = await this.#fileSystem?.open(path, "create");
      try {
        if (file !== undefined) await appendDurably(file, bytes);
      } finally {
        await file?.close();
      }
    });
    this.bytes += bytes.length;
    this.#lines = [];
    this.#bytes = 0;
  }
}
