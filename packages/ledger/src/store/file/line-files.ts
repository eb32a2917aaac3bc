import type { LedgerEvent } from "../../events/event.ts";
import type { FileSystem, OpenFile } from "./file-system.ts";
import { decodeFrame } from "./frame.ts";
import { withPath } from "./unavailable.ts";

const OPEN_MAX = 16;

/** Reads single lines of segments, some of which it keeps open. */
export class LineFiles {
  readonly #fileSystem: FileSystem;
  /** By path, in the order of their last use. */
  readonly #open = new Map<string, OpenFile>();

  constructor(fileSystem: FileSystem) {
    this.#fileSystem = fileSystem;
  }

  /**
   * The event of the line at a place; null where there is none. Calls must not overlap.
   *
   * @throws LedgerUnavailableError when the operating system refuses.
   */
  async read(path: string, byte: number, length: number): Promise<LedgerEvent | null> {
    return withPath(path, async () => {
      const file = await this.#fileAt(path);
      const line = Buffer.alloc(length);
      let filled = 0;
      while (filled < length) {
        const count = await file.read(line.subarray(filled), length - filled, byte + filled);
        if (count === 0) return null;
        filled += count;
      }
      const frame = decodeFrame(line);
      return "why" in frame ? null : frame.event;
    });
  }

  async close(): Promise<void> {
    const files = [...this.#open.values()];
    this.#open.clear();
    for (const file of files) await closeQuietly(file);
  }

  async #fileAt(path: string): Promise<OpenFile> {
    const file = this.#open.get(path) ?? (await this.#fileSystem.open(path, "read"));
    this.#open.delete(path);
    this.#open.set(path, file);
    const [oldest] = this.#open;
    if (this.#open.size > OPEN_MAX && oldest !== undefined) {
      this.#open.delete(oldest[0]);
      await closeQuietly(oldest[1]);
    }
    return file;
  }
}

/** Closes a file that was only read. */
async function closeQuietly(file: OpenFile): Promise<void> {
  try {
    await file.close();
  } catch {
    // Nothing was written to it that could be lost.
  }
}
