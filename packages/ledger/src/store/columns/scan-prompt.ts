import { NO_TTL, OMITTED, type PackedPrompts } from "../../rows/packed-prompts.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const CLOSING_BRACKET = 0x5d;
const ZERO = 0x30;
const PRINTABLE = { from: 0x20, to: 0x7e } as const;
const DIGITS_MAX = 15;
const FAILED = -1;

/** How many kinds are looked for by their bytes; there are about as many as the API has types of content. */
const KINDS_MAX = 32;
const SECTION = `","section":"`;

const BYTES = {
  blocks: bytesOf(`{"blocks":[`),
  hash: bytesOf(`{"hash":"`),
  kind: bytesOf(`","kind":"`),
  section: bytesOf(SECTION),
  tools: bytesOf(`tools","tokens":`),
  system: bytesOf(`system","tokens":`),
  messages: bytesOf(`messages","tokens":`),
  ttl5m: bytesOf(`,"ttl":"5m"}`),
  ttl1h: bytesOf(`,"ttl":"1h"}`),
  omittedBlocks: bytesOf(`{"blocks":`),
  omittedHash: bytesOf(`,"hash":"`),
  omittedTokens: bytesOf(`","kind":"omitted","tokens":`),
  end: bytesOf(`}`),
  key: bytesOf(`,"key":"`),
} as const;

function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "latin1"));
}

/** The values of hexadecimal digits in lower case, by their bytes; 16 for every other byte. */
const NIBBLES = new Uint8Array(256).fill(16);
for (const [value, digit] of Array.from("0123456789abcdef").entries()) NIBBLES[digit.charCodeAt(0)] = value;

/** Reads the JSON of prompts without making objects of it. */
export class PromptScanner {
  readonly #prompts: PackedPrompts;
  #line: Uint8Array = new Uint8Array(0);
  #at = 0;
  #number = 0;
  readonly #kinds: { readonly bytes: Uint8Array; readonly number: number }[] = [];

  constructor(prompts: PackedPrompts) {
    this.#prompts = prompts;
  }

  /** Where the prompt ends that was taken in last. */
  get end(): number {
    return this.#at;
  }

  /**
   * Takes in a prompt that is written exactly as this release writes it, without anything that is escaped, from an
   * offset on; returns its number.
   *
   * Null for any other: then nothing is taken in.
   */
  scan(bytes: Uint8Array, start: number): number | null {
    this.#line = bytes;
    this.#at = start;
    const key = this.#skip(BYTES.blocks) && this.#blocks() && this.#skip(BYTES.key) ? this.#text() : null;
    if (key !== null && key !== "" && this.#skip(BYTES.end)) return this.#prompts.finish(key);
    this.#prompts.drop();
    return null;
  }

  /** A list of blocks, after its opening bracket, and the bracket that closes it. */
  #blocks(): boolean {
    if (this.#line[this.#at] !== CLOSING_BRACKET) {
      for (;;) {
        if (!this.#block()) return false;
        if (this.#line[this.#at] !== COMMA) break;
        this.#at += 1;
      }
    }
    this.#at += 1;
    return this.#line[this.#at - 1] === CLOSING_BRACKET;
  }

  #block(): boolean {
    if (!this.#skip(BYTES.hash)) return this.#omitted();
    const high = this.#half();
    const low = this.#half();
    if (high === FAILED || low === FAILED || !this.#skip(BYTES.kind)) return false;
    const kind = this.#kind();
    if (kind === FAILED) return false;
    const section = this.#section();
    if (section === OMITTED || !this.#count()) return false;
    const tokens = this.#number;
    const ttl = this.#ttl();
    if (ttl === FAILED) return false;
    this.#prompts.addBlock(section, kind, high, low, tokens, ttl);
    return true;
  }

  #omitted(): boolean {
    if (!this.#skip(BYTES.omittedBlocks) || !this.#count()) return false;
    const blocks = this.#number;
    if (!this.#skip(BYTES.omittedHash)) return false;
    const high = this.#half();
    const low = this.#half();
    if (high === FAILED || low === FAILED || !this.#skip(BYTES.omittedTokens) || !this.#count()) return false;
    this.#prompts.addOmitted(high, low, blocks, this.#number);
    return this.#skip(BYTES.end);
  }

  #section(): number {
    if (this.#skip(BYTES.messages)) return 2;
    if (this.#skip(BYTES.system)) return 1;
    return this.#skip(BYTES.tools) ? 0 : OMITTED;
  }

  #ttl(): number {
    if (this.#skip(BYTES.end)) return NO_TTL;
    if (this.#skip(BYTES.ttl5m)) return 0;
    return this.#skip(BYTES.ttl1h) ? 1 : FAILED;
  }

  /** The number of a kind, which is not empty, and what follows it. */
  #kind(): number {
    for (const { bytes, number } of this.#kinds) if (this.#skip(bytes)) return number;
    const text = this.#text();
    if (text === null || text === "") return FAILED;
    this.#at -= 1;
    const number = this.#prompts.kindNumber(text);
    if (this.#kinds.length < KINDS_MAX) this.#kinds.push({ bytes: bytesOf(`${text}${SECTION}`), number });
    return this.#skip(BYTES.section) ? number : FAILED;
  }

  /** A text up to its closing quote, which is passed over; null where not all of it is printable ASCII as it is. */
  #text(): string | null {
    const line = this.#line;
    let text = "";
    for (; this.#at < line.length; this.#at += 1) {
      const byte = line[this.#at] ?? 0;
      if (byte === QUOTE) {
        this.#at += 1;
        return text;
      }
      if (byte < PRINTABLE.from || byte > PRINTABLE.to || byte === BACKSLASH) return null;
      text += String.fromCharCode(byte);
    }
    return null;
  }

  /** Eight hexadecimal digits as a number. */
  #half(): number {
    const line = this.#line;
    let value = 0;
    let seen = 0;
    const end = this.#at + 8;
    for (; this.#at < end; this.#at += 1) {
      const nibble = NIBBLES[line[this.#at] ?? 0] ?? 16;
      seen |= nibble;
      value = (value << 4) | nibble;
    }
    return seen < 16 ? value >>> 0 : FAILED;
  }

  /** A whole number that doubles hold, written without needless zeros. */
  #count(): boolean {
    const line = this.#line;
    const start = this.#at;
    let value = 0;
    for (;;) {
      const digit = (line[this.#at] ?? 0) - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      this.#at += 1;
    }
    this.#number = value;
    const digits = this.#at - start;
    return digits === 1 || (digits > 1 && digits <= DIGITS_MAX && line[start] !== ZERO);
  }

  #skip(literal: Uint8Array): boolean {
    const line = this.#line;
    const start = this.#at;
    for (let index = 0; index < literal.length; index += 1) if (line[start + index] !== literal[index]) return false;
    this.#at = start + literal.length;
    return true;
  }
}
