import { decodePosition, type LogPlace } from "../store/file/position.ts";
import { isTarget, livesOf, type ForwardState, type ForwardStates } from "./forward-state.ts";

/** A shared ledger that a folder was forwarded to, and what of the folder is there. */
export interface ReachedLedger {
  readonly ledger: string;
  /** Its databases, as the folder knows them: those that were not forgotten, or all where each was. */
  readonly to: readonly string[];
  /** When, and with how many lines in no database, the last of them was forgotten; null where one was not. */
  readonly forgotten: NonNullable<ForwardState["forgotten"]> | null;
  /** Whether there once was nothing left to send to it. */
  readonly caughtUp: boolean;
  /** From which byte of a segment on its lines are not there; Infinity where all are. */
  readonly reach: (writer: string, segment: number) => number;
}

/** The shared ledgers that a folder was ever forwarded to: one that never answered is no place of its events yet. */
export function reachedLedgers(states: ForwardStates): readonly ReachedLedger[] {
  // A database that was moved has two names, and is behind under the one or the other.
  const byLedger = new Map<string, (readonly [string, ForwardState])[]>();
  for (const [to, state] of states) {
    if (state.ledger !== null) byLedger.set(state.ledger, [...(byLedger.get(state.ledger) ?? []), [to, state]]);
  }
  return [...byLedger].map(([ledger, named]) => {
    const targets = named.filter(([, state]) => isTarget(state));
    const forgotten = named.flatMap(([, state]) => state.forgotten ?? []).sort((a, b) => b.at - a.at);
    // A name that was left before a restore or a failover tells of lines that may have gone with it.
    const lives = Math.max(...(targets.length > 0 ? targets : named).map(([, state]) => livesOf(state)));
    const places = named
      .filter(([, state]) => livesOf(state) === lives)
      .map(([, { position }]) => decodePosition(position));
    return {
      ledger,
      to: (targets.length > 0 ? targets : named).map(([to]) => to),
      forgotten: targets.length > 0 ? null : (forgotten[0] ?? null),
      caughtUp: targets.some(([, { caughtUp }]) => caughtUp === true),
      reach: (writer, segment) => Math.max(...places.map((each) => reachIn(segment, each.get(writer)))),
    };
  });
}

function reachIn(segment: number, place: LogPlace | undefined): number {
  if (place === undefined || place.segment < segment) return 0;
  return place.segment === segment ? place.byte : Infinity;
}
