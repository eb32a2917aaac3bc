import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import type { ReadMark } from "./checkpoint.ts";
import { reasonOf } from "./paths.ts";

const CHUNK_BYTES = 1024 * 1024;
const FINGERPRINT_BYTES = 4096;

/** The operating system refused a transcript. What it would have said is missing; the import goes on. */
export class UnreadableFileError extends Error {
  override readonly name = "UnreadableFileError";
  readonly path: string;
  readonly why: string;

  constructor(path: string, cause: unknown) {
    const why = reasonOf(cause);
    super(`${path}: ${why}`, { cause });
    this.path = path;
    this.why = why;
  }
}

/** One transcript, as long as it was when it was opened. All methods throw `UnreadableFileError`. */
export class TranscriptFile {
  readonly path: string;
  readonly size: number;
  readonly #handle: FileHandle;

  private constructor(path: string, size: number, handle: FileHandle) {
    this.path = path;
    this.size = size;
    this.#handle = handle;
  }

  static async open(path: string): Promise<TranscriptFile> {
    return orUnreadable(path, async () => {
      const handle = await open(path, "r");
      try {
        return new TranscriptFile(path, (await handle.stat()).size, handle);
      } catch (error) {
        await handle.close();
        throw error;
      }
    });
  }

  /** Whether everything before the mark is still what it was when the mark was set. */
  async agreesWith(mark: ReadMark): Promise<boolean> {
    return (await this.fingerprint(mark.offset)) === mark.fingerprint;
  }

  /** Stands for the bytes before an offset: a hash of the first and the last of them, up to 4 KiB each, if there. */
  async fingerprint(offset: number): Promise<string> {
    const length = Math.min(offset, FINGERPRINT_BYTES);
    const first = await this.#read(0, length);
    const last = await this.#read(offset - length, length);
    return createHash("sha256").update(first).update(last).digest("hex").slice(0, 32);
  }

  /** The bytes from an offset to the end, in pieces that are the reader's to keep. */
  async *chunks(fromByte: number): AsyncGenerator<Uint8Array> {
    for (let offset = fromByte; offset < this.size;) {
      const chunk = await this.#read(offset, Math.min(CHUNK_BYTES, this.size - offset));
      if (chunk.byteLength === 0) return;
      offset += chunk.byteLength;
      yield chunk;
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #read(offset: number, length: number): Promise<Uint8Array> {
    return orUnreadable(this.path, async () => {
      const { bytesRead, buffer } = await this.#handle.read(Buffer.allocUnsafe(length), 0, length, offset);
      return buffer.subarray(0, bytesRead);
    });
  }
}

async function orUnreadable<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw new UnreadableFileError(path, error);
  }
}
