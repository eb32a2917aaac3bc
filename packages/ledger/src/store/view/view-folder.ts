import { join } from "node:path";
import type { Catalogue } from "../columns/catalogue.ts";
import { openCompleted, openSegmentColumns } from "../columns/build-missing.ts";
import { EarlierFiles } from "../columns/earlier-files.ts";
import { openColumns, segmentsFolder } from "../columns/columns-folder.ts";
import { LineReader } from "../columns/line-reader.ts";
import { readSegment, recordedAt, type SegmentLine, type SegmentStart } from "../columns/read-segment.ts";
import { LineScanner, type DraftLine } from "../columns/scan-line.ts";
import type { Sightings } from "../columns/sightings.ts";
import type { StoredColumns } from "../columns/stored-columns.ts";
import type { Damage } from "../event-store.ts";
import type { FileSystem } from "../file/file-system.ts";
import type { ChainHead, Frame } from "../file/frame.ts";
import type { LogPlace } from "../file/position.ts";
import type { Log, LogEntry } from "../file/read-log.ts";
import { segmentName } from "../file/segment-name.ts";
import { SegmentSet } from "../file/segment-set.ts";
import { holdsFile, type Boundary } from "./boundary.ts";
import type { ViewOptions } from "./view.ts";

/** A segment that a view takes from a folder. */
export interface ViewSegment {
  readonly log: Log;
  readonly segment: number;
}

/** What a view takes from one ledger's folder. */
export interface ViewFolder {
  readonly root: string;
  readonly lines: LineReader;
  readonly segments: readonly ViewSegment[];
  /** Column files that can stand for their segments, in order of making. */
  readonly files: readonly StoredColumns[];
  /** What was made of the beginnings of segments that can still grow. */
  readonly parts: readonly StoredColumns[];
  /** How many prunes there were when the column files were opened. */
  readonly prunes: number;
  /** What is known of the folder's column files. */
  readonly catalogue: Catalogue;
}

/** Where a writer's log ends, as far as a view takes it. */
export interface LogEnd {
  readonly writer: string;
  readonly place: LogPlace;
  readonly head: ChainHead;
}

/** What reading segments brought. */
export interface ReadSegments {
  readonly files: readonly StoredColumns[];
  readonly ends: readonly LogEnd[];
  readonly damage: readonly Damage[];
}

/** How a folder is opened. */
export interface FolderOptions
  extends Required<Omit<ViewOptions, "asOf" | "onProgress">>, Pick<ViewOptions, "onProgress"> {
  /** Whether every byte of the column files is checked, not only their heads. */
  readonly check: boolean;
  /** Whether those that are known are not looked at before they are read. */
  readonly trust: boolean;
}

/** Lists what a folder holds; with `build`, after making the column files that are missing. */
export async function openViewFolder(root: string, options: FolderOptions): Promise<ViewFolder> {
  const { fileSystem, processes, columns, idHash, check, trust, onProgress } = options;
  const progress = onProgress === undefined ? {} : { onProgress };
  const { logs, files, parts, prunes, catalogue } =
    columns === "build"
      ? await openCompleted(root, { fileSystem, processes, hashOf: idHash, check, trust, ...progress })
      : await openColumns(root, fileSystem, { check, trust });
  const segments = logs.flatMap((log) => log.segments.map((segment) => ({ log, segment })));
  const lines = new LineReader(fileSystem, segmentsFolder(root));
  const made = columns === "ignore" ? { files: [], parts: [] } : { files, parts };
  return { root, lines, segments, ...made, prunes, catalogue };
}

/** The column files of a folder whose segments a view takes whole, and the segments that it has to read instead. */
function chooseFiles(
  { files, segments }: ViewFolder,
  boundary: Boundary,
): { readonly files: readonly StoredColumns[]; readonly unread: readonly ViewSegment[] } {
  const taken = new SegmentSet();
  for (const { log, segment } of segments) taken.add(log.writer, segment);
  const covered = new SegmentSet();
  const usable: StoredColumns[] = [];
  for (const file of files) {
    const { writer, segment } = file.header.source;
    if (!taken.has(writer, segment) || !holdsFile(boundary, file.header)) continue;
    covered.add(writer, segment);
    usable.push(file);
  }
  const unread = segments.filter(
    ({ log: { writer }, segment }) => !covered.has(writer, segment) && boundary.mayHold(writer, segment),
  );
  return { files: usable, unread };
}

/**
 * Reads the segments that no column file stands for: full ones into columns in memory, about a twentieth of their
 * size, and the others into sightings.
 */
