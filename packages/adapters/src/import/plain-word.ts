/** Longer ones are no names. */
export const CHARACTERS_MAX = 120;

/** An address, a key of a gateway or of a provider, and whatever is written over several lines. */
const NOT_PLAIN = /@|\b(?:sk|pk)-|\bBearer\b|\p{Cc}/u;

/**
 * A name that somebody gave a call, as it may be kept: null for what is no short text, and for what looks like an
 * address or a key.
 */
export function plainWord(value: unknown): string | null {
  if (typeof value !== "string" || value === "" || value.length > CHARACTERS_MAX) return null;
  return NOT_PLAIN.test(value) ? null : value;
}
