import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { FileSystem } from "../file/file-system.ts";
import { listLogs } from "../file/list-logs.ts";
import { openPrunedIds } from "../file/pruned.ts";
import type { Log, LogEntry } from "../file/read-log.ts";
import { segmentName } from "../file/segment-name.ts";
import { unavailable, withPath } from "../file/unavailable.ts";
import { hasUnsure, syncOrMark } from "../file/unsure.ts";
import { writeFileDurably } from "../file/write-durably.ts";
import { buildColumns, type BuiltColumns } from "./build-columns.ts";
import { correctedBy } from "./catalogue.ts";
import { ENDING_BYTES, type ColumnSource } from "./column-file.ts";
import { columnsFolder, segmentsFolder, type ColumnsFolder } from "./columns-folder.ts";
import { encodeColumns } from "./encode-columns.ts";
import { LineReader } from "./line-reader.ts";
import { basisOf, openSegmentOf, partName } from "./part-file.ts";
import { readSegment, recordedAt } from "./read-segment.ts";
import { LineScanner, type DraftLine } from "./scan-line.ts";
import { Sightings } from "./sightings.ts";
import type { StoredColumns } from "./stored-columns.ts";

export interface PartOptions {
  readonly fileSystem: FileSystem;
  readonly hashOf: (id: string) => number;
}

/** How many bytes of a log's newest segment are in no columns. */
export function uncoveredBytes(log: Log, { parts }: Pick<ColumnsFolder, "parts">, fileSystem: FileSystem): number {
  const segment = openSegmentOf(log);
  if (segment === null) return 0;
  const path = join(log.folder, segmentName(log.writer, segment));
  const part = parts.find(({ header }) => header.source.writer === log.writer);
  try {
    return (fileSystem.stateNow(path)?.bytes ?? 0) - (part?.header.source.bytes ?? 0);
  } catch (error) {
    throw unavailable(path, error);
  }
}

/**
 * Makes the columns of what a log's newest segment holds by now, so that reading goes on after it.
 *
 * Makes none where a line is damaged, or can be gone after a loss of power. Only who has the lock of the column files
 * may do this.
 *
 * @throws LedgerUnavailableError when the operating system refuses.
 */
export async function buildPart(
  root: string,
  log: Log,
  folder: Pick<ColumnsFolder, "files" | "prunes">,
  options: PartOptions,
): Promise<void> {
  const { fileSystem } = options;
  const segment = openSegmentOf(log);
  if (segment === null) return;
  const path = join(log.folder, segmentName(log.writer, segment));
  const bytes = await withPath(path, async () => {
    // Opened before it is read: so the sync tells of every failure since.
    const file = await fileSystem.open(path, "read");
    try {
      const made = await partColumns(root, log, segment, Infinity, folder, options);
      await syncOrMark(fileSystem, log.folder, { writer: log.writer, segment }, file);
      const now = (await listLogs(fileSystem, log.folder)).find(({ writer }) => writer === log.writer);
      return now === undefined || hasUnsure(now, segment) ? null : made;
    } finally {
      await file.close();
    }
  });
  if (bytes === null) return;
  await fileSystem.makeFolder(columnsFolder(root));
  await writeFileDurably(fileSystem, join(columnsFolder(root), partName({ writer: log.writer, segment })), bytes);
}

/**
 * The bytes of the part file of a segment's first so many bytes; null where there is no line, or a damaged one.
 *
 * @throws LedgerUnavailableError when the segment cannot be read.
 * @throws ColumnFileError where a column file is damaged.
 */
export async function partColumns(
  root: string,
  log: Log,
  segment: number,
  until: number,
  { files, prunes }: Pick<ColumnsFolder, "files" | "prunes">,
  { fileSystem, hashOf }: PartOptions,
): Promise<Uint8Array | null> {
  const sightings = new Sightings();
  const lines = new LineReader(fileSystem, segmentsFolder(root));
  let isDamaged = false;
  const read: { last: LogEntry<DraftLine | ReadFrame> | null } = { last: null };
  const report = (): void => {
    isDamaged = true;
  };
  const { decode } = new LineScanner(sightings.tables);
  await readSegment(fileSystem, log, segment, decode, report, ({ entry, place }) => {
    if (entry.next.byte > until) return;
    sightings.add(entry.frame, place, recordedAt(entry.frame), lines);
    read.last = entry;
  });
  if (read.last === null || isDamaged) return null;
  const { frame, next } = read.last;
  const pruned = await openPrunedIds(fileSystem, root);
  for (const id of await pruned.among(sightings.known.keys())) sightings.known.delete(id);
  const path = join(segmentsFolder(root), segmentName(log.writer, segment));
  const last = Buffer.alloc(Math.min(next.byte, ENDING_BYTES));
  fileSystem.readNow(path, last, next.byte - last.length);
  const { recordedFrom, recordedUntil } = sightings;
  const source: ColumnSource = {
    writer: log.writer,
    segment,
    bytes: next.byte,
    ending: crc32(last),
    end: next,
    head: { seq: frame.seq, chain: frame.chain, at: frame.at },
    recordedFrom,
    recordedUntil,
  };
  const order = Math.max(0, ...files.map((file) => file.order));
  const columns = await buildColumns(sightings, [], files, lines, order, hashOf);
  const corrected = correctedSlots(columns, files);
  return encodeColumns({ ...columns, corrected }, source, { files: basisOf(files, order), prunes });
}

/** Slots that corrections in column files name: looking these up at each opening would cost a hash for each correction. */
function correctedSlots(
  { drafts, others }: BuiltColumns,
  files: readonly StoredColumns[],
): readonly (readonly [slot: number, id: string])[] {
  const named = correctedBy(files.flatMap(({ facts }) => facts.others));
  if (named.size === 0) return [];
  return [...drafts, ...others].flatMap(({ id }, slot) => (named.has(id) ? [[slot, id] as const] : []));
}

type ReadFrame = Parameters<typeof recordedAt>[0];
