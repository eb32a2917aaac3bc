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
export interface OwnOutbox extends ForwardStatus {
  readonly path: string;
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
 * in order of their paths. One that cannot be read says so in `error`.
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
    const states = [...(await readForwardStates(path, fileSystem))].filter(([, state]) => isTarget(state));
    const named = states.find(([name]) => name === to);
    // The database may have been moved.
    const moved = states.filter(([, state]) => state.ledger !== null && state.ledger === ledger).sort(newestFirst);
    const [name, state] = named ?? moved[0] ?? [to, null];
    if (state !== null) return { path, ...(await statusOf(path, { to: name, state }, fileSystem)) };
    const waiting = await countWaiting(fileSystem, path, START);
    return { path, to, forwarded: 0, waiting, at: null, newestAt: null, error: null };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { path, to, forwarded: 0, waiting: 0, at: null, newestAt: null, error: why };
  }
}

function newestFirst([, one]: readonly [string, ForwardState], [, other]: readonly [string, ForwardState]): number {
  return (other.at ?? 0) - (one.at ?? 0);
}
