import type { FileSystem } from "../store/file/file-system.ts";
import { nodeFileSystem } from "../store/file/file-system.ts";
import type { PruneRecord } from "../store/file/prune-record.ts";
import { isTarget, readForwardStates, type Gap } from "./forward-state.ts";

/** A database, and what it may lack. */
export interface TargetGap extends Gap {
  readonly to: string;
}

export interface GapOptions {
  /** Id of the shared ledger. */
  readonly to: string;
  /** Prunes before it was forwarded to: it gets the sums of those. */
  readonly prunes: number;
  /** Whether it had something already, of which a restore or a failover may have taken some. */
  readonly isRestored: boolean;
  /**
   * When the newest line was recorded that it has all the same, in milliseconds since 1970; -Infinity where it is not known
   * of any. What went before that was recorded had been sent before, and is there as well.
   */
  readonly hasUntil: number;
}

/**
 * How many events went that a shared ledger may lack and is not told of. It was told what it lacked for certain, and what no
 * ledger had is counted as lost, in the folder.
 */
export function eventsInGap(records: readonly PruneRecord[], { to, prunes, isRestored, hasUntil }: GapOptions): number {
  let events = 0;
  for (const { number, at, requests, trimmed, lackedBy } of records) {
    // Of a prune it gets the sums, of a trim nothing.
    if (number <= prunes) events += trimmed === undefined ? 0 : trimmed.lines - trimmed.lost;
    else if (isRestored && at >= hasUntil) {
      const had = trimmed === undefined ? requests : trimmed.lines - trimmed.lost;
      events += had - (lackedBy?.[to]?.count ?? 0);
    }
  }
  return events;
}

/**
 * Databases that may lack what a folder has no more, in order of their names.
 *
 * @throws LedgerFormatError, LedgerUnavailableError
 */
export async function targetGaps(root: string, fileSystem: FileSystem = nodeFileSystem): Promise<readonly TargetGap[]> {
  return [...(await readForwardStates(root, fileSystem))].flatMap(([to, state]) =>
    isTarget(state) && state.gap !== undefined ? [{ to, ...state.gap }] : [],
  );
}

/** As a sentence that begins with how many they are. */
export function describeGap({ events, isRestored }: Gap): string {
  const what = `${String(events)} event${events === 1 ? "" : "s"} at most, of an unknown number of tokens`;
  const why = isRestored
    ? "which the folder forwarded and no longer has, may be missing there: the database was put back to an earlier state"
    : "which the folder forwarded elsewhere and no longer has, may be missing there: it is another ledger";
  return `${what}, ${why}`;
}
