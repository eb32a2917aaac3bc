import { dirname } from "node:path";
import type { FileSystem, OpenFile } from "./file-system.ts";
import { decodeFrame, encodeFrame, headAfter, type ChainHead } from "./frame.ts";
import { readLines } from "./lines.ts";
import { withPath } from "./unavailable.ts";
import { appendDurably } from "./write-durably.ts";

/** Where a segment ends: how many bytes of it have been looked at, and where the log stands there. */
export interface SegmentEnd {
  readonly bytes: number;
  readonly head: ChainHead;
}

/** Appends to one segment, whose owner the caller is. Calls must not overlap. */
export class SegmentWriter {
  readonly #fileSystem: FileSystem;
  readonly #path: string;
  readonly #writer: string;
  readonly #now: () => number;
  #end: SegmentEnd;
  /** Null until the first append, and after a failed one: what that left behind has to be looked at. */
  #file: OpenFile | null = null;
  /** Whether the segment ends inside a line, which a failed append can leave. */
  #insideLine = false;

  constructor(fileSystem: FileSystem, path: string, writer: string, end: SegmentEnd, now: () => number) {
    this.#fileSystem = fileSystem;
    this.#path = path;
    this.#writer = writer;
    this.#now = now;
    this.#end = end;
  }

  /**
   * Writes events as one write; resolves when they are durable.
   *
   * @throws LedgerUnavailableError when the operating system refuses. Some of the lines may be there nevertheless;
   *   the next append goes on after them.
   */
  async append(events: readonly string[]): Promise<void> {
    await withPath(this.#path, async () => {
      const file = this.#file ?? (await this.#open());
      const { bytes, head } = this.#frames(events);
      try {
        await appendDurably(file, bytes);
      } catch (error) {
        this.#file = null;
        await closeQuietly(file);
        throw error;
      }
      this.#end = { bytes: this.#end.bytes + bytes.length, head };
      this.#insideLine = false;
    });
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    await file?.close();
  }

  #frames(events: readonly string[]): { readonly bytes: Buffer; readonly head: ChainHead } {
    const now = this.#now();
    let head = this.#end.head;
    let text = this.#insideLine ? "\n" : "";
    for (const event of events) {
      const frame = encodeFrame(this.#writer, head, event, now);
      text += frame.line;
      head = frame.head;
    }
    return { bytes: Buffer.from(text, "utf8"), head };
  }

  async #open(): Promise<OpenFile> {
    const file = await this.#fileSystem.open(this.#path, "append");
    try {
      await this.#fileSystem.syncFolder(dirname(this.#path));
      await this.#lookAtEnd(file);
    } catch (error) {
      await closeQuietly(file);
      throw error;
    }
    this.#file = file;
    return file;
  }

  /** Goes past what a failed append left, so that the next line follows the last one that can be read. */
  async #lookAtEnd(file: OpenFile): Promise<void> {
    let { bytes, head } = this.#end;
    for await (const lines of readLines(file, bytes)) {
      for (const line of lines) {
        bytes = line.byte + line.bytes.length + (line.terminated ? 1 : 0);
        this.#insideLine = !line.terminated;
        const frame = decodeFrame(line.bytes);
        if (line.terminated && !("why" in frame)) head = headAfter(head, frame);
      }
    }
    this.#end = { bytes, head };
  }
}

/** Closes a file of which something worse is being reported. */
async function closeQuietly(file: OpenFile): Promise<void> {
  try {
    await file.close();
  } catch {
    // The failure that led here is the one to tell.
  }
}
