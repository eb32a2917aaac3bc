import { join } from "node:path";
import type { FileSystem, OpenFile } from "../file/file-system.ts";
import { decodeFrame, type Frame } from "../file/frame.ts";
import { segmentName } from "../file/segment-name.ts";
import { withPath } from "../file/unavailable.ts";
import { ColumnFileError } from "./column-file.ts";
import type { LinePlace } from "./line-places.ts";

const OPEN_FILES_MAX = 16;

/** Reads single lines of the log; keeps a few segments open, until `close`. */
export class LineReader {
  readonly #fileSystem: FileSystem;
  readonly #folder: string;
  readonly #files = new Map<string, Promise<OpenFile>>();

  /** @param folder The segments' folder. */
  constructor(fileSystem: FileSystem, folder: string) {
    this.#fileSystem = fileSystem;
    this.#folder = folder;
  }

  /**
   * The line at a place.
   *
   * @throws ColumnFileError where no good line lies there: what named the place was made from other bytes.
   * @throws LedgerUnavailableError when the segment cannot be read.
   */
  async read({ writer, segment, byte, length }: LinePlace): Promise<Frame> {
    const path = join(this.#folder, segmentName(writer, segment));
    return withPath(path, async () => {
      const file = await this.#open(path);
      const line = Buffer.allocUnsafe(length);
      const count = await file.read(line, length, byte);
      const frame = count === length ? decodeFrame(line) : { why: "the segment is shorter" };
      if ("why" in frame) throw new ColumnFileError(`it names byte ${String(byte)} of ${path}, where ${frame.why}`);
      return frame;
    });
  }

  async close(): Promise<void> {
    const files = [...this.#files.values()];
    this.#files.clear();
    for (const file of files) await closeQuietly(file);
  }

  async #open(path: string): Promise<OpenFile> {
    const held = this.#files.get(path);
    // Taken out and put back, so that the one used longest ago is first.
    this.#files.delete(path);
    const file = held ?? this.#fileSystem.open(path, "read");
    this.#files.set(path, file);
    for (const [oldest, opened] of this.#files) {
      if (this.#files.size <= OPEN_FILES_MAX) break;
      this.#files.delete(oldest);
      await closeQuietly(opened);
    }
    return file;
  }
}

async function closeQuietly(opening: Promise<OpenFile>): Promise<void> {
  try {
    await (await opening).close();
  } catch {
    // It was only read.
  }
}
