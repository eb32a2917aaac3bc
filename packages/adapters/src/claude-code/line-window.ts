/**
 * How far back a line is looked for that a later one names as its parent.
 *
 * Fixed in bytes, so that what is found is a function of the file alone: a file that is read on from an offset is
 * first read again from this far before it, and gives what reading it whole gives.
 */
export const WINDOW_BYTES: number = 4 * 1024 * 1024;

/** A line that was read, as far as later lines of its conversation refer to it. */
export interface PassedLine {
  readonly uuid: string;
  /** The line before it in the conversation, across a compaction too; null for the first. */
  readonly parentUuid: string | null;
  /** Offset of its first byte in the file. */
  readonly startByte: number;
  /** As written: it may be no point in time. */
  readonly timestamp: string | null;
  /** The sub-agent that wrote it; null for the main thread. */
  readonly thread: string | null;
  readonly isCompactBoundary: boolean;
  /** The response it holds, all of it or a block; null for other lines. */
  readonly response: PassedResponse | null;
}

interface PassedResponse {
  readonly eventId: string;
  readonly message: string | null;
}

/** The lines of a file that begin within the window before the line being read. */
export class LineWindow {
  readonly #byUuid = new Map<string, PassedLine>();
  #lines: PassedLine[] = [];
  #forgotten = 0;

  add(line: PassedLine): void {
    this.#byUuid.set(line.uuid, line);
    this.#lines.push(line);
    this.#forget(line.startByte - WINDOW_BYTES);
  }

  /** The line with a uuid, if it begins before an offset and within the window before it. */
  find(uuid: string, beforeByte: number): PassedLine | null {
    const line = this.#byUuid.get(uuid);
    return line !== undefined && line.startByte < beforeByte && line.startByte >= beforeByte - WINDOW_BYTES
      ? line
      : null;
  }

  #forget(beforeByte: number): void {
    for (;;) {
      const oldest = this.#lines[this.#forgotten];
      if (oldest === undefined || oldest.startByte >= beforeByte) break;
      if (this.#byUuid.get(oldest.uuid) === oldest) this.#byUuid.delete(oldest.uuid);
      this.#forgotten += 1;
    }
    if (this.#forgotten > 1024 && this.#forgotten * 2 > this.#lines.length) {
      this.#lines = this.#lines.slice(this.#forgotten);
      this.#forgotten = 0;
    }
  }
}
