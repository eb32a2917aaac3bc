import { addMedia, isSource, mediaTokens, NO_MEDIA, type TokensByGeneration } from "./media-tokens.ts";
import { textDigest } from "./text-digest.ts";

/** What a block says. */
export interface Encoded {
  /** Equal texts, equal blocks. Files and long texts in it are replaced by digests. */
  readonly json: string;
  /** About as many bytes of UTF-8 as a model reads of it; files are not among them. */
  readonly bytes: number;
  /** Estimated tokens of its images and documents. */
  readonly mediaTokens: TokensByGeneration;
}

type Fields = Readonly<Record<string, unknown>>;

/** Longer texts of a block, and of the blocks in it, stand in its encoding by their digest. */
const LONG_TEXT = 512;
/** `{"digest":"..."}` with its 32 digits. */
const STAND_IN_BYTES = 45;
/** Lists of blocks in blocks in blocks; the API takes fewer. */
const DEPTH_MAX = 8;

/**
 * Encodes a block of a prompt as its JSON, without `cache_control`, which is no part of what has to be equal, and without
 * fields that are null, which the API takes for absent.
 *
 * @throws TypeError or RangeError for what cannot be JSON; and whatever a getter of it throws.
 */
export function encodeBlock(block: object): Encoded {
  const sums = { longBytes: 0, mediaTokens: NO_MEDIA };
  const json = JSON.stringify(comparable(block as Fields, sums, 0));
  return { json, bytes: Math.max(0, Buffer.byteLength(json) + sums.longBytes), mediaTokens: sums.mediaTokens };
}

interface Sums {
  /** What has to be added to the bytes of the encoding because of what was replaced in it. */
  longBytes: number;
  mediaTokens: TokensByGeneration;
}

/** What of a block has to be equal. */
function comparable(block: Fields, sums: Sums, depth: number): unknown {
  if (typeof block["toJSON"] === "function") return block;
  const { type, source } = block;
  if (isSource(source)) sums.mediaTokens = addMedia(sums.mediaTokens, mediaTokens(type, source));
  const fields: Record<string, unknown> = {};
  for (const name of Object.keys(block)) {
    const value = block[name];
    if (name === "cache_control" || value === null) continue;
    // `__proto__` would not become a field.
    if (name === "__proto__") throw new TypeError("no block has such a field");
    fields[name] = comparableField(name, value, type, sums, depth);
  }
  return fields;
}

function comparableField(name: string, value: unknown, type: unknown, sums: Sums, depth: number): unknown {
  if (typeof value === "string") {
    // Neither a signature nor a file in base64 is text to the model.
    const isUnread = name === "signature" || (name === "data" && type !== "text");
    return isUnread || value.length >= LONG_TEXT ? replaced(value, isUnread, sums) : value;
  }
  if (typeof value !== "object" || value === null || depth >= DEPTH_MAX) return value;
  if (name === "content" && Array.isArray(value)) {
    return value.map((item: unknown) => (isBlock(item) ? comparable(item, sums, depth + 1) : item));
  }
  const isOfBlocks = name === "content" || name === "source";
  return isOfBlocks && isBlock(value) ? comparable(value, sums, depth + 1) : value;
}

function replaced(text: string, isUnread: boolean, sums: Sums): object {
  const { digest, bytes } = textDigest(text);
  sums.longBytes += (isUnread ? 0 : bytes) - STAND_IN_BYTES;
  return { digest };
}

function isBlock(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
