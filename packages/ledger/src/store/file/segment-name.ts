import { dirname } from "node:path";
import type { FileSystem } from "./file-system.ts";
import { countRecords, readPruned, type Pruned } from "./pruned.ts";
import { systemCode, unavailable } from "./unavailable.ts";

const NAME = /^([0-9a-z]+)-(\d{8})\.ndjson$/;

/** The file name of a writer's segment; segments count from 1. */
export function segmentName(writer: string, segment: number): string {
  return `${writer}-${String(segment).padStart(8, "0")}.ndjson`;
}

/** The writer and the number that a file name says; null for a name that is no segment's. */
export function segmentOfName(name: string): { readonly writer: string; readonly segment: number } | null {
  const [, writer, number] = NAME.exec(name) ?? [];
  return writer === undefined ? null : { writer, segment: Number(number) };
}

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

/** As `listSegments`, with what was pruned. */
export async function listCounting(
  fileSystem: FileSystem,
  folder: string,
): Promise<{ readonly segments: SegmentsByWriter; readonly pruned: Pruned }> {
  const root = dirname(folder);
  for (;;) {
    const pruned = await readPruned(fileSystem, root);
    const found = await listFiles(fileSystem, folder);
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
    return { segments: new Map([...segments].sort(([a], [b]) => (a < b ? -1 : 1))), pruned };
  }
}

async function listFiles(fileSystem: FileSystem, folder: string): Promise<ReadonlyMap<string, readonly number[]>> {
  let names: readonly string[];
  try {
    names = await fileSystem.list(folder);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return new Map();
    throw unavailable(folder, error);
  }
  const segments = new Map<string, number[]>();
  for (const name of [...names].sort()) {
    const found = segmentOfName(name);
    if (found === null) continue;
    segments.set(found.writer, [...(segments.get(found.writer) ?? []), found.segment]);
  }
  return segments;
}
