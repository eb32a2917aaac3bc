import type { FileSystem } from "../store/file/file-system.ts";
import { countLinesFrom } from "./count-waiting.ts";
import { readForwardStates } from "./forward-state.ts";
import { reachedLedgers } from "./reached-ledgers.ts";

/**
 * How many lines of a folder are in no shared ledger that it was ever forwarded to. One that was forgotten still has what it
 * got, as for a prune and the bound.
 *
 * @throws LedgerFormatError, LedgerUnavailableError
 */
export async function countNowhere(root: string, fileSystem: FileSystem): Promise<number> {
  const reached = reachedLedgers(await readForwardStates(root, fileSystem));
  return countLinesFrom(fileSystem, root, (writer, segment) =>
    Math.max(0, ...reached.map(({ reach }) => reach(writer, segment))),
  );
}
