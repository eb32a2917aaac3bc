const LF = 0x0a;
const CR = 0x0d;

/** Takes a line: the bytes from `start` to before `end`, without what ends it. They are only lent. */
export type LineReader = (bytes: Uint8Array, start: number, end: number) => void;

/**
 * Cuts a stream of bytes into lines as its chunks pass by.
 *
 * Lines end with LF, CRLF or CR. Holds the beginning of one line at most, and of that no more than `bytesMax`: a longer
 * line is passed over, and `onPassedOver` hears of it.
 */
export class LineSplitter {
  readonly #onLine: LineReader;
  readonly #bytesMax: number;
  readonly #onPassedOver: () => void;
  #pieces: Uint8Array[] = [];
  #length = 0;
  #afterCr = false;

  constructor(onLine: LineReader, bytesMax: number, onPassedOver: () => void = () => undefined) {
    this.#onLine = onLine;
    this.#bytesMax = bytesMax;
    this.#onPassedOver = onPassedOver;
  }

  /** Whether what comes next is the beginning of a line. */
  get isAtStart(): boolean {
    return this.#length === 0 && !this.#afterCr;
  }

  push(chunk: Uint8Array): void {
    let start = 0;
    let lf = chunk.indexOf(LF);
    let cr = chunk.indexOf(CR);
    // The second half of a CRLF, which may come with the next chunk, ends no line.
    if (this.#afterCr && lf === 0) {
      start = 1;
      lf = chunk.indexOf(LF, start);
    }
    if (chunk.length > 0) this.#afterCr = false;
    while (lf !== -1 || cr !== -1) {
      const isLf = cr === -1 || (lf !== -1 && lf < cr);
      const end = isLf ? lf : cr;
      this.#finish(chunk, start, end);
      start = end + 1;
      if (isLf) {
        lf = chunk.indexOf(LF, start);
      } else {
        cr = chunk.indexOf(CR, start);
        this.#afterCr = start === chunk.length;
        if (lf === start) {
          start += 1;
          lf = chunk.indexOf(LF, start);
        }
      }
    }
    if (start < chunk.length) this.#keep(chunk, start);
  }

  /** Hands out a last line that nothing ends. */
  end(): void {
    if (this.#length > 0) this.#finish(new Uint8Array(0), 0, 0);
  }

  #finish(chunk: Uint8Array, start: number, end: number): void {
    if (this.#length === 0) {
      this.#onLine(chunk, start, end);
      return;
    }
    const length = this.#length + end - start;
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#length = 0;
    if (length > this.#bytesMax) {
      this.#onPassedOver();
      return;
    }
    const line = Buffer.concat([...pieces, chunk.subarray(start, end)]);
    this.#onLine(line, 0, line.length);
  }

  /** A copy: the chunk is the client's, which may write to it or give it away. */
  #keep(chunk: Uint8Array, start: number): void {
    this.#length += chunk.length - start;
    if (this.#length > this.#bytesMax) this.#pieces = [];
    else this.#pieces.push(chunk.slice(start));
  }
}
