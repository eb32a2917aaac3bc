import { join } from "node:path";
import { LedgerUnavailableError } from "../../errors.ts";
import { idHash } from "../../events/id-hash.ts";
import type { Damage } from "../event-store.ts";
import type { FileSystem } from "../file/file-system.ts";
import { takeLockIfFree, type Lock } from "../file/lock.ts";
import type { LogEnd } from "../file/log-end.ts";
import type { Processes } from "../file/processes.ts";
import { openPrunedIds } from "../file/pruned.ts";
import { listLogs } from "../file/list-logs.ts";
import type { Log } from "../file/read-log.ts";
import { removeIfThere } from "../file/remove-if-there.ts";
import { segmentName } from "../file/segment-name.ts";
import { systemCode, withPath } from "../file/unavailable.ts";
import { hasUnsure, syncOrMark } from "../file/unsure.ts";
import { writeFileDurably } from "../file/write-durably.ts";
import { buildColumns } from "./build-columns.ts";
import { buildPart, partOf, uncoveredBytes } from "./build-part.ts";
import { ColumnFileError } from "./column-file.ts";
import {
  columnPath,
  columnsFolder,
  openColumns,
  sealedSegments,
  segmentsFolder,
  type ColumnsFolder,
} from "./columns-folder.ts";
import { EarlierFiles } from "./earlier-files.ts";
import { encodeColumns } from "./encode-columns.ts";
import { LineReader } from "./line-reader.ts";
import { readSegment, recordedAt } from "./read-segment.ts";
import { LineScanner } from "./scan-line.ts";
import { Sightings } from "./sightings.ts";
import { readBytes, StoredColumns } from "./stored-columns.ts";

/** The lock of whoever makes column files, in the ledger's folder. */
export const COLUMNS_LOCK = "columns.lock";

export interface BuildOptions {
  readonly fileSystem: FileSystem;
  readonly processes: Processes;
  /** Default: `idHash`. */
  readonly hashOf?: (id: string) => number;
  /** Whether every byte of the files that are there is checked first, not only their heads. Default: false. */
  readonly check?: boolean;
  /** See `OpenOptions`; what is made is made of files that were looked at. Default: false. */
  readonly trust?: boolean;
  /** Told after each file: how many of how many. */
  readonly onProgress?: (done: number, total: number) => void;
  /**
   * Of a segment that can still grow a part file is made once so many bytes of it are in none. Default: 8 MiB, half of a
   * segment: reading these again at each question costs more.
   */
  readonly partBytes?: number;
}

const PART_BYTES = 8_388_608;
/** How many column files may be newer than a part. */
const NEWER_FILES_MAX = 64;

/**
 * Makes the column files that a ledger's sealed segments lack, and removes those that are of no use.
 *
 * Returns false where that cannot be done here: another process is at it, or the folder cannot be written to.
 *
 * @throws LedgerUnavailableError when a segment cannot be read.
 */
export async function buildMissingColumns(root: string, options: BuildOptions): Promise<boolean> {
  return isComplete(await openCompleted(root, options));
}

/** As `buildMissingColumns`; returns the column files that there are then, all or not. */
export async function openCompleted(root: string, options: BuildOptions): Promise<ColumnsFolder> {
  // What is open of thousands of files is let go of before they are opened to make more.
  const found = await openOrLock(root, options);
  if ("files" in found) return found;
  try {
    await completeChecked(root, options);
  } catch (error) {
    if (!isRefusal(error)) throw error;
  } finally {
    await found.release();
  }
  return openColumns(root, options.fileSystem);
}

/** The column files where all are there or none can be made here; else the lock of whoever makes them. */
async function openOrLock(root: string, options: BuildOptions): Promise<ColumnsFolder | Lock> {
  const { fileSystem, check = false, trust = false } = options;
  const before = await openColumns(root, fileSystem, { check, trust });
  // A damaged part is found out when it is read, and by this alone put right.
  const isToBeRemoved = check && before.uselessParts.length > 0;
  if (isComplete(before) && !isToBeRemoved && logsToCover(before, options).length === 0) return before;
  return (await lockIfWritable(root, options)) ?? before;
}

