import { join, sep } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { LedgerError } from "../../errors.ts";
import type { FileSystem } from "../file/file-system.ts";
import { listLogs } from "../file/list-logs.ts";
import { countRecords } from "../file/pruned.ts";
import type { Log } from "../file/read-log.ts";
import { hasUnsure } from "../file/unsure.ts";
import { segmentName } from "../file/segment-name.ts";
import { systemCode } from "../file/unavailable.ts";
import { isSource } from "./read-segment.ts";
import { Catalogue } from "./catalogue.ts";
import {
  ColumnFileError,
  columnName,
  COLUMNS_SUFFIX,
  sourceOfName,
  type ColumnSource,
  type MergedFrom,
} from "./column-file.ts";
import { basesOf, openPart, partName, PART_SUFFIX } from "./part-file.ts";
import { StoredColumns, type ReadAt } from "./stored-columns.ts";

/** How many files are opened before others have their turn: about a millisecond's worth. */
const FILES_PER_TURN = 64;

/** How column files are opened. */
export interface OpenOptions {
  /** Whether every byte of every file is checked, not only their heads. Default: false. */
  readonly check?: boolean;
  /**
   * Whether files are taken for what the catalogue says of them where it names all that are there: for who starts anew
   * where one is found to be another when it is read. Segments are looked at all the same. Default: false.
   */
  readonly trust?: boolean;
}

/** A ledger's segments, and the column files that can be used in their place. */
export interface ColumnsFolder {
  readonly logs: readonly Log[];
  /** In order of making. */
  readonly files: readonly StoredColumns[];
  /** Of segments that can still grow, what was made of their beginnings. */
  readonly parts: readonly StoredColumns[];
  /** How many prunes there were. */
  readonly prunes: number;
  /** Paths of files in the folder that are of no use: damaged, stale, or without their segment. */
  readonly useless: readonly string[];
  /** The same of part files, which go out of use all the time. */
  readonly uselessParts: readonly string[];
  /** What is known of the files. */
  readonly catalogue: Catalogue;
}

export function segmentsFolder(root: string): string {
  return join(root, "segments");
}

export function columnsFolder(root: string): string {
  return join(root, "columns");
}

/** Path of the column file of a segment. */
export function columnPath(root: string, writer: string, segment: number): string {
  return join(columnsFolder(root), columnName({ writer, segment }));
}

/**
 * Segments that column files can stand for: nothing is appended to them any more, because a later one of the same writer
 * is there, and what they hold stays.
 */
export function sealedSegments(log: Log): readonly number[] {
  const ended = log.segments.slice(0, -1);
  return log.unsure === undefined || log.unsure.size === 0
    ? ended
    : ended.filter((segment) => !hasUnsure(log, segment));
}

/**
 * Opens all column files of a ledger: reads the heads of those that its catalogue does not know.
 *
 * @throws LedgerUnavailableError where a folder or a segment cannot be read. A column file that cannot is of no use.
 */
export async function openColumns(
  root: string,
  fileSystem: FileSystem,
  { check = false, trust = false }: OpenOptions = {},
): Promise<ColumnsFolder> {
  // Before the logs: where a prune ends meanwhile, what is made of them says that it knows of one less.
  const prunes = await countRecords(fileSystem, root);
  const logs = await listLogs(fileSystem, segmentsFolder(root));
  const sealed = new Map(logs.map((log) => [log.writer, new Set(sealedSegments(log))]));
  const folder = columnsFolder(root);
  const listed = await listIfThere(fileSystem, folder);
  const names = new Set(listed.filter((name) => name.endsWith(COLUMNS_SUFFIX)));
  const catalogue = check ? Catalogue.empty(folder, fileSystem) : await Catalogue.read(folder, fileSystem);
  if (trust && isSubset(names, new Set(catalogue.names))) catalogue.trustFiles();
  const opening = { columns: folder, segments: segmentsFolder(root), fileSystem, catalogue, check };
  const opened: StoredColumns[] = [];
  let count = 0;
  // Those that are known first, in the order of their making.
  for (const name of new Set([...catalogue.names.filter((name) => names.has(name)), ...names])) {
    const source = sourceOfName(name);
    const isSealed = source !== null && sealed.get(source.writer)?.has(source.segment) === true;
    const file = isSealed ? openUsable(opening, name, source) : null;
    if (file !== null) opened.push(file);
    if (count++ % FILES_PER_TURN === 0) await turn();
  }
  const fresh = once(() => segmentsOf(opened.map(({ header }) => header.source)));
  const ended = new Map(logs.map(({ writer, segments }) => [writer, new Set(segments.slice(0, -1))]));
  const byWriter = new Map(logs.map((log) => [log.writer, log]));
  // Then nothing that such a file was made from has changed.
  const isSame = catalogue.restsOnItself() && logs.every(({ unsure }) => unsure === undefined || unsure.size === 0);
  const isSure = (file: StoredColumns): boolean => isSame && catalogue.knows(file);
  const files = usable(opened, isSure, ({ writer, segment, byte }) => {
    const log = byWriter.get(writer);
    if (log === undefined || ended.get(writer)?.has(segment) !== true || hasUnsure(log, segment, byte)) return false;
    if (fresh().get(writer)?.has(segment) === true) return true;
    return reaches(fileSystem, join(segmentsFolder(root), segmentName(writer, segment)), byte);
  });
  catalogue.retain(files);
  const useless = uselessAmong(names, files).map((name) => join(folder, name));
  const partNames = new Set(listed.filter((name) => name.endsWith(PART_SUFFIX)));
  const context = { ...opening, prunes, basisAt: basesOf(files) };
  const parts = logs.flatMap((log) => openPart(log, partNames, context) ?? []);
  for (const { header } of parts) partNames.delete(partName(header.source));
  const uselessParts = [...partNames].map((name) => join(folder, name));
  return { logs, files, parts, prunes, useless, uselessParts, catalogue };
}

