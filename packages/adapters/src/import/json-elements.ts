const NEWLINE = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENS_LIST = 0x5b;
const CLOSES_LIST = 0x5d;
const OPENS_OBJECT = 0x7b;
const CLOSES_OBJECT = 0x7d;
const SPACE = 0x20;

/** Longer ones could not be held, or parsed, in one piece. */
const ELEMENT_BYTES_MAX: number = 256 * 1024 * 1024;

/** How often what was taken for one element, and is none, is looked through again, from a line of it on. */
const SECOND_LOOKS_MAX = 100;

/** The text of one element, and where it begins. */
export interface Element {
  /** From 1. */
  readonly line: number;
  /** Null where it is damaged, or too long to be held. */
  readonly bytes: Uint8Array | null;
}

/**
 * Finds the elements of a JSON array, or of objects that follow one another, in a stream of bytes.
 *
 * A text that goes on over the end of its line is no JSON: the element ends there, and the next is looked for from the
 * next line on. So it is with an element whose brackets do not match, and with one that the file ends in.
 */
export class JsonElements {
  readonly #looks: number;
  #line: number;
  /** What of the element that is under way came in earlier chunks. */
  #pieces: Uint8Array[] = [];
  #byteLength = 0;
  #startLine = 0;
  #within: "nothing" | "object" | "text" | "escape" | "other" = "nothing";
  /** What closes each object and list that is open, the innermost last. */
  #closers: number[] = [];

  constructor(line = 1, looks: number = SECOND_LOOKS_MAX) {
    this.#line = line;
    this.#looks = looks;
  }

  /** The elements that end in this chunk. It must not be written to afterwards. */
  take(chunk: Uint8Array): Element[] {
    const found: Element[] = [];
    let start = 0;
    const end = (index: number, isWhole: boolean): void => {
      this.#keep(chunk.subarray(start, index));
      found.push(...(isWhole ? this.#whole() : this.#damaged()));
    };
    for (let index = 0; index < chunk.length; index += 1) {
      const byte = chunk[index] ?? SPACE;
      switch (this.#within) {
        case "nothing":
          if (isBetween(byte)) break;
          start = index;
          this.#startLine = this.#line;
          this.#closers = [CLOSES_OBJECT];
          this.#within = byte === OPENS_OBJECT ? "object" : "other";
          break;
        case "other":
          if (byte === COMMA || byte === CLOSES_LIST || byte === NEWLINE) end(index, true);
          break;
        case "escape":
          this.#within = "text";
          break;
        case "text":
          if (byte === QUOTE) this.#within = "object";
          else if (byte === BACKSLASH) this.#within = "escape";
          else if (byte === NEWLINE) end(index, false);
          break;
        case "object":
          if (byte === QUOTE) this.#within = "text";
          else if (byte === OPENS_OBJECT) this.#closers.push(CLOSES_OBJECT);
          else if (byte === OPENS_LIST) this.#closers.push(CLOSES_LIST);
          else if (byte === CLOSES_OBJECT || byte === CLOSES_LIST) {
            if (this.#closers.pop() !== byte) end(index + 1, false);
            else if (this.#closers.length === 0) end(index + 1, true);
          }
          break;
      }
      if (byte === NEWLINE) this.#line += 1;
    }
    if (this.#within !== "nothing") this.#keep(chunk.subarray(start));
    return found;
  }

  /** What the stream ends in. */
  finish(): Element[] {
    if (this.#within === "nothing") return [];
    return this.#within === "other" ? this.#whole() : this.#damaged();
  }

  #whole(): Element[] {
    const element = { line: this.#startLine, bytes: this.#taken() };
    this.#forget();
    return [element];
  }

  #damaged(): Element[] {
    const line = this.#startLine;
    const bytes = this.#taken();
    this.#forget();
    const damaged: Element = { line, bytes: null };
    const again = bytes === null || this.#looks === 0 ? null : nextObjectLine(bytes);
    if (bytes === null || again === null) return [damaged];
    const rest = new JsonElements(line + again.lines, this.#looks - 1);
    return [damaged, ...rest.take(bytes.subarray(again.index)), ...rest.finish()];
  }

  #keep(piece: Uint8Array): void {
    this.#byteLength += piece.byteLength;
    if (this.#byteLength > ELEMENT_BYTES_MAX) this.#pieces = [];
    else this.#pieces.push(piece);
  }

  #taken(): Uint8Array | null {
    return this.#byteLength > ELEMENT_BYTES_MAX ? null : Buffer.concat(this.#pieces);
  }

  #forget(): void {
    this.#pieces = [];
    this.#byteLength = 0;
    this.#within = "nothing";
  }
}

/** White space, what separates elements, and the bytes of a byte order mark. */
function isBetween(byte: number): boolean {
  if (byte <= SPACE || byte === COMMA || byte === OPENS_LIST || byte === CLOSES_LIST) return true;
  return byte === 0xef || byte === 0xbb || byte === 0xbf;
}

/** The first line after the first one that begins with an object. */
function nextObjectLine(bytes: Uint8Array): { readonly index: number; readonly lines: number } | null {
  let lines = 0;
  for (let index = bytes.indexOf(NEWLINE); index !== -1; index = bytes.indexOf(NEWLINE, index + 1)) {
    lines += 1;
    let first = index + 1;
    while (first < bytes.length && isBetween(bytes[first] ?? SPACE) && bytes[first] !== NEWLINE) first += 1;
    if (bytes[first] === OPENS_OBJECT) return { index: first, lines };
  }
  return null;
}
