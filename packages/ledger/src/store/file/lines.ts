import type { OpenFile } from "./file-system.ts";

/** What is read at once: little at first, because many segments hold little. */
const CHUNK_BYTES = 65_536;
const CHUNK_BYTES_MAX = 262_144;
const NEWLINE = 0x0a;

/** One line of a file, without its newline. Its bytes are valid until the next batch is asked for. */
export interface Line {
  readonly bytes: Buffer;
  /** Offset of its first byte. */
  readonly byte: number;
  /** Whether a newline ends it; only the last line of a file can lack one. */
  readonly terminated: boolean;
}

/** Yields the lines of a file from a line's first byte on, as many at once as one read brought. */
export async function* readLines(file: OpenFile, from: number): AsyncGenerator<readonly Line[]> {
  let chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let begun: Buffer[] = [];
  let lineByte = from;
  let chunkByte = from;
  for (;;) {
    const filled = chunk.subarray(0, await file.read(chunk, chunk.length, chunkByte));
    if (filled.length === 0) break;
    const lines: Line[] = [];
    let start = 0;
    for (let end = filled.indexOf(NEWLINE); end !== -1; end = filled.indexOf(NEWLINE, start)) {
      const rest = filled.subarray(start, end);
      lines.push({
        bytes: begun.length === 0 ? rest : Buffer.concat([...begun, rest]),
        byte: lineByte,
        terminated: true,
      });
      begun = [];
      start = end + 1;
      lineByte = chunkByte + start;
    }
    if (start < filled.length) begun.push(Buffer.from(filled.subarray(start)));
    chunkByte += filled.length;
    if (lines.length > 0) yield lines;
    if (filled.length === chunk.length && chunk.length < CHUNK_BYTES_MAX) chunk = Buffer.allocUnsafe(CHUNK_BYTES_MAX);
  }
  if (begun.length > 0) yield [{ bytes: Buffer.concat(begun), byte: lineByte, terminated: false }];
}
