import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { Damage } from "../event-store.ts";
import type { FileSystem } from "../file/file-system.ts";
import { headAfter, NO_LINES, type ChainHead } from "../file/frame.ts";
import { listLogs } from "../file/list-logs.ts";
import { openPrunedIds } from "../file/pruned.ts";
import type { LogPlace } from "../file/position.ts";
import type { Log } from "../file/read-log.ts";
import { segmentName } from "../file/segment-name.ts";
import { unavailable, withPath } from "../file/unavailable.ts";
import { hasUnsure, syncOrMark } from "../file/unsure.ts";
import { writeFileDurably } from "../file/write-durably.ts";
import { buildColumns, type BuiltColumns } from "./build-columns.ts";
import { correctedBy } from "./catalogue.ts";
import { ENDING_BYTES, type ColumnSource, type PartBasis } from "./column-file.ts";
import { columnsFolder, segmentsFolder, type ColumnsFolder } from "./columns-folder.ts";
import { EarlierFiles } from "./earlier-files.ts";
import { encodeColumns } from "./encode-columns.ts";
import { LineReader } from "./line-reader.ts";
import { basisOf, openSegmentOf, partName } from "./part-file.ts";
import { readSegment, recordedAt } from "./read-segment.ts";
import { LineScanner } from "./scan-line.ts";
import { Sightings } from "./sightings.ts";
import type { StoredColumns } from "./stored-columns.ts";

export interface PartOptions {
  readonly fileSystem: FileSystem;
  readonly hashOf: (id: string) => number;
}

/** The part file of a log's newest segment; null where there is none. */
export function partOf(log: Log, parts: readonly StoredColumns[]): StoredColumns | null {
  return parts.find(({ header }) => header.source.writer === log.writer) ?? null;
}

/** How many bytes of a log's newest segment no part file has been made from. */
export function uncoveredBytes(log: Log, { parts }: Pick<ColumnsFolder, "parts">, fileSystem: FileSystem): number {
  const segment = openSegmentOf(log);
  if (segment === null) return 0;
  const path = join(log.folder, segmentName(log.writer, segment));
  const read = partOf(log, parts)?.header.part?.readBytes ?? 0;
  try {
    return (fileSystem.stateNow(path)?.bytes ?? 0) - read;
  } catch (error) {
    throw unavailable(path, error);
  }
}

/**
 * Makes the columns of what a log's newest segment holds by now, so that reading goes on after it.
 *
 * It ends before the first line that is damaged, so that this is told by everyone who reads on, and there is none of lines
 * that can be gone after a loss of power. Only who has the lock of the column files may do this.
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
 * The bytes of the part file of a segment's first so many bytes.
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
): Promise<Uint8Array> {
  const all = await readBeginning(root, log, segment, until, fileSystem);
  // What comes before the damage is known only once it has been met.
  const read = all.damagedAt >= until ? all : await readBeginning(root, log, segment, all.damagedAt, fileSystem);
  const { sightings } = read;
  const lines = new LineReader(fileSystem, segmentsFolder(root));
  const pruned = await openPrunedIds(fileSystem, root);
  for (const id of await pruned.among(sightings.known.keys())) sightings.known.delete(id);
  const earlier = new EarlierFiles(files);
  const order = earlier.lastOrder;
  const columns = await buildColumns(sightings, [], earlier, lines, order, hashOf);
  const corrected = correctedSlots(columns, files);
  const part: PartBasis = { files: basisOf(files, order), prunes, readBytes: all.bytes };
  return encodeColumns({ ...columns, corrected }, read.source, part);
}

/** What the lines of a segment's first bytes say. */
interface Beginning {
  readonly sightings: Sightings;
  readonly source: ColumnSource;
  /** Of all that was read, those after `until` included. */
  readonly bytes: number;
  /** Offset of the first line that is damaged or does not follow; Infinity where none is. */
  readonly damagedAt: number;
}

async function readBeginning(
  root: string,
  log: Log,
  segment: number,
  until: number,
  fileSystem: FileSystem,
): Promise<Beginning> {
  const sightings = new Sightings();
  const lines = new LineReader(fileSystem, segmentsFolder(root));
  const reached: { end: LogPlace | null; head: ChainHead; damagedAt: number } = {
    end: null,
    head: NO_LINES,
    damagedAt: Infinity,
  };
  const report = ({ byte }: Damage): void => {
    reached.damagedAt = Math.min(reached.damagedAt, byte);
  };
  const { decode } = new LineScanner(sightings.tables);
  const read = await readSegment(fileSystem, log, segment, decode, report, ({ entry: { frame, next }, place }) => {
    if (next.byte > until) return;
    sightings.add(frame, place, recordedAt(frame), lines);
    reached.end = next;
    reached.head = headAfter(reached.head, frame);
  });
  const { end, head, damagedAt } = reached;
  const bytes = end?.byte ?? 0;
  const path = join(segmentsFolder(root), segmentName(log.writer, segment));
  const last = Buffer.alloc(Math.min(bytes, ENDING_BYTES));
  fileSystem.readNow(path, last, bytes - last.length);
  const { recordedFrom, recordedUntil } = sightings;
  const source = { writer: log.writer, segment, bytes, ending: crc32(last), end, head, recordedFrom, recordedUntil };
  return { sightings, source, bytes: read.bytes, damagedAt };
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
