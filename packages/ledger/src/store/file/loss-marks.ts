import { join } from "node:path";
import type { FileSystem } from "./file-system.ts";
import { segmentName } from "./segment-name.ts";
import { unavailable } from "./unavailable.ts";
import { leaveMark, type Mark } from "./unsure.ts";

/** What a process has to tell others of lines that it has lost. */
export class LossMarks {
  readonly #fileSystem: FileSystem;
  readonly #folder: string;
  #untold: readonly Mark[] = [];

  constructor(fileSystem: FileSystem, folder: string) {
    this.#fileSystem = fileSystem;
    this.#folder = folder;
  }

  /** Takes in marks, and leaves them as far as that is not refused. */
  add(marks: readonly Mark[]): void {
    this.#untold = [...this.#untold, ...marks.filter(({ stretch: { from, to } }) => from < to)];
    try {
      this.leave();
    } catch {
      // Asked for again before anything rests on it.
    }
  }

  /**
   * Leaves those that were refused before.
   *
   * @throws LedgerUnavailableError when they are refused again.
   */
  leave(): void {
    for (const mark of this.#untold) {
      try {
        leaveMark(this.#fileSystem, this.#folder, mark);
      } catch (error) {
        throw unavailable(join(this.#folder, segmentName(mark.writer, mark.segment)), error);
      }
      this.#untold = this.#untold.filter((other) => other !== mark);
    }
  }
}
