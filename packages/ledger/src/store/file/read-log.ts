import { join } from "node:path";
import type { Damage } from "../event-store.ts";
import type { FileSystem } from "./file-system.ts";
import { ChainFollower } from "./chain.ts";
import { decodeFrame, type ChainHead, type DecodeLine, type Frame, type FrameHead } from "./frame.ts";
import { readLines, type Line } from "./lines.ts";
import type { LogPlace } from "./position.ts";
import { salvageLines } from "./salvage.ts";
import { segmentName } from "./segment-name.ts";
import { unavailable } from "./unavailable.ts";
import type { LogSegments } from "./unsure.ts";

/** A line of a log that holds an event. */
export interface LogEntry<F extends FrameHead = Frame> {
  readonly frame: F;
  /** Offset of its first byte, and how many it has without its newline. */
  readonly byte: number;
  readonly length: number;
  /** The place after it. */
  readonly next: LogPlace;
}

/** A writer's log: its segments, read as one. */
export interface Log extends LogSegments {
  /** Where the log stands before a segment, for those of which the one before was dropped. */
  readonly heads?: ReadonlyMap<number, ChainHead>;
}

/**
 * Yields the events of a log from a place on, as many at once as one read brought.
 *
 * A line that is damaged, or does not follow the one before it, is reported and reading goes on; whole lines that
 * only lost the newline between them count. The last line of a segment is left alone until its newline is there.
 *
 * @throws LedgerUnavailableError when a segment cannot be read.
 */
export async function* readLog(
  fileSystem: FileSystem,
  log: Log,
  from: LogPlace,
  report: (damage: Damage) => void,
): AsyncGenerator<readonly LogEntry[], void> {
  const reader = new LogReader(log, from, report, decodeFrame);
  for (const segment of log.segments.filter((number) => number >= from.segment)) {
    const path = reader.enter(segment);
    try {
      const file = await fileSystem.open(path, "read");
      try {
        for await (const lines of readLines(file, reader.place.byte)) {
          const entries = reader.readAll(lines);
          if (entries.length > 0) yield entries;
        }
      } finally {
        await file.close();
      }
    } catch (error) {
      throw unavailable(path, error);
    }
  }
}

/** What reading a log line by line has to remember. */
export class LogReader<F extends FrameHead> {
  readonly #log: Log;
  readonly #report: (damage: Damage) => void;
  readonly #decode: DecodeLine<F>;
  readonly #chain: ChainFollower;
  #path = "";
  place: LogPlace;

  /** @param head Where the log stands at `from`, within a segment, if that is known. */
  constructor(log: Log, from: LogPlace, report: (damage: Damage) => void, decode: DecodeLine<F>, head?: ChainHead) {
    this.#log = log;
    this.#report = report;
    this.#decode = decode;
    this.#chain = new ChainFollower(from.byte === 0 && from.segment <= (log.segments[0] ?? 0));
    if (head !== undefined) this.#chain.goOnFrom(head);
    this.place = from;
  }

  /** Where the log stands after the newest line that was read. */
  get head(): ChainHead {
    return this.#chain.head;
  }

  /** Goes to the start of a segment, or stays in it; returns its path. */
  enter(segment: number): string {
    if (segment !== this.place.segment) this.place = { segment, byte: 0, line: 1 };
    if (this.place.byte === 0) this.#chain.enterSegment();
    const head = this.#log.heads?.get(segment);
    if (head !== undefined && this.place.byte === 0) this.#chain.continueFrom(head);
    this.#path = join(this.#log.folder, segmentName(this.#log.writer, segment));
    return this.#path;
  }

  /** The events of lines that follow each other. */
  readAll(lines: readonly Line[]): readonly LogEntry<F>[] {
    const entries: LogEntry<F>[] = [];
    for (const line of lines) this.#read(line, entries);
    return entries;
  }

  #read(line: Line, entries: LogEntry<F>[]): void {
    const frame = this.#decode(line.bytes);
    const isDamaged = "why" in frame;
    const salvaged = isDamaged ? salvageLines(line.bytes, this.#decode) : [];
    const isUnfinished = !line.terminated && this.place.segment === this.#log.segments.at(-1);
    // What no newline ends may still be growing, or was never acknowledged.
    const isTorn = isUnfinished || (isDamaged && !line.terminated);
    if (isTorn && salvaged.length === 0) return;
    const number = this.place.line;
    const after = { segment: this.place.segment, byte: line.byte + line.bytes.length + 1, line: number + 1 };
    this.place = after;
    // A writer of an early release that could not finish a line started the next one with a newline.
    if (line.bytes.length === 0) return;
    const why = isDamaged ? frame.why : this.#fault(frame);
    if (why !== null) this.#report({ file: this.#path, line: number, byte: line.byte, why });
    if (!isDamaged) {
      entries.push({ frame, byte: line.byte, length: line.bytes.length, next: after });
      return;
    }
    this.#chain.skip();
    for (const [index, { frame, start, end }] of salvaged.entries()) {
      // What follows the last of them in an unfinished line is for the next reading.
      const byte = salvaged[index + 1]?.start ?? (isUnfinished ? end : null);
      const next = byte === null ? after : { ...after, byte: line.byte + byte, line: number };
      this.#chain.take(frame);
      entries.push({ frame, byte: line.byte + start, length: end - start, next });
    }
  }

  /** Why an undamaged line cannot stand where it stands; null where it can. */
  #fault(frame: FrameHead): string | null {
    const why = this.#chain.take(frame);
    return frame.writer === this.#log.writer ? why : `the line was written to the log of writer "${frame.writer}"`;
  }
}
