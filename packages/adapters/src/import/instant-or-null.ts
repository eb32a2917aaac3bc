import { type Instant, InvalidInstantError, parseInstant } from "@farthing/ledger";

/** The instant that a text of RFC 3339 names; null for any other, and for none. */
export function instantOrNull(text: string | null): Instant | null {
  if (text === null) return null;
  try {
    return parseInstant(text);
  } catch (error) {
    if (error instanceof InvalidInstantError) return null;
    throw error;
  }
}
