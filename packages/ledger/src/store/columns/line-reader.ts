import { join } from "node:path";
import type { FileSystem } from "../file/file-system.ts";
import { decodeFrame, type Frame } from "../file/frame.ts";
import { segmentName } from "../file/segment-name.ts";
import { unavailable } from "../file/unavailable.ts";
import { ColumnFileError } from "./column-file.ts";
import type { LinePlace } from "./line-places.ts";

/** Reads single lines of the log. */
export class LineReader {
  readonly #fileSystem: FileSystem;
  readonly #folder: string;

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
  read({ writer, segment, byte, length }: LinePlace): Frame {
    const path = join(this.#folder, segmentName(writer, segment));
    const line = Buffer.allocUnsafe(length);
    const frame = this.#fill(path, line, byte) === length ? decodeFrame(line) : { why: "the segment is shorter" };
    if ("why" in frame) throw new ColumnFileError(`it names byte ${String(byte)} of ${path}, where ${frame.why}`);
    return frame;
  }

  #fill(path: string, line: Buffer, byte: number): number {
    try {
      return this.#fileSystem.readNow(path, line, byte);
    } catch (error) {
      throw unavailable(path, error);
    }
  }
}
