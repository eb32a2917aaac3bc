import { join } from "node:path";
import { START } from "../store/event-store.ts";
import { nodeFileSystem } from "../store/file/file-system.ts";
import type { FileSystem } from "../store/file/file-system.ts";
import { parsePostgresUrl, describeUrl } from "../store/postgres/postgres-url.ts";
import { countWaiting } from "./count-waiting.ts";
import { isTarget, readForwardStates, type ForwardState } from "./forward-state.ts";
import { statusOf, type ForwardStatus } from "./forward-status.ts";
import { OutboxPlaces } from "./outbox-places.ts";

/** How far one of this user's outboxes is. */
export interface OwnOutbox extends Omit<ForwardStatus, "forwarded" | "waiting"> {
  readonly path: string;
  /** Events that are committed there; null where that cannot be read. */
  readonly forwarded: number | null;
  /** Lines of the folder that are not; null where that cannot be read. */
  readonly waiting: number | null;
  /** When its database was forgotten, in milliseconds since 1970; null where it was not. */
  readonly forgottenAt: number | null;
}

export interface OwnOutboxesOptions {
  readonly url: string;
  /** Id of the ledger that the database holds; null where it does not answer. */
  readonly ledger: string | null;
  /** The user's state folder, of `userFolders`. */
  readonly state: string;
  /** Default: this machine's. */
  readonly fileSystem?: FileSystem;
}

/**
 * The outboxes of this user, on this machine, in which `openLedger` by a URL has what is recorded wait for its database;
 * in order of their paths. One that cannot be read says so in `error`, also where it may be another database's.
 *
 * @throws InvalidSettingError for a URL that is none; LedgerUnavailableError when the operating system refuses.
 */
export async function ownOutboxes(options: OwnOutboxesOptions): Promise<readonly OwnOutbox[]> {
  const { url, ledger, state, fileSystem = nodeFileSystem } = options;
  const to = describeUrl(parsePostgresUrl(url));
  const places = new OutboxPlaces(join(state, "outboxes"), to, fileSystem);
  const outboxes: OwnOutbox[] = [];
  for (const path of await places.all(ledger)) outboxes.push(await outboxAt(path, { to, ledger, fileSystem }));
  return outboxes;
}

async function outboxAt(
  path: string,
  { to, ledger, fileSystem }: { to: string; ledger: string | null; fileSystem: FileSystem },
): Promise<OwnOutbox> {
  try {
    const states = [...(await readForwardStates(path, fileSystem))];
    const named = states.filter(([name]) => name === to);
    const id = ledger ?? named[0]?.[1].ledger ?? null;
    // What is in a ledger is so whichever name its database had, and whether that was forgotten.
    const reached = states.filter(([, state]) => state.ledger !== null && state.ledger === id).sort(newestFirst);
    const known = [...named, ...reached];
    const spokenFor = known.find(([, state]) => isTarget(state)) ?? known[0];
    if (spokenFor === undefined) {
      const waiting = await countWaiting(fileSystem, path, START);
      return { path, to, forwarded: 0, waiting, at: null, newestAt: null, error: null, forgottenAt: null };
    }
    const [name, { error, forgotten = null }] = spokenFor;
    const [, state] = reached[0] ?? spokenFor;
    const status = await statusOf(path, { to: name, state }, fileSystem);
    return { path, ...status, error, forgottenAt: forgotten?.at ?? null };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { path, to, forwarded: null, waiting: null, at: null, newestAt: null, error: why, forgottenAt: null };
  }
}

function newestFirst([, one]: readonly [string, ForwardState], [, other]: readonly [string, ForwardState]): number {
  return (other.at ?? 0) - (one.at ?? 0);
}
