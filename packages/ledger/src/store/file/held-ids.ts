import { dirname, join } from "node:path";
import { LedgerUnavailableError } from "../../errors.ts";
import type { LedgerEvent } from "../../events/event.ts";
import { idHash } from "../../events/id-hash.ts";
import { isKnownEvent } from "../../events/known-event.ts";
import { ColumnFileError } from "../columns/column-file.ts";
import { sealedSegments } from "../columns/columns-folder.ts";
import { readSegment } from "../columns/read-segment.ts";
import { SealedIds } from "../columns/sealed-ids.ts";
import type { Damage } from "../event-store.ts";
import type { FileSystem } from "./file-system.ts";
import { decodeFrame } from "./frame.ts";
import { LineFiles } from "./line-files.ts";
import { idInLine } from "./line-id.ts";
import { LineTable, type TablePlace } from "./line-table.ts";
import { readLines } from "./lines.ts";
import type { LinePlace } from "./log-writer.ts";
import { openPrunedIds } from "./pruned.ts";
import type { PrunedIds } from "./pruned-ids.ts";
import type { Log } from "./read-log.ts";
import { segmentName } from "./segment-name.ts";
import { systemCode, withPath } from "./unavailable.ts";
import { isUnsure, syncNewest } from "./unsure.ts";

/** A line of a log that is known to be durable. */
export interface HeldLine extends LinePlace {
  readonly id: string;
  readonly writer: string;
}

/**
 * Which ids a ledger holds, and in which lines: what an append is held against.
 *
 * Of a line only a hash and its place are kept; a hash that is found is confirmed by reading the line. Lines that
 * column files stand for are found through those.
 */
export class HeldIds {
  readonly #fileSystem: FileSystem;
  readonly #folder: string;
  readonly #pruned: PrunedIds;
  readonly #files: LineFiles;
  readonly #table = new LineTable();
  readonly #paths: string[] = [];
  readonly #numbers = new Map<string, number>();
  #newest = { writer: "", segment: 0, file: 0 };
  readonly #logs: readonly Log[];
  /** Null once column files turned out damaged: then the table has the lines of all segments. */
  #sealed: SealedIds | null;

  private constructor(
    fileSystem: FileSystem,
    folder: string,
    logs: readonly Log[],
    pruned: PrunedIds,
    sealed: SealedIds,
  ) {
    this.#fileSystem = fileSystem;
    this.#pruned = pruned;
    this.#folder = folder;
    this.#files = new LineFiles(fileSystem);
    this.#logs = logs;
    this.#sealed = sealed;
  }

  /**
   * Reads what a ledger holds, and makes durable what others may not have.
   *
   * @throws LedgerUnavailableError when the operating system refuses.
   */
  static async read(
    fileSystem: FileSystem,
    folder: string,
    logs: readonly Log[],
    report: (damage: Damage) => void,
  ): Promise<HeldIds> {
    const { held, sealed } = await HeldIds.#open(fileSystem, folder, logs);
    await held.#readSegments((writer, segment) => !sealed.covers(writer, segment), report);
    await held.#sync();
    return held;
  }

  /**
   * As `read`, where many segments have no columns: of the sealed ones only the ids are looked for, which takes a tenth of
   * the time of reading the lines, and says nothing of their damage. Null where they hold more lines than `linesMax`.
   */
  static async readIds(
    fileSystem: FileSystem,
    folder: string,
    logs: readonly Log[],
    report: (damage: Damage) => void,
    linesMax: number,
  ): Promise<HeldIds | null> {
    const { held, sealed } = await HeldIds.#open(fileSystem, folder, logs);
    const read = new Set<string>();
    for (const log of logs) {
      for (const segment of sealedSegments(log)) {
        if (sealed.covers(log.writer, segment)) continue;
        if (held.lines > linesMax) return null;
        await held.#readIdsOf(log.writer, segment);
        read.add(segmentName(log.writer, segment));
      }
    }
    if (held.lines > linesMax) return null;
    const isLeft = (writer: string, segment: number): boolean =>
      !sealed.covers(writer, segment) && !read.has(segmentName(writer, segment));
    await held.#readSegments(isLeft, report);
    await held.#sync();
    return held;
  }

