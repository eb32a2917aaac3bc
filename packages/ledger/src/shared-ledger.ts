import assert from "node:assert/strict";
import { join } from "node:path";
import { v7 } from "uuid";
import { LedgerClosedError, LedgerNotFoundError } from "./errors.ts";
import type { LedgerEvent } from "./events/event.ts";
import { merge } from "./events/merge.ts";
import { openFolderLedger } from "./folder-ledger.ts";
import type { Ledger, SettingsHandle } from "./ledger-api.ts";
import type { OpenLedgerOptions, SharedLedger } from "./open-ledger-options.ts";
import { Forwarder } from "./outbox/forwarder.ts";
import { keepSharedLabelsPersonal } from "./outbox/shared-labels.ts";
import type { LedgerKey } from "./privacy/ledger-key.ts";
import type { Account } from "./projections/account.ts";
import type { EventProjection } from "./projections/event-projection.ts";
import type { RequestsResult } from "./projections/requests.ts";
import type { RowProjection } from "./projections/row-projection.ts";
import type { SpendResult } from "./projections/spend.ts";
import type { RequestsQuestion, SpendQuestion } from "./queries.ts";
import { catchUp, isReplicaOf, prepareReplica } from "./replica/catch-up.ts";
import type { LedgerSettings } from "./settings/settings.ts";
import type { AppendOutcome, Damage, Position, RecordedEvent } from "./store/event-store.ts";
import type { Document } from "./store/file/document.ts";
import { nodeFileSystem } from "./store/file/file-system.ts";
import { nodeProcesses, systemNow } from "./store/file/processes.ts";
import { userFolders } from "./store/file/user-folders.ts";
import { connect, type Database } from "./store/postgres/database.ts";
import { joinLedger, type JoinedLedger } from "./store/postgres/joined-ledger.ts";
import { migrate } from "./store/postgres/migrate.ts";
import { PostgresEventStore } from "./store/postgres/postgres-event-store.ts";
import { parsePostgresUrl } from "./store/postgres/postgres-url.ts";
import { patchSettings } from "./store/postgres/settings-rows.ts";
import { subscribe, type SubscribeOptions } from "./store/subscribe.ts";
import type { LedgerView, ViewOptions } from "./store/view/view.ts";

/**
 * Opens a ledger in a database, whose user must have the rights of `farthing_reader` and, to write, `farthing_writer`;
 * `create` makes its tables, or brings them up to date, where the user may.
 *
 * @throws LedgerNotFoundError, LedgerFormatError, LedgerUnavailableError, InvalidKeyError, InvalidSettingError
 */
export async function openSharedLedger(shared: SharedLedger, options: OpenLedgerOptions): Promise<Ledger> {
  const url = parsePostgresUrl(shared.url);
  const database = await connect(url, shared.loadPg === undefined ? {} : { loadPg: shared.loadPg });
  try {
    const joined = await joinOrMake(database, options);
    const { id } = joined;
    const { cache, state } = userFolders();
    const path = shared.replica ?? join(cache, "ledgers", id);
    const { fileSystem = nodeFileSystem, processes = nodeProcesses } = options;
    const follow = async (): Promise<void> => catchUp(database, path, { fileSystem, processes });
    // Who opens it to record does not wait for who is reading everything for the first time.
    if (!(await isReplicaOf(id, path, fileSystem))) {
      await prepareReplica(database, path, { fileSystem, processes }, async () => undefined);
    }
    const replica = await openFolderLedger(path, { ...options, mode: "read", create: false });
    const outbox = options.mode === "read" ? null : (shared.outbox ?? join(state, "outboxes", id));
    return new DatabaseLedger({
      database,
      replica,
      follow,
      outbox: await openOutbox(outbox, { database, joined }, options, shared),
    });
  } catch (error) {
    await database.end();
    throw error;
  }
}

async function joinOrMake(
  database: Database,
  { create = false, newUuid = v7, now = systemNow }: OpenLedgerOptions,
): Promise<JoinedLedger> {
  try {
    return await joinLedger(database);
  } catch (error) {
    if (!create || !(error instanceof LedgerNotFoundError)) throw error;
    await migrate(database, { newUuid, now });
    return joinLedger(database);
  }
}

/** What a process writes to. */
interface Outbox {
  readonly ledger: Ledger;
  readonly forwarder: Forwarder;
}

async function openOutbox(
  path: string | null,
  { database, joined }: { readonly database: Database; readonly joined: JoinedLedger },
  options: OpenLedgerOptions,
  { outboxMaxBytes }: SharedLedger,
): Promise<Outbox | null> {
  if (path === null) return null;
  const ledger = await openFolderLedger(path, { ...options, mode: "write", create: true });
  try {
    await keepSharedLabelsPersonal(ledger, joined);
    const { fileSystem = nodeFileSystem, processes = nodeProcesses, now = systemNow, onError } = options;
    const told = onError === undefined ? {} : { onError };
    const bound = outboxMaxBytes === undefined ? {} : { maxBytes: outboxMaxBytes };
    const forwarder = new Forwarder(ledger, database, { fileSystem, processes, now, ...told, ...bound });
    forwarder.start();
    return { ledger, forwarder };
  } catch (error) {
    await ledger.close();
    throw error;
  }
}

