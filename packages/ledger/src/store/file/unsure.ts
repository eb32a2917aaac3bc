import { join } from "node:path";
import type { FileSystem, OpenFile } from "./file-system.ts";
import { segmentName } from "./segment-name.ts";
import { systemCode, withPath } from "./unavailable.ts";

/**
 * Bytes of a segment of which a sync has failed. They can be read, and may be gone after the next loss of power: no later
 * sync tells, because the system says of a failure once, to one process, and takes the bytes for written from then on.
 * So who was told leaves a mark for all others, an empty file beside the segment whose name says which bytes are meant.
 */
export interface Stretch {
  readonly from: number;
  /** Offset after the last of them. */
  readonly to: number;
}

/** Stretches by number of the segment, of one writer's log. */
export type Unsure = ReadonlyMap<number, readonly Stretch[]>;

export interface Mark {
  readonly writer: string;
  readonly segment: number;
  readonly stretch: Stretch;
}

/** The segments of a writer's log. */
export interface LogSegments {
  readonly writer: string;
  readonly folder: string;
  readonly segments: readonly number[];
  /** What of them may be gone after a loss of power. */
  readonly unsure?: Unsure;
}

const MARK = /^([0-9a-z]+)-(\d{8})\.(\d+)-(\d+)\.unsure$/;

/** What the name of a mark says; null for a name that is no mark's. */
export function markOfName(name: string): Mark | null {
  const [, writer, segment, from, to] = MARK.exec(name) ?? [];
  if (writer === undefined) return null;
  return { writer, segment: Number(segment), stretch: { from: Number(from), to: Number(to) } };
}

/** What the marks of one writer's log say. */
export function unsureOf(marks: readonly Mark[]): Unsure {
  const stretches = new Map<number, readonly Stretch[]>();
  for (const { segment, stretch } of marks) stretches.set(segment, [...(stretches.get(segment) ?? []), stretch]);
  return stretches;
}

/** Whether no mark has been left since logs were listed. */
export function isAsSure(before: readonly LogSegments[], now: readonly LogSegments[]): boolean {
  const known = new Set(before.flatMap(marksOf));
  return now.flatMap(marksOf).every((mark) => known.has(mark));
}

function marksOf({ writer, unsure }: LogSegments): string[] {
  return [...(unsure ?? [])].map((stretches) => JSON.stringify([writer, stretches]));
}

/** Whether some of the first so many bytes of a segment may be gone after a loss of power; default: any of its bytes. */
export function hasUnsure({ unsure }: Pick<LogSegments, "unsure">, segment: number, bytes: number = Infinity): boolean {
  return unsure?.get(segment)?.some(({ from }) => from < bytes) ?? false;
}

/** Whether the line at a byte of a segment may be gone after a loss of power. */
export function isUnsure({ unsure }: Pick<LogSegments, "unsure">, segment: number, byte: number): boolean {
  return unsure?.get(segment)?.some(({ from, to }) => byte >= from && byte < to) ?? false;
}

/** How many of a segment's bytes come before those at its end that may be gone after a loss of power. */
export function sureBytes({ unsure }: Pick<LogSegments, "unsure">, segment: number, bytes: number): number {
  const stretches = unsure?.get(segment)?.toSorted((a, b) => b.to - a.to) ?? [];
  return stretches.reduce((sure, { from, to }) => (to >= sure ? Math.min(sure, from) : sure), bytes);
}

/** Leaves a mark, seen by others when it returns. Throws what the operating system says. */
export function leaveMark(fileSystem: FileSystem, folder: string, { writer, segment, stretch }: Mark): void {
  const ending = `${String(stretch.from)}-${String(stretch.to)}.unsure`;
  try {
    const file = fileSystem.createNow(join(folder, segmentName(writer, segment).replace(/ndjson$/, ending)));
    file.close().catch(() => undefined);
  } catch (error) {
    // One that is there says it, and where the folder has been removed nobody is to be told.
    if (!["EEXIST", "ENOENT"].includes(systemCode(error) ?? "")) throw error;
  }
}

/**
 * Makes durable what the newest two segments of a log hold: whoever wrote it may have died, or not yet have come, to sync
 * it. Older ones were made durable by their writers, as far as there is no mark.
 *
 * @param how How they are opened: the log's owner can append, and not every system syncs what is opened to be read.
 * @throws LedgerUnavailableError when the operating system refuses.
 */
export async function syncNewest(
  fileSystem: FileSystem,
  { folder, writer, segments }: LogSegments,
  how: "read" | "append" = "read",
): Promise<void> {
  for (const segment of segments.slice(-2)) {
    const path = join(folder, segmentName(writer, segment));
    await withPath(path, async () => {
      const file = await fileSystem.open(path, how);
      try {
        await syncOrMark(fileSystem, folder, { writer, segment }, file);
      } finally {
        await file.close();
      }
    });
  }
}

/** Syncs an open segment; where that fails, leaves a mark of all that it holds. */
export async function syncOrMark(
  fileSystem: FileSystem,
  folder: string,
  { writer, segment }: Omit<Mark, "stretch">,
  file: OpenFile,
): Promise<void> {
  try {
    await file.sync();
  } catch (error) {
    // One that was removed meanwhile has nothing to lose.
    if (systemCode(error) !== "ENOENT") markQuietly(fileSystem, folder, { writer, segment, stretch: allOf(file) });
    throw error;
  }
}

/** All bytes of a file, as far as the system tells how many it has. */
export function allOf(file: OpenFile, from = 0): Stretch {
  try {
    return { from, to: file.sizeNow() };
  } catch {
    return { from, to: Number.MAX_SAFE_INTEGER };
  }
}

function markQuietly(fileSystem: FileSystem, folder: string, mark: Mark): void {
  try {
    leaveMark(fileSystem, folder, mark);
  } catch {
    // The failure that led here is the one to tell.
  }
}
