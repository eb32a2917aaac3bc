import { LedgerFormatError, LedgerPrunedError } from "../../errors.ts";
import type { Instant } from "../../instant.ts";
import type { Position } from "../event-store.ts";
import type { FileSystem } from "../file/file-system.ts";
import { decodePosition } from "../file/position.ts";
import { isReplicaLog } from "../file/replica-log.ts";
import { countRecords, openPrunedIds, readPruned } from "../file/pruned.ts";
import type { PrunedIds } from "../file/pruned-ids.ts";
import type { DroppedSegment, PruneRecord } from "../file/prune-record.ts";
import { segmentName } from "../file/segment-name.ts";
import type { StoredColumns } from "../columns/stored-columns.ts";
import type { DeadSlots } from "./dead-slots.ts";
import type { ViewFolder } from "./view-folder.ts";

/** What was pruned from one of the folders of a view. */
interface FolderPrunes {
  readonly root: string;
  readonly records: readonly PruneRecord[];
  /** By the name of each dropped segment, the log that holds what counts in its place. */
  readonly dropped: ReadonlyMap<string, string>;
  readonly ids: PrunedIds;
}

/** What was pruned from the folders of a view: it counts in none of them, whichever of them it was pruned from. */
export class ViewPrunes {
  readonly #folders: readonly FolderPrunes[];
  /** How many there were in each folder. */
  readonly #counts: ReadonlyMap<string, number>;

  private constructor(folders: readonly FolderPrunes[]) {
    this.#folders = folders.filter(({ dropped }) => dropped.size > 0);
    this.#counts = new Map(folders.map(({ root, records }) => [root, records.length]));
  }

  /**
   * @throws LedgerFormatError where copies of one segment were pruned apart: the sums of both would hold it.
   * @throws LedgerUnavailableError when the operating system refuses.
   */
  static async read(roots: readonly string[], fileSystem: FileSystem): Promise<ViewPrunes> {
    const folders: FolderPrunes[] = [];
    const logs = new Map<string, string>();
    for (const root of new Set(roots)) {
      const { records } = await readPruned(fileSystem, root);
      const dropped = new Map(
        records.flatMap(({ log, dropped }) => dropped.map((each) => [nameOf(each), log.writer] as const)),
      );
      for (const [name, log] of dropped) {
        if ((logs.get(name) ?? log) !== log) throw prunedApart(root, name);
        if (!isReplicaLog(log)) logs.set(name, log);
      }
      folders.push({ root, records, dropped, ids: await openPrunedIds(fileSystem, root) });
    }
    return new ViewPrunes(folders);
  }

  /** Whether there are as many as when they were read, and there were so many before. */
  async isNewest(root: string, fileSystem: FileSystem, before: number): Promise<boolean> {
    return this.#counts.get(root) === before && (await countRecords(fileSystem, root)) === before;
  }

  /**
   * @throws LedgerPrunedError for a moment before a prune: lines that were there then are gone, and the sums in their
   *   place came later.
   */
  refuseBefore(asOf: Position | Instant): void {
    for (const { root, records } of this.#folders) {
      const isAfter = typeof asOf === "number" ? ({ at }: PruneRecord) => at <= asOf : isInside(asOf, records);
      if (records.every(isAfter)) continue;
      throw new LedgerPrunedError(root, Math.max(...records.map(({ at }) => at)));
    }
  }

  /**
   * A folder without the segments that were dropped from a copy of it. Logs that were made from a database have the same
   * names in copies of others, so that only the folder itself says what was dropped of them.
   */
  withoutDropped(folder: ViewFolder): ViewFolder {
    if (this.#folders.length === 0) return folder;
    const isDropped = (each: Pick<DroppedSegment, "writer" | "segment">): boolean =>
      this.#folders.some(
        ({ root, dropped }) => dropped.has(nameOf(each)) && (root === folder.root || !isReplicaLog(each.writer)),
      );
    const segments = folder.segments.filter(({ log: { writer }, segment }) => !isDropped({ writer, segment }));
    const rests = ({ header }: StoredColumns): boolean => !header.mergedFrom.some(isDropped);
    return { ...folder, segments, files: folder.files.filter(rests), parts: folder.parts.filter(rests) };
  }

  /** Those of some ids that count in a sum alone. */
  async among(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    for (const folder of this.#folders) for (const id of await folder.ids.among(ids)) found.add(id);
    return found;
  }

  /** Takes away the rows of a folder that were pruned from others. Its own files were made without what it pruned. */
  async takeAway({ root, files }: ViewFolder, dead: DeadSlots): Promise<void> {
    const others = this.#folders.filter((folder) => folder.root !== root);
    if (others.length === 0) return;
    for (const file of files) {
      const rows = file.rows({ details: true });
      const ids = Array.from({ length: rows.count }, (_, row) => rows.details().id(row));
      for (const { ids: pruned } of others) {
        for (const id of await pruned.among(ids)) dead.add(file, ids.indexOf(id));
      }
    }
  }
}

/** Whether a position takes in the sums of a prune, or nothing of what they stand for. */
function isInside(position: Position, records: readonly PruneRecord[]): (record: PruneRecord) => boolean {
  const places = decodePosition(position);
  const takesIn = ({ writer, segment }: DroppedSegment): boolean => {
    const place = places.get(writer);
    return place !== undefined && (place.segment > segment || (place.segment === segment && place.byte > 0));
  };
  // The sums of one prune can be among what a later one took.
  const hasSums = (writer: string): boolean =>
    places.has(writer) ||
    records.some(({ log, dropped }) => dropped.some((each) => each.writer === writer) && hasSums(log.writer));
  return ({ log, dropped }) => hasSums(log.writer) || !dropped.some(takesIn);
}

function nameOf({ writer, segment }: Pick<DroppedSegment, "writer" | "segment">): string {
  return segmentName(writer, segment);
}

function prunedApart(root: string, name: string): LedgerFormatError {
  return new LedgerFormatError(
    root,
    `cannot be added to the other ledgers: ${name} was pruned from both, each time into other sums; leave one out`,
  );
}
