import { dirname, join } from "node:path";
import { LedgerUnavailableError } from "../../errors.ts";
import type { LedgerEvent } from "../../events/event.ts";
import { idHash } from "../../events/id-hash.ts";
import { isKnownEvent } from "../../events/known-event.ts";
import type { Damage } from "../event-store.ts";
import type { FileSystem } from "./file-system.ts";
import { LineFiles } from "./line-files.ts";
import { LineTable, type TablePlace } from "./line-table.ts";
import type { LinePlace } from "./log-writer.ts";
import { openPrunedIds } from "./pruned.ts";
import type { PrunedIds } from "./pruned-ids.ts";
import { readLog, type Log } from "./read-log.ts";
import { segmentName } from "./segment-name.ts";
import { systemCode, withPath } from "./unavailable.ts";

/** A line of a log that is known to be durable. */
export interface HeldLine extends LinePlace {
  readonly id: string;
  readonly writer: string;
}

/**
 * Which ids a ledger holds, and in which lines: what an append is held against.
 *
 * Of a line only a hash and its place are kept; a hash that is found is confirmed by reading the line.
 */
export class HeldIds {
  readonly #folder: string;
  readonly #pruned: PrunedIds;
  readonly #files: LineFiles;
  readonly #table = new LineTable();
  readonly #paths: string[] = [];
  readonly #numbers = new Map<string, number>();

  constructor(fileSystem: FileSystem, folder: string, pruned: PrunedIds) {
    this.#pruned = pruned;
    this.#folder = folder;
    this.#files = new LineFiles(fileSystem);
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
    const held = new HeldIds(fileSystem, folder, await openPrunedIds(fileSystem, dirname(folder)));
    for (const log of logs) {
      for await (const entries of readLog(fileSystem, log, { segment: 0, byte: 0, line: 1 }, report)) {
        for (const { frame, next, byte, length } of entries) {
          held.add({ id: frame.event.id, writer: log.writer, segment: next.segment, byte, length });
        }
      }
    }
    await syncNewest(fileSystem, folder, logs);
    return held;
  }

  add({ id, writer, segment, byte, length }: HeldLine): void {
    this.#table.add(idHash(id), { file: this.#numberOf(segmentName(writer, segment)), byte, length });
  }

  /** All events under an id; null where certainly there is none. */
  find(id: string): Promise<readonly LedgerEvent[]> | null {
    const hash = idHash(id);
    return this.#table.has(hash) ? this.#read(id, this.#table.find(hash)) : null;
  }

  /** Whether an event is of a request that is counted in a sum alone; null where certainly it is not. */
  findPruned(event: LedgerEvent): Promise<boolean> | null {
    return this.#pruned.mayHold(event.id) && isKnownEvent(event) ? this.#pruned.holds(event.id) : null;
  }

  async close(): Promise<void> {
    await this.#files.close();
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

  #numberOf(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#numbers.set(name, this.#paths.length);
    return this.#paths.push(name) - 1;
  }
}

/**
 * Makes durable what has been read: "it is there already" is a promise, and whoever wrote it may have died, or not yet
 * have come, to sync it. Older segments than the newest two of a log have been synced by their writer.
 */
async function syncNewest(fileSystem: FileSystem, folder: string, logs: readonly Log[]): Promise<void> {
  for (const { writer, segments } of logs) {
    for (const segment of segments.slice(-2)) {
      const path = join(folder, segmentName(writer, segment));
      await withPath(path, async () => {
        const file = await fileSystem.open(path, "read");
        try {
          await file.sync();
        } finally {
          await file.close();
        }
      });
    }
  }
  await withPath(folder, () => fileSystem.syncFolder(folder));
}
