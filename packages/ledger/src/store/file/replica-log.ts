import { LedgerPrunedError } from "../../errors.ts";
import type { LogPlace } from "./position.ts";
import type { PruneRecord } from "./prune-record.ts";

const SHARED = "shared";
const NAME = /^shared[0-9]*$/;

/**
 * The name of the one log in the copy of a ledger in a database, after so many prunes of it: each begins another one. Copies
 * of other ledgers have logs of these names, too.
 */
export function replicaLog(prunes: number): string {
  return prunes === 0 ? SHARED : `${SHARED}${String(prunes)}`;
}

/** Whether it is the name of such a log. */
export function isReplicaLog(writer: string): boolean {
  return NAME.test(writer);
}

/**
 * @throws LedgerPrunedError for a position in such a log that is gone since a prune: everything that is left, sums of what
 *   came before the position among it, would come after it.
 */
export function refuseEarlierLog(
  root: string,
  position: ReadonlyMap<string, LogPlace>,
  records: readonly PruneRecord[],
): void {
  const earlier = [...position.keys()].filter(isReplicaLog);
  const isGone = records.some(({ dropped }) => dropped.some(({ writer }) => earlier.includes(writer)));
  if (isGone) throw new LedgerPrunedError(root, Math.max(...records.map(({ at }) => at)), "after");
}
