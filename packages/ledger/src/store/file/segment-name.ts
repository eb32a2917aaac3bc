import type { FileSystem } from "./file-system.ts";
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
 * What a segment folder holds; nothing where there is no such folder, and files of other names are not looked at.
 *
 * @throws LedgerUnavailableError when the folder cannot be read.
 */
export async function listSegments(fileSystem: FileSystem, folder: string): Promise<SegmentsByWriter> {
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
