import type { Instant } from "../../instant.ts";
import type { ColumnHeader, ColumnSource, MergedFrom } from "../columns/column-file.ts";
import type { Position } from "../event-store.ts";
import { decodePosition, type LogPlace } from "../file/position.ts";

/** Up to where a view takes a ledger's logs. */
export interface Boundary {
  /** Whether it takes everything. */
  readonly isOpen: boolean;
  /** Whether it takes every event of a segment. */
  holdsAll(source: ColumnSource): boolean;
  /** Whether it takes every one of the lines that were merged from another segment. */
  holdsLines(from: MergedFrom): boolean;
  /** Whether it can take any event of a segment that has not been read. */
  mayHold(writer: string, segment: number): boolean;
  /** Whether it takes a line that was recorded then, by the place after it. */
  holds(writer: string, next: LogPlace, recordedAt: number): boolean;
}

/** Takes everything. */
const NO_BOUNDARY: Boundary = {
  isOpen: true,
  holdsAll: () => true,
  holdsLines: () => true,
  mayHold: () => true,
  holds: () => true,
};

/**
 * What had been recorded at a position, or until an instant, itself included.
 *
 * @throws RangeError for a text that is no position of a ledger folder.
 */
export function boundaryOf(asOf: Position | Instant | null): Boundary {
  if (asOf === null) return NO_BOUNDARY;
  return typeof asOf === "number" ? untilInstant(asOf) : untilPosition(decodePosition(asOf));
}

/** Whether everything in a column file is inside. */
export function holdsFile(boundary: Boundary, header: ColumnHeader): boolean {
  if (boundary.isOpen) return true;
  return boundary.holdsAll(header.source) && header.mergedFrom.every((from) => boundary.holdsLines(from));
}

function untilInstant(instant: Instant): Boundary {
  return {
    isOpen: false,
    holdsAll: ({ recordedUntil }) => recordedUntil <= instant,
    holdsLines: ({ recordedUntil }) => recordedUntil <= instant,
    mayHold: () => true,
    holds: (_writer, _next, recordedAt) => recordedAt <= instant,
  };
}

function untilPosition(places: ReadonlyMap<string, LogPlace>): Boundary {
  const holdsUntil = (writer: string, segment: number, byte: number): boolean => {
    const place = places.get(writer);
    return place !== undefined && (segment < place.segment || (segment === place.segment && byte <= place.byte));
  };
  return {
    isOpen: false,
    holdsAll: ({ writer, segment, end }) => holdsUntil(writer, segment, end?.byte ?? 0),
    holdsLines: ({ writer, segment, byte }) => holdsUntil(writer, segment, byte),
    mayHold: (writer, segment) => holdsUntil(writer, segment, 0),
    holds: (writer, next) => holdsUntil(writer, next.segment, next.byte),
  };
}
