const NEWLINE = 0x0a;

/** Longer lines are passed over: their text could not be held, or parsed, in one piece. */
const LINE_BYTES_MAX: number = 256 * 1024 * 1024;

/** One line of a byte stream. */
export interface Line {
  /** Without its newline; null where the line is longer than the limit. */
  readonly bytes: Uint8Array | null;
  /** With its newline. */
  readonly byteLength: number;
  /** False for a last line without newline, which may still be being written. */
  readonly terminated: boolean;
}

/** The text of a line, without a byte order mark. Bytes that are not UTF-8 become replacement characters. */
export function lineText(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

/**
 * The lines of a byte stream, in groups as they become complete.
 *
 * Holds one chunk and the line that continues beyond it. A chunk must not be written to after it was yielded.
 */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  lineBytesMax: number = LINE_BYTES_MAX,
): AsyncGenerator<readonly Line[]> {
  const unfinished = new UnfinishedLine(lineBytesMax);
  for await (const chunk of chunks) {
    const lines: Line[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      lines.push(unfinished.finish(chunk.subarray(start, end), true));
      start = end + 1;
    }
    unfinished.extend(chunk.subarray(start));
    if (lines.length > 0) yield lines;
  }
  if (unfinished.byteLength > 0) yield [unfinished.finish(new Uint8Array(0), false)];
}

/** What is known so far of a line whose newline has not come yet. */
class UnfinishedLine {
  readonly #bytesMax: number;
  #pieces: Uint8Array[] = [];
  #byteLength = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get byteLength(): number {
    return this.#byteLength;
  }

  extend(piece: Uint8Array): void {
    this.#byteLength += piece.byteLength;
    if (this.#byteLength > this.#bytesMax) this.#pieces = [];
    else if (piece.byteLength > 0) this.#pieces.push(piece);
  }

  finish(lastPiece: Uint8Array, terminated: boolean): Line {
    this.extend(lastPiece);
    const line: Line = {
      bytes: this.#byteLength > this.#bytesMax ? null : joined(this.#pieces),
      byteLength: this.#byteLength + (terminated ? 1 : 0),
      terminated,
    };
    this.#pieces = [];
    this.#byteLength = 0;
    return line;
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [first] = pieces;
  return pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces);
}
