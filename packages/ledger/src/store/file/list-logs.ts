import type { FileSystem } from "./file-system.ts";
import type { Log } from "./read-log.ts";
import { listCounting } from "./list-segments.ts";
import { unsureOf } from "./unsure.ts";

/**
 * The logs of a segment folder, to be read across the segments that were dropped of them.
 *
 * @throws LedgerFormatError where it is not known which were pruned.
 * @throws LedgerUnavailableError when the folder cannot be read.
 */
export async function listLogs(fileSystem: FileSystem, folder: string): Promise<Log[]> {
  const { segments, pruned, marks } = await listCounting(fileSystem, folder);
  return Array.from(segments, ([writer, numbers]) => {
    const heads = numbers.flatMap((segment) => {
      const head = pruned.headAfter(writer, segment - 1);
      return head === null ? [] : [[segment, head] as const];
    });
    const own = marks.filter((mark) => mark.writer === writer);
    return { writer, folder, segments: numbers, heads: new Map(heads), unsure: unsureOf(own) };
  });
}
