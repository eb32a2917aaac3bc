import type { FileSystem } from "../store/file/file-system.ts";
import { decodePosition, encodePosition, type LogPlace } from "../store/file/position.ts";
import { countWaiting } from "./count-waiting.ts";
import { isTarget, readForwardStates } from "./forward-state.ts";

/**
 * How many lines of a folder are neither in one database, which may have been forgotten, nor in any that the folder is
 * forwarded to.
 *
 * @throws LedgerFormatError, LedgerUnavailableError
 */
export async function countNowhere(root: string, to: string, fileSystem: FileSystem): Promise<number> {
  const reached = new Map<string, LogPlace>();
  for (const [name, state] of await readForwardStates(root, fileSystem)) {
    // One that never answered has not become a place of these events.
    if (state.ledger === null || (name !== to && !isTarget(state))) continue;
    for (const [writer, place] of decodePosition(state.position)) {
      const before = reached.get(writer);
      if (before === undefined || isBehind(before, place)) reached.set(writer, place);
    }
  }
  return countWaiting(fileSystem, root, encodePosition(reached));
}

function isBehind(one: LogPlace, other: LogPlace): boolean {
  return one.segment < other.segment || (one.segment === other.segment && one.byte < other.byte);
}