  static async #open(
    fileSystem: FileSystem,
    folder: string,
    logs: readonly Log[],
  ): Promise<{ readonly held: HeldIds; readonly sealed: SealedIds }> {
    const sealed = await SealedIds.open(dirname(folder), { fileSystem });
    const pruned = await openPrunedIds(fileSystem, dirname(folder));
    return { held: new HeldIds(fileSystem, folder, logs, pruned, sealed), sealed };
  }

  /** How many lines are known one by one. */
  get lines(): number {
    return this.#table.length;
  }

  add({ id, writer, segment, byte, length }: HeldLine): void {
    this.#table.add(idHash(id), { file: this.#fileOf(writer, segment), byte, length });
  }

  /** All events under an id; null where certainly there is none. */
  find(id: string): Promise<readonly LedgerEvent[]> | null {
    const hash = idHash(id);
    return this.#table.has(hash) || this.#sealed?.mayHold(id) === true ? this.#find(id, hash) : null;
  }

  /** Whether an event is of a request that is counted in a sum alone; null where certainly it is not. */
  findPruned(event: LedgerEvent): Promise<boolean> | null {
    return this.#pruned.mayHold(event.id) && isKnownEvent(event) ? this.#pruned.holds(event.id) : null;
  }

  async close(): Promise<void> {
    await this.#files.close();
  }

  async #find(id: string, hash: number): Promise<readonly LedgerEvent[]> {
    const inSealed = await this.#findSealed(id);
    return [...inSealed, ...(await this.#read(id, this.#table.find(hash)))];
  }

  async #findSealed(id: string): Promise<readonly LedgerEvent[]> {
    try {
      return (await this.#sealed?.find(id)) ?? [];
    } catch (error) {
      if (!isOutdated(error)) throw error;
    }
    // A file was made again, is damaged, or its segment was pruned: what is there now may do.
    try {
      await this.#reopenSealed();
      return (await this.#sealed?.find(id)) ?? [];
    } catch (error) {
      if (!isOutdated(error)) throw error;
    }
    await this.#replaceSealed(null);
    return [];
  }

  async #reopenSealed(): Promise<void> {
    await this.#replaceSealed(await SealedIds.open(dirname(this.#folder), { fileSystem: this.#fileSystem }));
  }

  /** Goes on with other column files, and the lines of what they do not stand for. */
  async #replaceSealed(sealed: SealedIds | null): Promise<void> {
    const before = this.#sealed;
    await this.#readSegments(
      (writer, segment) => before?.covers(writer, segment) === true && sealed?.covers(writer, segment) !== true,
    );
    this.#sealed = sealed;
  }

  /**
   * Takes in the lines of some segments, but for those of which a sync has failed. A segment that was pruned meanwhile
   * says nothing that is not said elsewhere.
   */
  async #readSegments(
    isWanted: (writer: string, segment: number) => boolean,
    report: (damage: Damage) => void = () => undefined,
  ): Promise<void> {
    for (const log of this.#logs) {
      for (const segment of log.segments) {
        if (!isWanted(log.writer, segment)) continue;
        try {
          await readSegment(this.#fileSystem, log, segment, decodeFrame, report, ({ entry: { frame }, place }) => {
            if (!isUnsure(log, segment, place.byte)) this.add({ id: frame.event.id, ...place });
          });
        } catch (error) {
          if (!isOutdated(error)) throw error;
        }
      }
    }
  }

  async #readIdsOf(writer: string, segment: number): Promise<void> {
    const path = join(this.#folder, segmentName(writer, segment));
    try {
      await withPath(path, async () => {
        const file = await this.#fileSystem.open(path, "read");
        try {
          for await (const lines of readLines(file, 0)) {
            for (const { bytes, byte } of lines) {
              const id = idInLine(bytes);
              if (id !== null) this.add({ id, writer, segment, byte, length: bytes.length });
            }
          }
        } finally {
          await file.close();
        }
      });
    } catch (error) {
      if (!isOutdated(error)) throw error;
    }
  }

  /** "It is there already" is a promise: who wrote it may have died, or not yet have come, to make it durable. */
  async #sync(): Promise<void> {
    for (const log of this.#logs) await syncNewest(this.#fileSystem, log);
    await withPath(this.#folder, () => this.#fileSystem.syncFolder(this.#folder));
  }

  async #read(id: string, places: readonly TablePlace[]): Promise<readonly LedgerEvent[]> {
    const events: LedgerEvent[] = [];
    for (const { file, byte, length } of places) {
      const event = await this.#readLine(join(this.#folder, this.#paths[file] ?? ""), byte, length);
      if (event?.id === id) events.push(event);
    }
    return events;
  }

  /** Null where the line was pruned meanwhile: what it said is said elsewhere, and saying it again changes nothing. */
  async #readLine(path: string, byte: number, length: number): Promise<LedgerEvent | null> {
    try {
      return await this.#files.read(path, byte, length);
    } catch (error) {
      if (error instanceof LedgerUnavailableError && systemCode(error.cause) === "ENOENT") return null;
      throw error;
    }
  }

  /** The number of a segment; mostly the one of the line before. */
  #fileOf(writer: string, segment: number): number {
    if (writer === this.#newest.writer && segment === this.#newest.segment) return this.#newest.file;
    const name = segmentName(writer, segment);
    const file = this.#numbers.get(name) ?? this.#paths.push(name) - 1;
    this.#numbers.set(name, file);
    this.#newest = { writer, segment, file };
    return file;
  }
}

/** Whether a column file does not say what is there now. */
function isOutdated(error: unknown): boolean {
  if (error instanceof ColumnFileError) return true;
  return error instanceof LedgerUnavailableError && systemCode(error.cause) === "ENOENT";
}
