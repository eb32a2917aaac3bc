/** Words of 32 bits in a UUID. */
export const UUID_WORDS = 4;
const UUID_LENGTH = 36;
const DASH = 0x2d;
/** Where each byte of a UUID is in its text. */
const PLACES = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34] as const;
const DASHES = [8, 13, 18, 23] as const;
/** By character, its value as a hexadecimal digit in lower case; -1 for any other. */
const DIGITS = Int8Array.from({ length: 256 }, (_, code) => "0123456789abcdef".indexOf(String.fromCharCode(code)));

/**
 * Reads a UUID in its usual form, in lower case, into four words; false for every other text, and for UUIDs of which
 * all but the first word are ones: such words can stand for something else.
 *
 * @param bytes The text as ASCII or anything that ASCII is part of, from `start` to `end`.
 */
export function readUuid(bytes: Uint8Array, start: number, end: number, words: Uint32Array): boolean {
  if (end - start !== UUID_LENGTH) return false;
  for (let index = 0; index < DASHES.length; index += 1) {
    if (bytes[start + (DASHES[index] ?? 0)] !== DASH) return false;
  }
  let isHexadecimal = 0;
  for (let word = 0; word < UUID_WORDS; word += 1) {
    let value = 0;
    for (let byte = word * 4; byte < word * 4 + 4; byte += 1) {
      const place = start + (PLACES[byte] ?? 0);
      const digits = ((DIGITS[bytes[place] ?? 0] ?? -1) << 4) | (DIGITS[bytes[place + 1] ?? 0] ?? -1);
      isHexadecimal |= digits;
      value = (value << 8) | digits;
    }
    words[word] = value;
  }
  return isHexadecimal >= 0 && ((words[1] ?? 0) & (words[2] ?? 0) & (words[3] ?? 0)) !== -1;
}

/** The same of a string. */
export function readUuidText(text: string, words: Uint32Array): boolean {
  const bytes = Buffer.from(text, "utf8");
  return readUuid(bytes, 0, bytes.length, words);
}

/** The text of four words that `readUuid` read. */
export function uuidText(words: Uint32Array): string {
  const digits = Array.from(words, (word) => word.toString(16).padStart(8, "0")).join("");
  const parts = [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)];
  return parts.join("-");
}
