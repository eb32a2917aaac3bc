import type { Position } from "../event-store.ts";

/** Where reading a writer's log goes on. */
export interface LogPlace {
  readonly segment: number;
  /** Offset of the next line's first byte. */
  readonly byte: number;
  /** Number of the next line, from 1. */
  readonly line: number;
}

/** Before the first line of a log. */
export const LOG_START: LogPlace = { segment: 0, byte: 0, line: 1 };

const PLACE = /^([0-9a-z]+):(\d+):(\d+):(\d+)$/;

/** A position: one place per writer, in order of the writers' names. */
export function encodePosition(places: ReadonlyMap<string, LogPlace>): Position {
  return [...places]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([writer, { segment, byte, line }]) => `${writer}:${String(segment)}:${String(byte)}:${String(line)}`)
    .join(",") as Position;
}

/** @throws RangeError for a text that is no position of a ledger folder. */
export function decodePosition(position: Position): Map<string, LogPlace> {
  const places = new Map<string, LogPlace>();
  if (position === "") return places;
  for (const text of position.split(",")) {
    const [, writer, segment, byte, line] = PLACE.exec(text) ?? [];
    if (writer === undefined) throw new RangeError(`"${position}" is not a position of a ledger`);
    places.set(writer, { segment: Number(segment), byte: Number(byte), line: Number(line) });
  }
  return places;
}