/** Ids are looked up in the files that are there: where one turns out damaged, it is made again first. */
async function completeChecked(root: string, options: BuildOptions): Promise<void> {
  try {
    await complete(root, options);
  } catch (error) {
    if (!(error instanceof ColumnFileError)) throw error;
    await complete(root, { ...options, check: true });
  }
}

/**
 * Makes a part file of a log's newest segment where it grew by `partBytes`, and so many are in none; does nothing where
 * that cannot be done here. For who appended to it and ends: so the next question does not have to read the lines.
 *
 * @param since Where the log ended before it grew.
 */
export async function buildPartOf(
  root: string,
  writer: string,
  since: Pick<LogEnd, "segment" | "bytes">,
  options: BuildOptions,
): Promise<void> {
  const { fileSystem, hashOf = idHash, partBytes = PART_BYTES } = options;
  try {
    const log = (await listLogs(fileSystem, segmentsFolder(root))).find((each) => each.writer === writer);
    const bytes = log === undefined ? 0 : uncoveredBytes(log, { parts: [] }, fileSystem);
    if (bytes - (log?.segments.at(-1) === since.segment ? since.bytes : 0) < Math.max(1, partBytes)) return;
    const lock = await lockIfWritable(root, options);
    if (lock === null) return;
    try {
      const folder = await openColumns(root, fileSystem);
      const grown = logsToCover(folder, options).find((each) => each.writer === writer);
      if (grown !== undefined) await buildPart(root, grown, folder, { fileSystem, hashOf });
    } finally {
      await lock.release();
    }
  } catch {
    // It is derived: whatever went wrong, who asks next can do without, and who closes a ledger is not to hear of it.
  }
}

async function complete(root: string, options: BuildOptions): Promise<void> {
  const { fileSystem, hashOf = idHash, check = false, onProgress } = options;
  // Looked at again: another process may have made them meanwhile.
  const folder = await openColumns(root, fileSystem, { check });
  for (const path of [...folder.useless, ...folder.uselessParts]) await removeIfThere(fileSystem, path);
  const missing = missingSegments(folder);
  if (missing.length > 0) await fileSystem.makeFolder(columnsFolder(root));
  const built: StoredColumns[] = [...folder.files];
  const earlier = new EarlierFiles(built);
  for (const [index, { log, segment }] of missing.entries()) {
    const path = columnPath(root, log.writer, segment);
    const bytes = await staying(fileSystem, log, segment, () =>
      segmentColumns(root, log, segment, earlier, fileSystem, hashOf),
    );
    if (bytes === null) continue;
    await writeFileDurably(fileSystem, path, bytes);
    const file = StoredColumns.open((buffer, at) => fileSystem.readNow(path, buffer, at));
    built.push(file);
    earlier.add(file);
    onProgress?.(index + 1, missing.length);
  }
  for (const log of logsToCover(folder, options)) {
    await buildPart(root, log, { files: built, prunes: folder.prunes }, { fileSystem, hashOf });
  }
}

/**
 * Logs of which a part file is made: their newest segment has so much in no columns, or so many column files have come since
 * its part that holding their ids against it takes long.
 */
function logsToCover(folder: ColumnsFolder, { fileSystem, partBytes = PART_BYTES }: BuildOptions): readonly Log[] {
  const isOld = (log: Log): boolean => {
    const part = partOf(log, folder.parts);
    return part !== null && (folder.files.at(-1 - NEWER_FILES_MAX)?.order ?? 0) > part.order;
  };
  return folder.logs.filter((log) => uncoveredBytes(log, folder, fileSystem) >= Math.max(1, partBytes) || isOld(log));
}

function isComplete(folder: ColumnsFolder): boolean {
  return folder.useless.length === 0 && missingSegments(folder).length === 0;
}

/**
 * What is made of a segment's lines, once these are durable: a file must not outlive them. Null where they may be gone
 * after a loss of power.
 *
 * @throws LedgerUnavailableError when the operating system refuses.
 */
