import { join } from "node:path";
import { crc32 } from "node:zlib";
import { LedgerError } from "../../errors.ts";
import type { FileSystem } from "../file/file-system.ts";
import type { Log } from "../file/read-log.ts";
import { segmentName } from "../file/segment-name.ts";
import { systemCode } from "../file/unavailable.ts";
import { hasUnsure } from "../file/unsure.ts";
import { ColumnFileError, columnName, COLUMNS_SUFFIX, type ColumnSource } from "./column-file.ts";
import { isBeginning } from "./read-segment.ts";
import { readBytes, StoredColumns } from "./stored-columns.ts";

/** How the names of part files end. */
export const PART_SUFFIX = ".part";

/** The file name of the columns of a segment's beginning. */
export function partName(source: Pick<ColumnSource, "writer" | "segment">): string {
  return columnName(source).replace(COLUMNS_SUFFIX, PART_SUFFIX);
}

/** The newest segment of a log, which can still grow: what column files do not stand for. */
export function openSegmentOf(log: Log): number | null {
  const segment = log.segments.at(-1);
  return segment === undefined || hasUnsure(log, segment) ? null : segment;
}

/** Tells column files, given in the order of their making, up to one of them from any others. */
export function basisOf(files: readonly StoredColumns[], order: number): number {
  return basesOf(files)(order);
}

/** As `basisOf`, to be asked for several of the files. */
export function basesOf(files: readonly StoredColumns[]): (order: number) => number {
  const bases = new Map<number, number>();
  return (order) => {
    // Parts are mostly newer than all files.
    let count = files.length;
    while (count > 0 && (files[count - 1]?.order ?? 0) > order) count -= 1;
    const basis =
      bases.get(count) ??
      crc32(
        files
          .slice(0, count)
          .map(({ key }) => key)
          .join("\n"),
      );
    bases.set(count, basis);
    return basis;
  };
}

/** What is needed to tell whether a part file can be used. */
export interface PartContext {
  /** The column files' folder, and the segments'. */
  readonly columns: string;
  readonly segments: string;
  readonly fileSystem: FileSystem;
  /** What `basisOf` says of the column files of full segments. */
  readonly basisAt: (order: number) => number;
  /** How many prunes there were. */
  readonly prunes: number;
  /** Whether every byte of a file is checked, not only its head. */
  readonly check: boolean;
}

/** The part file of a log's newest segment, if it is among those that are there and was made from what is there; null where there is none of use. */
export function openPart(log: Log, names: ReadonlySet<string>, context: PartContext): StoredColumns | null {
  const { columns, segments, fileSystem, basisAt, prunes, check } = context;
  const segment = openSegmentOf(log);
  const name = segment === null ? null : partName({ writer: log.writer, segment });
  if (segment === null || name === null || !names.has(name)) return null;
  const path = join(columns, name);
  try {
    // Whole: it is replaced while views that stand on it are open.
    const bytes = Buffer.allocUnsafeSlow(fileSystem.stateNow(path)?.bytes ?? 0);
    const file = StoredColumns.open(readBytes(bytes.subarray(0, fileSystem.readNow(path, bytes, 0))));
    const { part, source, order } = file.header;
    if (part === undefined || source.writer !== log.writer || source.segment !== segment) return null;
    if (part.prunes !== prunes || part.files !== basisAt(order)) return null;
    if (!isBeginning(fileSystem, join(segments, segmentName(log.writer, segment)), source)) return null;
    if (check) file.check();
    return file;
  } catch (error) {
    // It is derived: whatever is wrong with it, the log says the same.
    if (error instanceof ColumnFileError || error instanceof LedgerError || systemCode(error) !== null) return null;
    throw error;
  }
}
