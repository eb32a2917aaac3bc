import type { Position } from "../store/event-store.ts";
import { decodePosition, encodePosition } from "../store/file/position.ts";
import type { Log } from "../store/file/read-log.ts";
import { hasUnsure } from "../store/file/unsure.ts";

/**
 * How much of a position may be remembered across a loss of power, after which other lines must not be before it.
 *
 * In the log's newest segment that may happen: cut off where a sync has failed, it may take lines again, which have not been
 * forwarded. In an older one it cannot: what comes next goes to a later one. So a log stays at its place of before where
 * bytes of that place's own segment, in front of it, are marked; other logs, and a later segment, go on.
 *
 * @param before A position that was sure when it was reached.
 */
export function surePosition(position: Position, before: Position, logs: readonly Log[]): Position {
  const known = decodePosition(before);
  const sure = [...decodePosition(position)].flatMap(([writer, place]) => {
    const log = logs.find((each) => each.writer === writer);
    if (log === undefined || !hasUnsure(log, place.segment, place.byte)) return [[writer, place] as const];
    const kept = known.get(writer);
    return kept === undefined ? [] : [[writer, kept] as const];
  });
  return encodePosition(new Map(sure));
}
