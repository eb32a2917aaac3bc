import { join } from "node:path";
import { segmentsFolder } from "../columns/columns-folder.ts";
import type { FileSystem } from "../file/file-system.ts";
import { segmentName } from "../file/segment-name.ts";
import { withPath } from "../file/unavailable.ts";
import type { ViewFolder, ViewSegment } from "./view-folder.ts";

const NEWLINE = 0x0a;
const CHUNK_BYTES = 65_536;
/** Enough to hold the chain value of the last line, which covers everything before. */
const COMPARED_BYTES = 256;

/** The end of the lines of a file: how long they are, and their last bytes. */
interface LinesEnd {
  readonly bytes: number;
  readonly last: Buffer;
}

/**
 * Folders without the segments that another of them holds as well, or more of: each is taken from one.
 *
 * @throws LedgerUnavailableError when a segment cannot be read.
 */
export async function dropCopies(
  folders: readonly ViewFolder[],
  fileSystem: FileSystem,
): Promise<readonly ViewFolder[]> {
  if (folders.length < 2) return folders;
  const kept = new Map<string, { readonly folder: ViewFolder; readonly segment: ViewSegment }[]>();
  for (const folder of folders) {
    for (const segment of folder.segments) {
      const name = segmentName(segment.log.writer, segment.segment);
      const others = kept.get(name) ?? [];
      kept.set(name, await withoutPrefixes([...others, { folder, segment }], name, fileSystem));
    }
  }
  const all = [...kept.values()].flat();
  return folders.map((folder) => ({
    ...folder,
    segments: all.filter((each) => each.folder === folder).map(({ segment }) => segment),
  }));
}

/** Those that are not the beginning of another; of equal ones the first. */
async function withoutPrefixes<T extends { readonly folder: ViewFolder }>(
  copies: readonly T[],
  name: string,
  fileSystem: FileSystem,
): Promise<T[]> {
  const kept: T[] = [];
  const paths = copies.map(({ folder }) => join(segmentsFolder(folder.root), name));
  for (const [index, copy] of copies.entries()) {
    const isCopied = await anyOf(paths, async (other, otherIndex) => {
      if (otherIndex === index) return false;
      return (
        (await beginsWith(fileSystem, other, paths[index] ?? "")) &&
        (otherIndex < index || !(await beginsWith(fileSystem, paths[index] ?? "", other)))
      );
    });
    if (!isCopied) kept.push(copy);
  }
  return kept;
}

async function anyOf(
  paths: readonly string[],
  test: (path: string, index: number) => Promise<boolean>,
): Promise<boolean> {
  for (const [index, path] of paths.entries()) if (await test(path, index)) return true;
  return false;
}

/** Whether the lines of one segment are the first ones of another. */
async function beginsWith(fileSystem: FileSystem, path: string, prefixPath: string): Promise<boolean> {
  const { bytes, last } = await endOfLines(fileSystem, prefixPath);
  if (bytes === 0) return true;
  const there = await readAt(fileSystem, path, bytes - last.length, last.length);
  return there.equals(last);
}

async function endOfLines(fileSystem: FileSystem, path: string): Promise<LinesEnd> {
  return withPath(path, async () => {
    const file = await fileSystem.open(path, "read");
    try {
      const chunk = Buffer.alloc(CHUNK_BYTES);
      let bytes = 0;
      for (let end = await file.size(); end > 0 && bytes === 0; end -= CHUNK_BYTES) {
        const start = Math.max(0, end - CHUNK_BYTES);
        const count = await file.read(chunk, end - start, start);
        const newline = chunk.subarray(0, count).lastIndexOf(NEWLINE);
        if (newline !== -1) bytes = start + newline + 1;
      }
      const length = Math.min(bytes, COMPARED_BYTES);
      const last = Buffer.alloc(length);
      return { bytes, last: last.subarray(0, await file.read(last, length, bytes - length)) };
    } finally {
      await file.close();
    }
  });
}

async function readAt(fileSystem: FileSystem, path: string, at: number, length: number): Promise<Buffer> {
  return withPath(path, async () => {
    const file = await fileSystem.open(path, "read");
    try {
      const bytes = Buffer.alloc(length);
      return bytes.subarray(0, await file.read(bytes, length, at));
    } finally {
      await file.close();
    }
  });
}
