import { InvalidEventError } from "../errors.ts";
import { canonicalJson } from "./canonical.ts";
import { readEnvelope } from "./envelope.ts";
import type { LedgerEvent } from "./event.ts";
import { upcast, UPCASTERS, type Upcasters } from "./upcasters.ts";

/** An event as one line of JSON; equal events have equal lines. */
export function encodeEvent(event: LedgerEvent): string {
  return canonicalJson(event);
}

/**
 * Reads what `encodeEvent` wrote, raising old versions to the current one.
 *
 * Checks only what every event has: the text was validated when it was appended. Foreign text goes through
 * `parseEvent` of `schema.ts`.
 *
 * @throws InvalidEventError for text that is no event.
 */
export function decodeEvent(text: string, upcasters: Upcasters = UPCASTERS): LedgerEvent {
  return eventFromJson(parseJson(text), upcasters);
}

/** As `decodeEvent`, from JSON that is parsed already. */
export function eventFromJson(json: unknown, upcasters: Upcasters = UPCASTERS): LedgerEvent {
  return upcast(readEnvelope(json), upcasters);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidEventError("", `not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
