import { ownText, type JsonObject } from "../ndjson/json-object.ts";

/** Longer than any id, model or word of the API. */
const WORD_CHARACTERS_MAX = 256;

/** An id, a model or another word of the API; null for what cannot be one, and may say what nobody wants kept. */
export function ownWord(object: JsonObject, name: string): string | null {
  const text = ownText(object, name);
  return text === null || text.length > WORD_CHARACTERS_MAX ? null : text;
}