export async function readUncovered(
  folder: ViewFolder,
  boundary: Boundary,
  tail: Sightings,
  { fileSystem, idHash }: { readonly fileSystem: FileSystem; readonly idHash: (id: string) => number },
): Promise<ReadSegments> {
  const chosen = chooseFiles(folder, boundary);
  const files = [...chosen.files];
  const earlier = new EarlierFiles(files);
  const ends: LogEnd[] = [];
  const damage: Damage[] = [];
  const scanner = new LineScanner(tail.tables);
  for (const file of files) damage.push(...damageOf(folder.root, file));
  ends.push(...endsOf(files));
  for (const { header } of folder.parts) {
    const { writer, end, head } = header.source;
    if (end !== null) ends.push({ writer, place: end, head });
  }
  for (const { log, segment } of chosen.unread) {
    const isWhole = boundary.isOpen || holdsWhole(folder, boundary, { log, segment });
    if (isWhole && segment !== log.segments.at(-1)) {
      const file = await openSegmentColumns(folder.root, log, segment, earlier, fileSystem, idHash);
      const { end, head } = file.header.source;
      files.push(file);
      earlier.add(file);
      if (end !== null) ends.push({ writer: log.writer, place: end, head });
      damage.push(...damageOf(folder.root, file));
      continue;
    }
    const from = startAfter(folder.parts.find((part) => nameOfFile(part) === nameOf({ log, segment })));
    const reading = { fileSystem, lines: folder.lines, scanner, from };
    const end = await readInto(tail, { log, segment }, boundary, reading, (each) => damage.push(each));
    if (end !== null) ends.push(end);
  }
  return { files, ends, damage };
}

/** Whether it is known, from a column file that does not count, that every event of a segment is inside the boundary. */
function holdsWhole({ files }: ViewFolder, boundary: Boundary, each: ViewSegment): boolean {
  const file = files.find((other) => nameOfFile(other) === nameOf(each));
  return file !== undefined && boundary.holdsAll(file.header.source);
}

/** Where the logs of some column files end: for each writer, the end of its last segment that has one. */
function endsOf(files: readonly StoredColumns[]): readonly LogEnd[] {
  const last = new Map<string, LogEnd>();
  // The last of a log was mostly made last: few others are looked into.
  for (const { header } of files.toReversed()) {
    const { writer, segment } = header.source;
    const held = last.get(writer);
    if (held !== undefined && held.place.segment >= segment) continue;
    const { end, head } = header.source;
    if (end !== null) last.set(writer, { writer, place: end, head });
  }
  return [...last.values()];
}

/** Takes in the events of a segment that are inside the boundary; returns where the log stands after the last of them. */
async function readInto(
  tail: Sightings,
  { log, segment }: ViewSegment,
  boundary: Boundary,
  { fileSystem, lines, scanner, from }: Reading,
  report: (damage: Damage) => void,
): Promise<LogEnd | null> {
  let last: LogEntry<DraftLine | Frame> | null = null;
  const take = ({ entry, place }: SegmentLine<DraftLine | Frame>): void => {
    const at = recordedAt(entry.frame);
    if (!boundary.holds(log.writer, entry.next, at)) return;
    tail.add(entry.frame, place, at, lines);
    last = entry;
  };
  await readSegment(fileSystem, log, segment, scanner.decode, report, take, from);
  return last === null ? null : endAfter(log.writer, last);
}

/** How the lines of a segment are read. */
interface Reading {
  readonly fileSystem: FileSystem;
  readonly lines: LineReader;
  readonly scanner: LineScanner;
  /** Where; undefined for its start. */
  readonly from: SegmentStart | undefined;
}

/** Where the lines begin that are not in a part file. */
function startAfter(part: StoredColumns | undefined): SegmentStart | undefined {
  if (part === undefined) return undefined;
  const { end, head } = part.header.source;
  return end === null ? undefined : { place: end, head };
}

function endAfter(writer: string, { frame: { seq, chain, at }, next }: LogEntry<DraftLine | Frame>): LogEnd {
  return { writer, place: next, head: { seq, chain, at } };
}

function damageOf(root: string, { header: { source }, facts }: StoredColumns): Damage[] {
  if (facts.damage.length === 0) return [];
  const file = join(segmentsFolder(root), segmentName(source.writer, source.segment));
  return facts.damage.map((each) => ({ file, ...each }));
}

function nameOf({ log, segment }: ViewSegment): string {
  return segmentName(log.writer, segment);
}

function nameOfFile({ header: { source } }: StoredColumns): string {
  return segmentName(source.writer, source.segment);
}
