import { join } from "node:path";
import { openFolderLedger } from "./folder-ledger.ts";
import type { OpenLedgerOptions, SharedLedger } from "./open-ledger-options.ts";
import { readForwardStates } from "./outbox/forward-state.ts";
import { Forwarder } from "./outbox/forwarder.ts";
import { JoinedOutboxes, type Outbox } from "./outbox/joined-outboxes.ts";
import type { Joining } from "./outbox/joining.ts";
import { markNewOutbox } from "./outbox/outbox-mark.ts";
import { OutboxPlaces } from "./outbox/outbox-places.ts";
import { keepSharedLabelsPersonal } from "./outbox/shared-labels.ts";
import { nodeFileSystem } from "./store/file/file-system.ts";
import { createOnError } from "./store/file/on-error.ts";
import { nodeHost, nodeProcesses, systemNow } from "./store/file/processes.ts";
import { withPath } from "./store/file/unavailable.ts";
import { userFolders } from "./store/file/user-folders.ts";
import type { Database } from "./store/postgres/database.ts";
import type { JoinedLedger } from "./store/postgres/joined-ledger.ts";

export interface SharedOutboxParts {
  readonly database: Database;
  readonly joining: Joining;
  readonly shared: SharedLedger;
  readonly options: OpenLedgerOptions;
}

/** What a process writes to, and what else is forwarded beside it. */
export interface SharedOutbox {
  readonly outbox: Outbox;
  /** Null where the folder was named. */
  readonly others: JoinedOutboxes | null;
}

/**
 * Opens the folder that is recorded to, and begins to forward it.
 *
 * @param joined Null while the database is away.
 */
export async function openSharedOutbox(parts: SharedOutboxParts, joined: JoinedLedger | null): Promise<SharedOutbox> {
  const { database, joining, shared, options } = parts;
  const { fileSystem = nodeFileSystem, now = systemNow } = options;
  if (shared.outbox !== undefined) {
    const outbox = await openOutbox(shared.outbox, parts, joined);
    const before = (await readForwardStates(shared.outbox, fileSystem)).get(database.name);
    if (before !== undefined && before.ledger !== null) joining.remember(before.ledger);
    return { outbox, others: null };
  }
  const folder = join(userFolders().state, "outboxes");
  await withPath(folder, () => fileSystem.makeFolder(folder, "private"));
  const places = new OutboxPlaces(folder, database.name, fileSystem);
  const { path, ledger } = await places.find(joined?.id ?? null);
  if (ledger !== null) joining.expect(ledger, path);
  const told = { onError: options.onError ?? null, warn: (line: string): void => nodeHost.warn(line), now };
  const onError = createOnError({ ...told, what: "not forwarded yet" });
  const others = new JoinedOutboxes({ places, open: (other) => openOutbox(other, parts, null), onError });
  const outbox = await openOutbox(path, parts, joined);
  joining.onJoined((id) => {
    if (ledger === null) joining.expect(id, path);
    if (ledger === null || ledger === id) others.begin(id, path);
  });
  return { outbox, others };
}

async function openOutbox(
  path: string,
  { database, joining, shared, options }: SharedOutboxParts,
  joined: JoinedLedger | null,
): Promise<Outbox> {
  const { fileSystem = nodeFileSystem, processes = nodeProcesses, now = systemNow, onError } = options;
  await markNewOutbox(path, database.name, fileSystem);
  const ledger = await openFolderLedger(path, { ...options, mode: "write", create: true });
  try {
    if (joined !== null) await keepSharedLabelsPersonal(ledger, joined);
    const told = onError === undefined ? {} : { onError };
    const bound = shared.outboxMaxBytes === undefined ? {} : { maxBytes: shared.outboxMaxBytes };
    const forwardOptions = { fileSystem, processes, now, ...told, ...bound };
    const forwarder = new Forwarder(ledger, database.needing("farthing_writer"), forwardOptions, {
      join: () => joining.join(),
    });
    forwarder.start();
    return { ledger, forwarder };
  } catch (error) {
    await ledger.close();
    throw error;
  }
}