/** Names of files that are not among those of use, in order. */
function uselessAmong(names: ReadonlySet<string>, files: readonly StoredColumns[]): readonly string[] {
  if (files.length === names.size) return [];
  const kept = new Set(files.map(({ header }) => columnName(header.source)));
  return [...names].filter((name) => !kept.has(name)).sort();
}

function isSubset(names: ReadonlySet<string>, of: ReadonlySet<string>): boolean {
  for (const name of names) if (!of.has(name)) return false;
  return true;
}

/** What is made when it is first asked for. */
function once<T extends object>(make: () => T): () => T {
  let made: T | null = null;
  return () => (made ??= make());
}

/** Numbers of segments by writer. */
function segmentsOf(
  sources: Iterable<Pick<ColumnSource, "writer" | "segment">>,
): ReadonlyMap<string, ReadonlySet<number>> {
  const segments = new Map<string, Set<number>>();
  for (const { writer, segment } of sources) {
    const numbers = segments.get(writer) ?? new Set();
    segments.set(writer, numbers.add(segment));
  }
  return segments;
}

interface OpenFolder {
  readonly columns: string;
  readonly segments: string;
  readonly fileSystem: FileSystem;
  readonly catalogue: Catalogue;
  readonly check: boolean;
}

/** The file of a segment, if it was made from what the segment holds; null where it is of no use. */
function openUsable(
  { columns, segments, fileSystem, catalogue, check }: OpenFolder,
  name: string,
  { writer, segment }: Pick<ColumnSource, "writer" | "segment">,
): StoredColumns | null {
  const paths = {
    columns: `${columns}${sep}${name}`,
    segment: `${segments}${sep}${segmentName(writer, segment)}`,
  };
  const readAt: ReadAt = (buffer, at) => fileSystem.readNow(paths.columns, buffer, at);
  try {
    return catalogue.open(name, paths, {
      known: (head, key) => new StoredColumns(readAt, head, key),
      read() {
        const file = StoredColumns.open(readAt);
        if (check) file.check();
        const { source } = file.header;
        return columnName(source) === name && isSource(fileSystem, segments, source) ? file : null;
      },
    });
  } catch (error) {
    // It is derived: whatever is wrong with it, the log says the same.
    if (error instanceof ColumnFileError || error instanceof LedgerError || systemCode(error) !== null) return null;
    throw error;
  }
}

/** Those files that rest on nothing but segments that are there as they were. */
function usable(
  files: readonly StoredColumns[],
  isSure: (file: StoredColumns) => boolean,
  isThere: (merged: MergedFrom) => boolean,
): StoredColumns[] {
  const isInOrder = files.every(({ order }, index) => order > (files[index - 1]?.order ?? -Infinity));
  const inOrder = isInOrder ? files : files.toSorted((a, b) => a.order - b.order);
  // Of two files with one number, as copying can leave them, it cannot be told which one a kill means.
  const unique = inOrder.filter(({ order }, index) => order !== inOrder[index - 1]?.order);
  return unique.filter((file) => isSure(file) || file.header.mergedFrom.every(isThere));
}

/** Whether a segment still has so many bytes: a loss of power can take lines that were read before they were durable. */
function reaches(fileSystem: FileSystem, path: string, bytes: number): boolean {
  try {
    return bytes === 0 || fileSystem.readNow(path, Buffer.alloc(1), bytes - 1) === 1;
  } catch (error) {
    if (systemCode(error) !== null) return false;
    throw error;
  }
}

async function listIfThere(fileSystem: FileSystem, folder: string): Promise<readonly string[]> {
  try {
    return await fileSystem.list(folder);
  } catch (error) {
    if (systemCode(error) !== null) return [];
    throw error;
  }
}