interface Parts {
  readonly database: Database;
  /** This host's copy, from which questions are answered. */
  readonly replica: Ledger;
  /** Brings it up to date. */
  readonly follow: () => Promise<void>;
  /** Null for who only reads. */
  readonly outbox: Outbox | null;
}

class DatabaseLedger implements Ledger {
  readonly id: string;
  readonly path: string;
  readonly mode: "read" | "write";
  readonly settings: SettingsHandle;
  readonly #database: Database;
  readonly #store: PostgresEventStore;
  readonly #replica: Ledger;
  readonly #follow: () => Promise<void>;
  readonly #outbox: Outbox | null;
  /** One after the other: who asks must see what was there when he asked. */
  #following: Promise<void> = Promise.resolve();
  #closeOnce: Promise<void> | null = null;
  #closed = false;

  constructor({ database, replica, follow, outbox }: Parts) {
    this.id = replica.id;
    this.path = replica.path;
    this.mode = outbox === null ? "read" : "write";
    this.settings = { read: () => this.#readSettings(), patch: (changes) => this.#patchSettings(changes) };
    this.#database = database;
    this.#store = new PostgresEventStore(database);
    this.#replica = replica;
    this.#follow = follow;
    this.#outbox = outbox;
  }

  async append(events: readonly LedgerEvent[]): Promise<readonly AppendOutcome[]> {
    const { forwarder } = this.#writing();
    const pseudonymize = await forwarder.pseudonymizer();
    return this.#store.append(events.map(pseudonymize));
  }

  record(event: LedgerEvent): void {
    (this.#outbox?.ledger ?? this.#replica).record(event);
  }

  async flush(): Promise<void> {
    this.#refuseClosed();
    await this.#outbox?.ledger.flush();
  }

  async *read(options?: { readonly after?: Position; readonly limit?: number }): AsyncGenerator<RecordedEvent, void> {
    yield* (await this.#upToDate()).read(options);
  }

  subscribe(options?: SubscribeOptions): AsyncIterable<RecordedEvent> {
    return subscribe(this, options);
  }

  async spend(question?: SpendQuestion): Promise<SpendResult> {
    return (await this.#upToDate()).spend(question);
  }

  async requests(question?: RequestsQuestion): Promise<RequestsResult> {
    return (await this.#upToDate()).requests(question);
  }

  async ask<Result>(projection: RowProjection<Result>): Promise<Result> {
    return (await this.#upToDate()).ask(projection);
  }

  async project<State>(projection: EventProjection<State>): Promise<State> {
    return (await this.#upToDate()).project(projection);
  }

  async find(ids: Iterable<string>): Promise<ReadonlyMap<string, LedgerEvent>> {
    const wanted = [...ids];
    const found = await (await this.#upToDate()).find(wanted);
    const waiting = await this.#outbox?.ledger.find(wanted);
    if (waiting === undefined || waiting.size === 0) return found;
    const both = new Map(found);
    for (const [id, event] of waiting) both.set(id, merge(found.get(id) ?? event, event));
    return both;
  }

  async account(): Promise<Account> {
    return (await this.#upToDate()).account();
  }

  async view(options?: Omit<ViewOptions, "fileSystem" | "processes">): Promise<LedgerView> {
    return (await this.#upToDate()).view(options);
  }

  async labelToken(name: string, value: string): Promise<string | null> {
    return (this.#outbox?.ledger ?? this.#replica).labelToken(name, value);
  }

  async fingerprintKey(): Promise<LedgerKey> {
    const { ledger } = this.#writing();
    return ledger.fingerprintKey();
  }

  async document<T>(name: string, initial: T): Promise<Document<T>> {
    return (this.#outbox?.ledger ?? this.#replica).document(name, initial);
  }

  damage(): readonly Damage[] {
    return this.#replica.damage();
  }

  onClosing(listener: () => unknown): () => void {
    return (this.#outbox?.ledger ?? this.#replica).onClosing(listener);
  }

  async close(): Promise<void> {
    return (this.#closeOnce ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#closed = true;
    try {
      await this.#outbox?.ledger.close();
      await this.#replica.close();
    } finally {
      await this.#store.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #upToDate(): Promise<Ledger> {
    this.#refuseClosed();
    const following = this.#following.catch(() => undefined).then(this.#follow);
    this.#following = following;
    await following;
    return this.#replica;
  }

  async #readSettings(): Promise<LedgerSettings> {
    return (await this.#upToDate()).settings.read();
  }

  async #patchSettings(changes: Partial<LedgerSettings>): Promise<LedgerSettings> {
    const { ledger, forwarder } = this.#writing();
    const settings = await patchSettings(this.#database, changes);
    forwarder.joinAgain();
    await keepSharedLabelsPersonal(ledger, await joinLedger(this.#database));
    return settings;
  }

  #writing(): Outbox {
    this.#refuseClosed();
    assert(this.#outbox !== null, "the ledger was opened to read only");
    return this.#outbox;
  }

  #refuseClosed(): void {
    if (this.#closed) throw new LedgerClosedError();
  }
}
