import { setTimeout as wait } from "node:timers/promises";
import { LedgerUnavailableError } from "../errors.ts";
import type { FileSystem } from "../store/file/file-system.ts";
import { countWaiting } from "./count-waiting.ts";
import { ForwardRecord } from "./forward-record.ts";

/** A folder, and the database that another process may be forwarding it to. */
export interface OtherForwarding {
  readonly root: string;
  /** Of the database, without credentials. */
  readonly name: string;
  readonly fileSystem: FileSystem;
  /** Whether this one was closed, and forwards nothing any more. */
  readonly isStopped: () => boolean;
}

/** How often it is looked how far the other one is. */
const LOOK_MS = 100;
/** So often, until it has begun. */
const LOOKS_MAX = 100;

/**
 * Resolves when another process has forwarded all of a folder, or has ended and this one has.
 *
 * @param forwardOwn Forwards it, where nobody else does any more; false where somebody does.
 * @throws LedgerUnavailableError where the other one cannot go on, or does not begin, and where this one was closed before.
 */
export async function forwardedByOther(
  { root, name, fileSystem, isStopped }: OtherForwarding,
  forwardOwn: () => Promise<boolean>,
): Promise<void> {
  for (let looks = 0; !(await forwardOwn()); looks += 1) {
    const { state } = await ForwardRecord.open(root, name, fileSystem);
    if (state === undefined && looks >= LOOKS_MAX) {
      const why = `another process forwards this folder to ${name} and has not come to begin; stop it, or try again`;
      throw new LedgerUnavailableError(root, why);
    }
    if (state !== undefined) {
      if ((await countWaiting(fileSystem, root, state.position)) === 0) return;
      // One that was refused is about to leave the folder to this process, which may not be.
      if (state.error !== null && (state.isRefused !== true || looks >= LOOKS_MAX))
        throw new LedgerUnavailableError(name, state.error);
    }
    if (isStopped()) {
      throw new LedgerUnavailableError(name, `closed before everything was forwarded; the rest waits in ${root}`);
    }
    await wait(LOOK_MS);
  }
}