async function staying<T>(
  fileSystem: FileSystem,
  log: Log,
  segment: number,
  make: () => Promise<T>,
): Promise<T | null> {
  // What is older than the newest two segments of a log has been made durable by its writer.
  if (segment !== log.segments.at(-2)) return make();
  const { writer, folder } = log;
  const path = join(folder, segmentName(writer, segment));
  return withPath(path, async () => {
    // Opened before it is read: so the sync tells of every failure since.
    const file = await fileSystem.open(path, "read");
    try {
      const made = await make();
      await syncOrMark(fileSystem, folder, { writer, segment }, file);
      const now = (await listLogs(fileSystem, folder)).find((other) => other.writer === writer);
      return now === undefined || hasUnsure(now, segment) ? null : made;
    } finally {
      await file.close();
    }
  });
}

/** Sealed segments without a column file, those with low numbers first: about in the order in which they were written. */
function missingSegments({ logs, files }: ColumnsFolder): readonly { readonly log: Log; readonly segment: number }[] {
  const sealed = logs.map((log) => ({ log, segments: sealedSegments(log) }));
  // Each of the files is of one of them.
  if (sealed.reduce((sum, { segments }) => sum + segments.length, 0) === files.length) return [];
  const made = new Set(files.map(({ header: { source } }) => segmentName(source.writer, source.segment)));
  return sealed
    .flatMap(({ log, segments }) => segments.map((segment) => ({ log, segment })))
    .filter(({ log, segment }) => !made.has(segmentName(log.writer, segment)))
    .sort((a, b) => a.segment - b.segment);
}

/**
 * The bytes of the column file of a segment, numbered after all that were made before.
 *
 * @throws LedgerUnavailableError when a segment cannot be read.
 * @throws ColumnFileError where a file made before is damaged.
 */
export async function segmentColumns(
  root: string,
  log: Log,
  segment: number,
  earlier: EarlierFiles,
  fileSystem: FileSystem,
  hashOf: (id: string) => number,
): Promise<Uint8Array> {
  const sightings = new Sightings();
  const lines = new LineReader(fileSystem, segmentsFolder(root));
  const damage: Damage[] = [];
  const read = await readSegment(
    fileSystem,
    log,
    segment,
    new LineScanner(sightings.tables).decode,
    (each) => damage.push(each),
    ({ entry: { frame }, place }) => {
      sightings.add(frame, place, recordedAt(frame), lines);
    },
  );
  const pruned = await openPrunedIds(fileSystem, root);
  for (const id of await pruned.among(sightings.known.keys())) sightings.known.delete(id);
  const { recordedFrom, recordedUntil } = sightings;
  if (read.ending === null) {
    throw new LedgerUnavailableError(
      join(segmentsFolder(root), segmentName(log.writer, segment)),
      "was changed while it was read, and is sealed; find out what writes to it",
    );
  }
  const columns = await buildColumns(sightings, damage, earlier, lines, 1 + earlier.lastOrder, hashOf);
  return encodeColumns(columns, { ...read, ending: read.ending, recordedFrom, recordedUntil });
}

/** The same as `segmentColumns`, ready to be read from memory. */
export async function openSegmentColumns(...args: Parameters<typeof segmentColumns>): Promise<StoredColumns> {
  return StoredColumns.open(readBytes(await segmentColumns(...args)));
}

async function lockIfWritable(root: string, options: BuildOptions): Promise<Lock | null> {
  try {
    return await takeLockIfFree(root, COLUMNS_LOCK, options);
  } catch (error) {
    if (isRefusal(error)) return null;
    throw error;
  }
}

/** Whether a folder cannot be written to, now or ever; what is in it can be read all the same. */
function isRefusal(error: unknown): boolean {
  const cause = error instanceof LedgerUnavailableError ? error.cause : error;
  return ["EACCES", "EPERM", "EROFS", "ENOSPC", "EDQUOT", "EIO"].includes(systemCode(cause) ?? "");
}
