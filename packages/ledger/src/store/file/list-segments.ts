import { dirname } from "node:path";
import type { FileSystem } from "./file-system.ts";
import { namesIn } from "./names-in.ts";
import { countRecords, readPruned, type Pruned } from "./pruned.ts";
import { markOfName, type Mark } from "./unsure.ts";
import { segmentOfName } from "./segment-name.ts";

/** Every writer of a ledger in order of name, with the numbers of its segments in order. */
export type SegmentsByWriter = ReadonlyMap<string, readonly number[]>;

/**
 * The segments of a folder that count; none where there is no such folder, and files of other names are not looked at.
 *
 * @throws LedgerFormatError where it is not known which were pruned.
 * @throws LedgerUnavailableError when the folder cannot be read.
 */
export async function listSegments(fileSystem: FileSystem, folder: string): Promise<SegmentsByWriter> {
  return (await listCounting(fileSystem, folder)).segments;
}

/** As `listSegments`, with what was pruned, and the marks of what may be gone after a loss of power. */
export async function listCounting(
  fileSystem: FileSystem,
  folder: string,
): Promise<{ readonly segments: SegmentsByWriter; readonly pruned: Pruned; readonly marks: readonly Mark[] }> {
  const root = dirname(folder);
  for (;;) {
    const pruned = await readPruned(fileSystem, root);
    const { segments: found, marks } = await listFiles(fileSystem, folder);
    // Segments are deleted only after another record is there: with as many as before, none is missing.
    if ((await countRecords(fileSystem, root)) !== pruned.records.length) continue;
    const segments = new Map<string, readonly number[]>();
    for (const [writer, numbers] of found) {
      const counting = numbers.filter((segment) => pruned.counts(writer, segment));
      if (counting.length > 0) segments.set(writer, counting);
    }
    // Of these, one that is not there is to be missed when it is read.
    for (const { writer, segment } of pruned.rollupSegments()) {
      const numbers = segments.get(writer) ?? [];
      segments.set(
        writer,
        [...new Set([...numbers, segment])].sort((a, b) => a - b),
      );
    }
    return { segments: new Map([...segments].sort(([a], [b]) => (a < b ? -1 : 1))), pruned, marks };
  }
}

async function listFiles(
  fileSystem: FileSystem,
  folder: string,
): Promise<{ readonly segments: SegmentsByWriter; readonly marks: readonly Mark[] }> {
  const segments = new Map<string, number[]>();
  const marks: Mark[] = [];
  for (const name of await namesIn(folder, fileSystem)) {
    const found = segmentOfName(name);
    const mark = found === null ? markOfName(name) : null;
    if (mark !== null) marks.push(mark);
    if (found === null) continue;
    const numbers = segments.get(found.writer);
    if (numbers === undefined) segments.set(found.writer, [found.segment]);
    else numbers.push(found.segment);
  }
  return { segments, marks };
}
