import { LedgerLockedError, LedgerUnavailableError } from "../errors.ts";
import { START, type Position } from "../store/event-store.ts";
import type { FileSystem } from "../store/file/file-system.ts";
import { refuseLost, type Lock } from "../store/file/held-lock.ts";
import { withLock } from "../store/file/lock.ts";
import type { Processes } from "../store/file/processes.ts";
import { countRecords, readPruned } from "../store/file/pruned.ts";
import type { JoinedLedger } from "../store/postgres/joined-ledger.ts";
import type { ForwardRecord } from "./forward-record.ts";
import { eventsInGap } from "./gaps.ts";
import {
  asTarget,
  isOtherLife,
  livesBefore,
  nothingForwarded,
  type ForwardState,
  type LifeSaid,
} from "./forward-state.ts";
import { refuseSums } from "./refuse-sums.ts";

export interface BeginOptions {
  readonly root: string;
  /** The database, without credentials. */
  readonly to: string;
  /** Whether sums of a prune may go to a ledger that never had anything of the folder. */
  readonly withSums: boolean;
  readonly fileSystem: FileSystem;
  readonly processes: Processes;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Writes it down. */
  readonly keep: (state: ForwardState) => Promise<void>;
}

/** From where it is forwarded. */
export interface Beginning {
  readonly state: ForwardState;
  /** Up to where it had been sent to a database that may have lost some of it since; null for any other. */
  readonly sentBefore: Position | null;
}

/** How often it is asked for the prune's lock, every 20 ms: another target that begins has it for no longer. */
const TURNS_MAX = 25;

/**
 * From where a folder is forwarded to a shared ledger. What others have to know of it is written down before anything is
 * sent: a prune, and the bound, leave what a ledger has not got yet only where they know that it is to get it.
 *
 * @throws LedgerUnavailableError while the folder is pruned by one that may not know of it yet, and as `refuseSums`.
 */
export async function beginForwarding(
  record: ForwardRecord,
  joined: Pick<JoinedLedger, "id"> & LifeSaid,
  options: BeginOptions,
): Promise<Beginning> {
  const { root, to, withSums, fileSystem, keep } = options;
  const { id, incarnation } = joined;
  const known = await record.stateOf(id);
  if (known !== undefined && !isOtherLife(known, joined)) {
    const state = asTarget(known);
    // One that was known under another name of the database is known under this one from now on.
    if (known !== record.state) await keep(state);
    return { state, sentBefore: null };
  }
  const isNew = known === undefined || isBefore(known);
  const start = async (): Promise<ForwardState> => {
    if (isNew) return nothingForwarded(id, await countRecords(fileSystem, root));
    // Sent again, what is there already changes nothing.
    const lives = livesBefore(known, await record.statesOf(id), joined);
    const again = { transaction: null, position: START, forwarded: 0, told: known.prunes };
    return { ...asTarget(known), ...again, livesBefore: lives };
  };
  const begin = async (lock: Lock): Promise<Beginning> => {
    if (isNew && !withSums) await refuseSums(root, to, fileSystem);
    const state = await withGap({ ...(await start()), incarnation }, { ...options, isRestored: !isNew });
    // What another process pruned meanwhile is not in it.
    refuseLost(lock, root, "it is tried again");
    await keep(state);
    return { state, sentBefore: isNew ? null : known.position };
  };
  try {
    return await withLock(root, "prune.lock", options, begin, TURNS_MAX);
  } catch (error) {
    if (!(error instanceof LedgerLockedError)) throw error;
    // So that it gives up, if it can still do so. Without its incarnation, if anything was sent in it: what it has changed,
    // and what the ledger may lack, is looked at then.
    const { incarnation, ...state } = await start();
    await keep((known?.at ?? null) === null && incarnation !== undefined ? { ...state, incarnation } : state);
    throw new LedgerUnavailableError(root, "is being pruned; it is forwarded from when that is done", { cause: error });
  }
}

/** With what the ledger may lack; `hasUntil` as in `GapOptions`. */
export async function withGap(
  state: ForwardState,
  {
    root,
    fileSystem,
    now,
    isRestored,
    hasUntil = -Infinity,
  }: Pick<BeginOptions, "root" | "fileSystem" | "now"> & { readonly isRestored: boolean; readonly hasUntil?: number },
): Promise<ForwardState> {
  const { gap: _gap, ...others } = state;
  const { records } = await readPruned(fileSystem, root);
  const events = eventsInGap(records, { to: state.ledger ?? "", prunes: state.prunes, isRestored, hasUntil });
  return events === 0 ? others : { ...others, gap: { events, at: now(), isRestored } };
}

/** Whether it was written down while the folder was pruned, and nothing was sent yet. */
function isBefore({ incarnation, position, at }: ForwardState): boolean {
  return incarnation === undefined && position === START && at === null;
}
