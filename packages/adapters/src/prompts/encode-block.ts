import { isSource, mediaTokens, NO_MEDIA, type TokensByGeneration } from "./media-tokens.ts";
import { textDigest } from "./text-digest.ts";
import { UnreadableBlockError } from "./unreadable-block.ts";

/** What a block says, as a text: equal texts, equal blocks. Long texts and files in it are replaced by digests. */
export interface Encoded {
  readonly text: string;
  /** About as many bytes of UTF-8 as a model reads of it; files are not among them. */
  readonly bytes: number;
  /** Estimated tokens of its images and documents. */
  readonly mediaTokens: TokensByGeneration;
  /** Every name and plain value that was read, in order; null where equal ones do not make an equal block. */
  readonly leaves: readonly unknown[] | null;
}

/** Longer texts stand in the encoding by their digest. */
const LONG_TEXT = 512;
const DEPTH_MAX = 100;
/** Names and values of one block. */
const NODES_MAX = 200_000;

const OBJECT: unique symbol = Symbol("object");
const LIST: unique symbol = Symbol("list");
const END: unique symbol = Symbol("end");

/**
 * Encodes a block of a prompt as its JSON says it, but for `cache_control`, which is no part of what has to be equal.
 *
 * @throws UnreadableBlockError for what is too deep, too large or not JSON; and whatever a getter of it throws.
 */
export function encodeBlock(block: object): Encoded {
  const encoder = new Encoder();
  encoder.add(block, "", 0);
  return encoder.encoded();
}

/** Whether a block still is what these leaves were read from. */
export function isUnchanged(block: object, leaves: readonly unknown[]): boolean {
  return endOfSame(block, leaves, 0) === leaves.length;
}

class Encoder {
  #text = "";
  #longBytes = 0;
  #mediaTokens = NO_MEDIA;
  #nodes = 0;
  #leaves: unknown[] | null = [];

  encoded(): Encoded {
    const bytes = Buffer.byteLength(this.#text) + this.#longBytes;
    return { text: this.#text, bytes, mediaTokens: this.#mediaTokens, leaves: this.#leaves };
  }

  add(value: unknown, name: string, depth: number): void {
    this.#count(1);
    if (typeof value === "object" && value !== null) {
      this.#addObject(value, name, depth);
      return;
    }
    this.#leaves?.push(value);
    if (typeof value === "string") this.#addText(value);
    else if (typeof value === "number" && Number.isFinite(value)) this.#text += `${String(value)};`;
    else if (typeof value === "boolean") this.#text += value ? "t" : "f";
    else if (typeof value === "bigint") throw new UnreadableBlockError();
    else this.#text += "z";
  }

  #addObject(value: object, name: string, depth: number): void {
    if (depth > DEPTH_MAX || ArrayBuffer.isView(value)) throw new UnreadableBlockError();
    const { toJSON } = value as { readonly toJSON?: unknown };
    if (typeof toJSON === "function") {
      this.#leaves = null;
      const json: unknown = toJSON.call(value, name);
      if (typeof json === "object" && json !== null && "toJSON" in json) throw new UnreadableBlockError();
      this.add(json, name, depth + 1);
    } else if (Array.isArray(value)) this.#addList(value, name, depth);
    else this.#addFields(value as Fields, name, depth);
  }

  #addList(list: readonly unknown[], name: string, depth: number): void {
    this.#count(list.length);
    this.#leaves?.push(LIST);
    this.#text += "[";
    for (let index = 0; index < list.length; index += 1) this.add(list[index], name, depth + 1);
    this.#text += "]";
    this.#leaves?.push(END);
  }

  #addFields(fields: Fields, place: string, depth: number): void {
    const isBlock = depth === 0 || place === "content";
    if (isBlock && isSource(fields["source"])) this.#addMedia(mediaTokens(fields["type"], fields["source"]));
    const isFile = place === "source" && fields["type"] === "base64";
    this.#leaves?.push(OBJECT);
    this.#text += "{";
    for (const name of Object.keys(fields)) {
      const value = fields[name];
      this.#leaves?.push(name);
      if (isBlock && name === "cache_control") this.#passOver(value, name, depth);
      else if (isLeftOut(value) || (isBlock && value === null)) this.#leaves?.push(value);
      else {
        this.#text += `"${String(name.length)}:${name}`;
        const isUnread = (isFile && name === "data") || (isBlock && name === "signature");
        if (isUnread && typeof value === "string") this.#addUnread(value);
        else this.add(value, name, depth + 1);
      }
    }
    this.#text += "}";
    this.#leaves?.push(END);
  }

  /** Only its leaves are read: a change of it is a change of the block. */
  #passOver(value: unknown, name: string, depth: number): void {
    const { encoded, longBytes } = { encoded: this.#text, longBytes: this.#longBytes };
    this.add(value, name, depth + 1);
    this.#text = encoded;
    this.#longBytes = longBytes;
  }

  #addText(text: string): void {
    if (text.length < LONG_TEXT) this.#text += `"${String(text.length)}:${text}`;
    else {
      const { digest, bytes } = textDigest(text);
      this.#text += `#${digest}`;
      this.#longBytes += bytes - digest.length - 1;
    }
  }

  /** A text that is no text to the model. */
  #addUnread(text: string): void {
    const { digest } = textDigest(text);
    this.#leaves?.push(text);
    this.#text += `#${digest}`;
    this.#longBytes -= digest.length + 1;
  }

  #addMedia(tokens: TokensByGeneration): void {
    this.#mediaTokens = { 1: this.#mediaTokens[1] + tokens[1], 2: this.#mediaTokens[2] + tokens[2] };
  }

  #count(nodes: number): void {
    this.#nodes += nodes;
    if (this.#nodes > NODES_MAX) throw new UnreadableBlockError();
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** Where the leaves of a value end that begin at an index; -1 where they are others. */
function endOfSame(value: unknown, leaves: readonly unknown[], start: number): number {
  if (typeof value !== "object" || value === null) return leaves[start] === value ? start + 1 : -1;
  let at = start + 1;
  if (Array.isArray(value)) {
    if (leaves[start] !== LIST) return -1;
    for (let index = 0; index < value.length && at >= 0; index += 1) at = endOfSame(value[index], leaves, at);
  } else {
    if (leaves[start] !== OBJECT) return -1;
    for (const name of Object.keys(value)) {
      if (leaves[at] !== name) return -1;
      at = endOfSame((value as Fields)[name], leaves, at + 1);
      if (at < 0) return -1;
    }
  }
  return at >= 0 && leaves[at] === END ? at + 1 : -1;
}

/** What JSON leaves out of an object. */
function isLeftOut(value: unknown): boolean {
  return value === undefined || typeof value === "function" || typeof value === "symbol";
}
