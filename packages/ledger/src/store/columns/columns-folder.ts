import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { LedgerError } from "../../errors.ts";
import type { FileSystem } from "../file/file-system.ts";
import { listLogs } from "../file/list-logs.ts";
import type { Log } from "../file/read-log.ts";
import { hasUnsure } from "../file/unsure.ts";
import { segmentName } from "../file/segment-name.ts";
import { systemCode } from "../file/unavailable.ts";
import { isSource } from "./read-segment.ts";
import { ColumnFileError, type MergedFrom } from "./column-file.ts";
import { StoredColumns } from "./stored-columns.ts";

/** How many heads are read before others have their turn: about a millisecond's worth. */
const FILES_PER_TURN = 16;
const SUFFIX = ".col";

/** A ledger's segments, and the column files that can be used in their place. */
export interface ColumnsFolder {
  readonly logs: readonly Log[];
  /** In order of making. */
  readonly files: readonly StoredColumns[];
  /** Paths of files in the folder that are of no use: damaged, stale, or without their segment. */
  readonly useless: readonly string[];
}

export function segmentsFolder(root: string): string {
  return join(root, "segments");
}

export function columnsFolder(root: string): string {
  return join(root, "columns");
}

/** Path of the column file of a segment. */
export function columnPath(root: string, writer: string, segment: number): string {
  return join(columnsFolder(root), columnName(writer, segment));
}

/**
 * Segments that column files can stand for: nothing is appended to them any more, because a later one of the same writer
 * is there, and what they hold stays.
 */
export function sealedSegments(log: Log): readonly number[] {
  return log.segments.slice(0, -1).filter((segment) => !hasUnsure(log, segment));
}

/**
 * Reads the heads of all column files of a ledger; with `check`, all of them.
 *
 * @throws LedgerUnavailableError where a folder or a segment cannot be read. A column file that cannot is of no use.
 */
export async function openColumns(
  root: string,
  fileSystem: FileSystem,
  { check = false }: { readonly check?: boolean } = {},
): Promise<ColumnsFolder> {
  const folder = segmentsFolder(root);
  const logs = await listLogs(fileSystem, folder);
  const sealed = new Map(
    logs.flatMap((log) => sealedSegments(log).map((segment) => [columnName(log.writer, segment), segment] as const)),
  );
  const names = (await listIfThere(fileSystem, columnsFolder(root))).filter((name) => name.endsWith(SUFFIX)).sort();
  const opened: StoredColumns[] = [];
  for (const [index, name] of names.entries()) {
    const file = sealed.has(name) ? openUsable(root, name, fileSystem, check) : null;
    if (file !== null) opened.push(file);
    if (index % FILES_PER_TURN === 0) await turn();
  }
  const fresh = new Set(opened.map(nameOf));
  const ended = new Set(
    logs.flatMap(({ writer, segments }) => segments.slice(0, -1).map((segment) => segmentName(writer, segment))),
  );
  const byWriter = new Map(logs.map((log) => [log.writer, log]));
  const files = usable(opened, ({ writer, segment, byte }) => {
    const log = byWriter.get(writer);
    if (log === undefined || !ended.has(segmentName(writer, segment)) || hasUnsure(log, segment, byte)) return false;
    return (
      fresh.has(columnName(writer, segment)) || reaches(fileSystem, join(folder, segmentName(writer, segment)), byte)
    );
  });
  const kept = new Set(files.map(nameOf));
  const useless = names.filter((name) => !kept.has(name)).map((name) => join(columnsFolder(root), name));
  return { logs, files, useless };
}

/** The file of a segment, if it was made from what the segment holds; null where it is of no use. */
function openUsable(root: string, name: string, fileSystem: FileSystem, check: boolean): StoredColumns | null {
  try {
    const path = join(columnsFolder(root), name);
    const file = StoredColumns.open((buffer, at) => fileSystem.readNow(path, buffer, at));
    if (check) file.check();
    const { source } = file.header;
    if (nameOf(file) !== name) return null;
    return isSource(fileSystem, segmentsFolder(root), source) ? file : null;
  } catch (error) {
    // It is derived: whatever is wrong with it, the log says the same.
    if (error instanceof ColumnFileError || error instanceof LedgerError || systemCode(error) !== null) return null;
    throw error;
  }
}

/** Those files that rest on nothing but segments that are there as they were. */
function usable(files: readonly StoredColumns[], isThere: (merged: MergedFrom) => boolean): StoredColumns[] {
  const inOrder = files.toSorted((a, b) => a.order - b.order);
  // Of two files with one number, as copying can leave them, it cannot be told which one a kill means.
  const unique = inOrder.filter(({ order }, index) => order !== inOrder[index - 1]?.order);
  return unique.filter(({ header }) => header.mergedFrom.every(isThere));
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

function nameOf({ header }: StoredColumns): string {
  return columnName(header.source.writer, header.source.segment);
}

function columnName(writer: string, segment: number): string {
  return segmentName(writer, segment).replace(/\.ndjson$/, SUFFIX);
}
