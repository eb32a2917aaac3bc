import { InvalidEventError } from "../errors.ts";
import { canonicalJson } from "./canonical.ts";
import { readEnvelope } from "./envelope.ts";
import type { LedgerEvent } from "./event.ts";
import { upcast, UPCASTERS, type Upcasters } from "./upcasters.ts";

/** An event as one line of JSON; equal events have equal lines. */
export function encodeEvent(event: LedgerEvent): string {
  return inOnePiece(canonicalJson(event));
}

/**
 * A text that was put together from pieces, as one: asking for a character joins them. Left in pieces, the lines that
 * wait to be written would keep the garbage collector busy for longer than all else takes.
 */
function inOnePiece(text: string): string {
  return Number.isNaN(text.charCodeAt(0)) ? "" : text;
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
