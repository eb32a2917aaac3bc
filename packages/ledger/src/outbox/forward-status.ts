import type { FileSystem } from "../store/file/file-system.ts";
import { nodeFileSystem } from "../store/file/file-system.ts";
import { countWaiting } from "./count-waiting.ts";
import { isTarget, nothingForwarded, readForwardStates, type ForwardState } from "./forward-state.ts";

/** How far the events of a ledger's folder have been forwarded to a shared ledger. */
export interface ForwardStatus {
  /** The shared ledger's database, without credentials. */
  readonly to: string;
  /** Events that are committed there. */
  readonly forwarded: number;
  /** Lines of the folder that are not. */
  readonly waiting: number;
  /** When something was committed last, in milliseconds since 1970; null before. */
  readonly at: number | null;
  /** When the newest of the forwarded events occurred; null before. */
  readonly newestAt: string | null;
  /** Why the last try failed; null where it did not. */
  readonly error: string | null;
}

/**
 * Where a folder's events are forwarded to, and how far; empty where they are not forwarded.
 *
 * @throws LedgerFormatError, LedgerUnavailableError
 */
export async function forwardStatuses(
  root: string,
  fileSystem: FileSystem = nodeFileSystem,
): Promise<readonly ForwardStatus[]> {
  const statuses: ForwardStatus[] = [];
  for (const [to, state] of await readForwardStates(root, fileSystem)) {
    if (isTarget(state)) statuses.push(await statusOf(root, { to, state }, fileSystem));
  }
  return statuses;
}

/** How many lines of a folder are not known to be in a database, which it may never have been forwarded to. Throws as `forwardStatuses`. */
export async function waitingFor(root: string, to: string, fileSystem: FileSystem = nodeFileSystem): Promise<number> {
  const state = (await readForwardStates(root, fileSystem)).get(to) ?? nothingForwarded(null, 0);
  return (await statusOf(root, { to, state }, fileSystem)).waiting;
}

/** How far a folder was forwarded to one database. Throws as `forwardStatuses`. */
export async function statusOf(
  root: string,
  { to, state }: { readonly to: string; readonly state: ForwardState },
  fileSystem: FileSystem,
): Promise<ForwardStatus> {
  const { forwarded, position, at, newestAt, error } = state;
  return { to, forwarded, waiting: await countWaiting(fileSystem, root, position), at, newestAt, error };
}
