import type { RequestDetails, RequestRows } from "../../rows/request-rows.ts";
import type { RowRoom } from "../../rows/row-room.ts";
import type { UsagePart } from "../../usage/usage.ts";
import { decodeContexts, encodeContexts } from "./context-table.ts";
import { ColumnReader, ColumnWriter } from "./number-codec.ts";
import { decodeTerms, encodeTerms } from "./terms-table.ts";
import { readTexts, writeTexts } from "./text-list.ts";

/** The bytes of what every question reads of rows, by section. */
export interface RowSections {
  readonly rows: Uint8Array;
  readonly terms: Uint8Array;
  readonly contexts: Uint8Array;
  readonly furtherParts: Uint8Array;
}

export function encodeRows(rows: RequestRows): RowSections {
  return {
    rows: encodeColumns(rows),
    terms: encodeTerms(rows.terms),
    contexts: encodeContexts(rows.contexts),
    furtherParts: encodeParts(rows.furtherParts),
  };
}

/**
 * Reads what `encodeRows` wrote; `details` gives the rest.
 *
 * @param room Where the sections are, and the rows shall be; null where both have room of their own.
 */
export function decodeRows(
  sections: RowSections,
  details: () => RequestDetails,
  room: RowRoom | null = null,
): RequestRows {
  const from = new ColumnReader(sections.rows, room);
  const occurredAt = from.doubles();
  const durations = from.later((each) => each.doubles());
  // In a room of their own rows outlive the bytes that they are read from.
  let startedAt = room === null ? startsOf(occurredAt, durations()) : null;
  return {
    count: occurredAt.length,
    occurredAt,
    get startedAt() {
      return (startedAt ??= startsOf(occurredAt, durations()));
    },
    termsOf: from.uint32(),
    contextOf: from.uint32(),
    uncachedInput: from.counts(),
    cacheWrite5m: from.counts(),
    cacheWrite1h: from.counts(),
    cacheRead: from.counts(),
    output: from.counts(),
    thinking: from.signed(),
    webSearchRequests: from.counts(),
    terms: decodeTerms(sections.terms),
    contexts: decodeContexts(sections.contexts, room),
    furtherParts: decodeParts(sections.furtherParts),
    details,
  };
}

/** Made in place of the durations. */
function startsOf(occurredAt: Float64Array, durations: Float64Array): Float64Array {
  for (let row = 0; row < durations.length; row += 1)
    durations[row] = (occurredAt[row] ?? NaN) - (durations[row] ?? NaN);
  return durations;
}

function encodeColumns(rows: RequestRows): Uint8Array {
  const out = new ColumnWriter();
  out.numbers(rows.occurredAt);
  // Requests take seconds: how long each took needs fewer bytes than when it began.
  out.numbers(rows.startedAt.map((startedAt, row) => (rows.occurredAt[row] ?? NaN) - startedAt));
  for (const column of [
    rows.termsOf,
    rows.contextOf,
    rows.uncachedInput,
    rows.cacheWrite5m,
    rows.cacheWrite1h,
    rows.cacheRead,
    rows.output,
    rows.thinking,
    rows.webSearchRequests,
  ]) {
    out.numbers(column);
  }
  return out.bytes();
}

const NO_PARTS: ReadonlyMap<number, readonly UsagePart[]> = new Map();

function encodeParts(parts: RequestRows["furtherParts"]): Uint8Array {
  const out = new ColumnWriter();
  writeTexts(out, parts.size === 0 ? [] : [JSON.stringify([...parts])]);
  return out.bytes();
}

function decodeParts(bytes: Uint8Array): RequestRows["furtherParts"] {
  const texts = readTexts(new ColumnReader(bytes));
  return texts.length === 0 ? NO_PARTS : new Map(JSON.parse(texts.at(0) ?? "[]") as [number, readonly UsagePart[]][]);
}
