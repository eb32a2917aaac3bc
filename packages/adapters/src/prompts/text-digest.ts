import { hash } from "node:crypto";

/** 32 hexadecimal digits that stand for a text, and how many bytes of UTF-8 it is. */
export interface TextDigest {
  readonly digest: string;
  readonly bytes: number;
}

/** The API takes requests of up to 32 MB. Source: docs.anthropic.com, vision; read 2026-11-29. */
const CHARACTERS_MAX = 33_554_432;
/** Shorter texts are hashed about as fast as they are copied and looked up. */
const REMEMBERED_FROM = 8_192;
/** Two generations of at most this much are held in memory, whatever passes by. */
const GENERATION_CHARACTERS = 8_388_608;
const GENERATION_TEXTS = 4_096;
const SAMPLE = 24;

interface Remembered extends TextDigest {
  readonly text: string;
}

let newer = new Map<string, Remembered>();
let older = new Map<string, Remembered>();
let newerCharacters = 0;

/**
 * The digest of a text: no key is in it, so it must not leave the process.
 *
 * @throws RangeError for a text that the API would not take.
 *
 * A long text that was seen before is compared with what is remembered instead of hashed. Only the text itself can tell
 * that it is the same one, as the object it came in may have been changed since; so long texts are held, in the memory of
 * this process alone and within the limits above.
 */
export function textDigest(text: string): TextDigest {
  if (text.length > CHARACTERS_MAX) throw new RangeError("longer than a request may be");
  return text.length < REMEMBERED_FROM ? hashed(text) : remembered(text);
}

function hashed(text: string): TextDigest {
  const bytes = Buffer.byteLength(text);
  return { digest: hexOf(isWellFormed(text) ? text : JSON.stringify(text)).slice(0, 32), bytes };
}

function remembered(text: string): TextDigest {
  const key = sampleOf(text);
  const recent = newer.get(key);
  if (recent?.text === text) return recent;
  const old = older.get(key);
  if (old?.text !== text && text.length > GENERATION_CHARACTERS) return hashed(text);
  const found = old?.text === text ? old : rememberable(text);
  if (newer.size >= GENERATION_TEXTS || newerCharacters + text.length > GENERATION_CHARACTERS) {
    older = newer;
    newer = new Map();
    newerCharacters = 0;
  }
  newer.set(key, found);
  newerCharacters += text.length;
  return found;
}

/** Tells most texts apart without reading all of them: a map would, and gives up on very long ones. */
function sampleOf(text: string): string {
  const { length } = text;
  const middle = length >>> 1;
  return `${String(length)} ${text.slice(0, SAMPLE)}${text.slice(middle, middle + SAMPLE)}${text.slice(length - SAMPLE)}`;
}

/** A part cut out of a longer text keeps all of that in memory; a copy does not. */
function rememberable(text: string): Remembered {
  const { digest, bytes } = hashed(text);
  const encoding = bytes === text.length ? "latin1" : "utf16le";
  return { digest, bytes, text: Buffer.from(text, encoding).toString(encoding) };
}

/** UTF-8 says the same of every half of a surrogate pair that stands alone. */
function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}

function hexOf(text: string): string {
  return hash("sha256", text, "hex");
}
