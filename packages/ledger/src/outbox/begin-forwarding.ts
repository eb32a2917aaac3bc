import { LedgerLockedError, LedgerUnavailableError } from "../errors.ts";
import { START } from "../store/event-store.ts";
import type { FileSystem } from "../store/file/file-system.ts";
import { withLock } from "../store/file/lock.ts";
import type { Processes } from "../store/file/processes.ts";
import { countRecords } from "../store/file/pruned.ts";
import type { JoinedLedger } from "../store/postgres/joined-ledger.ts";
import type { ForwardRecord } from "./forward-record.ts";
import { asTarget, nothingForwarded, type ForwardState } from "./forward-state.ts";

export interface BeginOptions {
  readonly root: string;
  readonly fileSystem: FileSystem;
  readonly processes: Processes;
  /** Writes it down. */
  readonly keep: (state: ForwardState) => Promise<void>;
}

/** How often it is asked for the prune's lock, every 20 ms: another target that begins has it for no longer. */
const TURNS_MAX = 25;

/**
 * From where a folder is forwarded to a shared ledger. What others have to know of it is written down before anything is
 * sent: a prune, and the bound, leave what a ledger has not got yet only where they know that it is to get it.
 *
 * @throws LedgerUnavailableError while the folder is pruned by one that may not know of it yet.
 */
export async function beginForwarding(
  record: ForwardRecord,
  { id, incarnation }: Pick<JoinedLedger, "id" | "incarnation">,
  options: BeginOptions,
): Promise<ForwardState> {
  const { root, fileSystem, keep } = options;
  const known = await record.stateOf(id);
  if (known !== undefined && known.incarnation === incarnation) {
    const state = asTarget(known);
    // One that was known under another name of the database is known under this one from now on.
    if (known !== record.state) await keep(state);
    return state;
  }
  const start = async (): Promise<ForwardState> => {
    if (known === undefined || isBefore(known)) return nothingForwarded(id, await countRecords(fileSystem, root));
    // Sent again, what is there already changes nothing.
    return { ...asTarget(known), position: START, forwarded: 0, told: known.prunes };
  };
  const begin = async (): Promise<ForwardState> => {
    const state = { ...(await start()), incarnation };
    await keep(state);
    return state;
  };
  try {
    return await withLock(root, "prune.lock", options, begin, TURNS_MAX);
  } catch (error) {
    if (!(error instanceof LedgerLockedError)) throw error;
    // So that it gives up, if it can still do so. Without its incarnation: what it has changed is looked at then.
    await keep(await start());
    throw new LedgerUnavailableError(root, "is being pruned; it is forwarded from when that is done", { cause: error });
  }
}

/** Whether it was written down while the folder was pruned, and nothing was sent yet. */
function isBefore({ incarnation, position, at }: ForwardState): boolean {
  return incarnation === undefined && position === START && at === null;
}
