import { InvalidSettingError } from "../errors.ts";
import type { FileSystem } from "../store/file/file-system.ts";
import { nodeFileSystem } from "../store/file/file-system.ts";
import { refuseLost } from "../store/file/held-lock.ts";
import { takeLock } from "../store/file/lock.ts";
import { nodeProcesses, systemNow, type Processes } from "../store/file/processes.ts";
import { countNowhere } from "./count-nowhere.ts";
import { ForwardRecord } from "./forward-record.ts";
import { forwardLockOf, isTarget, readForwardStates } from "./forward-state.ts";

export interface ForgetTargetOptions {
  /** The database, as `ForwardStatus.to` names it. */
  readonly to: string;
  /** Also where something waits that is in no other database: how much that is is remembered. */
  readonly force?: boolean;
  /** Default: this machine's. */
  readonly fileSystem?: FileSystem;
  /** Default: this machine's. */
  readonly processes?: Processes;
  /** Milliseconds since 1970. Default: this machine's clock. */
  readonly now?: () => number;
}

/** What became of a database that was to be forgotten. */
export interface ForgetOutcome {
  /** False where something waits only there, and nothing was forced. */
  readonly isForgotten: boolean;
  /** Events of the folder that were sent to it, ever. */
  readonly forwarded: number;
  /** Lines of the folder that are in no database. They stay in the folder. */
  readonly waiting: number;
}

/** A database that was forgotten while something waited only there. */
export interface ForgottenTarget {
  readonly to: string;
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** Lines of the folder that were in no database then. */
  readonly waiting: number;
}

/**
 * Has a folder no longer be one that is forwarded to a database: one that was mistyped, or is gone. Nothing of the folder
 * is deleted, and where it is forwarded there again, that goes on from where it was; an `EventsDropped` event says there what a
 * prune or the bound took meanwhile that it lacks.
 *
 * @throws InvalidSettingError where the folder is not forwarded there.
 * @throws LedgerLockedError while a process forwards it there.
 * @throws LedgerFormatError, LedgerUnavailableError
 */
export async function forgetTarget(root: string, options: ForgetTargetOptions): Promise<ForgetOutcome> {
  const { to, force = false, fileSystem = nodeFileSystem, processes = nodeProcesses, now = systemNow } = options;
  const targets = [...(await readForwardStates(root, fileSystem))].filter(([, state]) => isTarget(state));
  if (!targets.some(([name]) => name === to)) {
    const known = targets.length === 0 ? "forwarded nowhere" : `to ${targets.map(([name]) => name).join(", ")}`;
    throw new InvalidSettingError("to", `${root} is not forwarded to ${to}; it is ${known}`);
  }
  const lock = await takeLock(root, forwardLockOf(to), { fileSystem, processes, now });
  try {
    const record = await ForwardRecord.open(root, to, fileSystem);
    const forwarded = record.state?.forwarded ?? 0;
    const waiting = await countNowhere(root, fileSystem);
    if (waiting > 0 && !force) return { isForgotten: false, forwarded, waiting };
    refuseLost(lock, root, "forget it again");
    await record.forget({ at: now(), waiting });
    return { isForgotten: true, forwarded, waiting };
  } finally {
    await lock.release();
  }
}

/**
 * Databases that were forgotten while something waited only there which is in no database to this day.
 *
 * @throws LedgerFormatError, LedgerUnavailableError
 */
export async function forgottenTargets(
  root: string,
  fileSystem: FileSystem = nodeFileSystem,
): Promise<readonly ForgottenTarget[]> {
  const forgotten: ForgottenTarget[] = [];
  for (const [to, state] of await readForwardStates(root, fileSystem)) {
    const was = state.forgotten ?? null;
    if (was !== null && was.waiting > 0) forgotten.push({ to, ...was });
  }
  return forgotten.length > 0 && (await countNowhere(root, fileSystem)) > 0 ? forgotten : [];
}
