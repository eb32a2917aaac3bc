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
