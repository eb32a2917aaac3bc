import type { OpenFile } from "../store/file/file-system.ts";

/** What is read at once: small enough to stay in a processor's cache until it has been looked at. */
const CHUNK_BYTES_MAX = 262_144;
/** And of a file that is small when it is opened, and may grow. */
const CHUNK_BYTES_MIN = 4_096;
/** Room in front of a chunk for the beginning of a line that the chunk before ended in. */
const ROOM_BYTES = 65_536;
/** A longer line is not looked at: no event comes near. */
const LINE_BYTES_MAX = 268_435_456;
const NEWLINE = 0x0a;

/** Bytes in front of every line that whoever looks at it may overwrite. */
export const SCRATCH_BYTES = 64;

/** A line in a buffer that is used again for the next ones. */
export interface LineInBuffer {
  readonly buffer: Buffer;
  /** Where in the buffer it begins, and ends without its newline. */
  readonly start: number;
  readonly end: number;
  /** Offset in the file of its first byte. */
  readonly byte: number;
  /** Whether a newline ends it; only the last line of a file can lack one. */
  readonly terminated: boolean;
}

/**
 * Shows every line of a file, without copying it, while the next bytes are being read.
 *
 * @param onBytes Hears how many bytes each read brought.
 */
export async function scanLines(
  file: OpenFile,
  visit: (line: LineInBuffer) => void,
  onBytes: (count: number) => void,
): Promise<void> {
  const chunkBytes = Math.min(CHUNK_BYTES_MAX, Math.max(CHUNK_BYTES_MIN, await file.size()));
  let chunk = newChunk(chunkBytes);
  let other = newChunk(chunkBytes);
  let reading = file.read(chunk.subarray(ROOM_BYTES), chunkBytes, 0);
  /** The beginning of a line that the chunk before ended in. */
  let begun: Buffer = Buffer.alloc(0);
  let byte = 0;
  for (let count = await reading; count > 0; count = await reading) {
    onBytes(count);
    const { buffer, start, end } = join(begun, chunk, count);
    // What was begun lay in the other chunk, and has been copied.
    reading = file.read(other.subarray(ROOM_BYTES), chunkBytes, byte + end - start);
    // Nobody waits for it when a visitor throws.
    reading.catch(() => undefined);
    const rest = visitLines(buffer, start, end, byte, visit);
    byte += rest - start;
    begun = buffer.subarray(rest, end);
    [chunk, other] = [other, chunk];
  }
  if (begun.length === 0) return;
  const { buffer, start, end } = join(begun, chunk, 0);
  visit({ buffer, start, end, byte, terminated: false });
}

function newChunk(bytes: number): Buffer {
  return Buffer.allocUnsafe(ROOM_BYTES + bytes);
}

/** A begun line and the bytes of a chunk after it, one behind the other, in the chunk's own buffer where there is room. */
function join(begun: Buffer, chunk: Buffer, count: number): { buffer: Buffer; start: number; end: number } {
  const end = ROOM_BYTES + count;
  if (begun.length <= ROOM_BYTES - SCRATCH_BYTES) {
    const start = ROOM_BYTES - begun.length;
    begun.copy(chunk, start);
    return { buffer: chunk, start, end };
  }
  if (begun.length > LINE_BYTES_MAX) throw new RangeError(`a line is longer than ${String(LINE_BYTES_MAX)} bytes`);
  const buffer = Buffer.concat([Buffer.alloc(SCRATCH_BYTES), begun, chunk.subarray(ROOM_BYTES, end)]);
  return { buffer, start: SCRATCH_BYTES, end: buffer.length };
}

/** Shows the lines that a newline ends, the first of which is at `byte` of the file; returns where the rest begins. */
function visitLines(
  buffer: Buffer,
  from: number,
  to: number,
  byte: number,
  visit: (line: LineInBuffer) => void,
): number {
  const filled = buffer.subarray(0, to);
  let start = from;
  for (let end = filled.indexOf(NEWLINE, start); end !== -1; end = filled.indexOf(NEWLINE, start)) {
    visit({ buffer, start, end, byte: byte + start - from, terminated: true });
    start = end + 1;
  }
  return start;
}
