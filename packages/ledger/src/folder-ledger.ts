import assert from "node:assert/strict";
import { join } from "node:path";
import { v7 } from "uuid";
import { InvalidSettingError, LedgerClosedError, LedgerFormatError } from "./errors.ts";
import type { LedgerEvent } from "./events/event.ts";
import { accountOf, evolveAccount, newAccountState, type Account } from "./projections/account.ts";
import type { Ledger, SettingsHandle } from "./ledger-api.ts";
import type { OpenLedgerOptions } from "./open-ledger-options.ts";
import type { EventProjection } from "./projections/event-projection.ts";
import type { RequestsResult } from "./projections/requests.ts";
import type { RowProjection } from "./projections/row-projection.ts";
import type { SpendResult } from "./projections/spend.ts";
import {
  requestsOf,
  resultOf,
  spendOf,
  stateOf,
  type Questioned,
  type RequestsQuestion,
  type SpendQuestion,
} from "./queries.ts";
import type { LedgerKey } from "./privacy/ledger-key.ts";
import { readSettings } from "./settings/read-settings.ts";
import type { LedgerSettings } from "./settings/settings.ts";
import type { AppendOutcome, Damage, Position, RecordedEvent } from "./store/event-store.ts";
import type { ClaimOptions } from "./store/file/claim-log.ts";
import { openLedgerDocument, type Document } from "./store/file/document.ts";
import { FileEventStore } from "./store/file/file-event-store.ts";
import { nodeFileSystem } from "./store/file/file-system.ts";
import { ReplicaMaking } from "./store/file/half-made.ts";
import { changeManifest, openFolderToRead, openFolderToWrite, type LedgerFolder } from "./store/file/ledger-folder.ts";
import type { Manifest } from "./store/file/manifest.ts";
import { createOnError } from "./store/file/on-error.ts";
import { PersonalLabels } from "./store/file/personal-labels.ts";
import { nodeHost, nodeProcesses, randomKey, systemNow, type Host } from "./store/file/processes.ts";
import { lookUpEvents } from "./store/view/look-up.ts";
import { openView } from "./store/view/open-view.ts";
import type { LedgerView, ViewOptions } from "./store/view/view.ts";
import { subscribe, type SubscribeOptions } from "./store/subscribe.ts";

/**
 * Opens a ledger folder.
 *
 * @throws LedgerNotFoundError where there is none and `create` is not set.
 * @throws LedgerFormatError for a folder that is no ledger, or one of a newer release.
 * @throws LedgerUnavailableError where the operating system refuses.
 * @throws InvalidKeyError where the key given is none.
 * @throws LedgerLockedError where another process writes to it, on a network file system only.
 */
export async function openFolderLedger(path: string, options: OpenLedgerOptions): Promise<Ledger> {
  const {
    mode,
    create = false,
    fileSystem = nodeFileSystem,
    processes = nodeProcesses,
    newUuid = v7,
    now = systemNow,
    signals = false,
    host = nodeHost,
    key = null,
    newKey = randomKey,
  } = options;
  const labels = new PersonalLabels(path, { fileSystem, key, newKey });
  assert(mode === "write" || !create, "a ledger can only be made by opening it to write");
  const shared = { fileSystem, processes, newUuid, now };
  const folder =
    mode === "read"
      ? await openFolderToRead(path, fileSystem)
      : await openFolderToWrite(path, shared, create ? newUuid : null);
  try {
    if (mode === "write") await labels.use(folder.manifest.data.settings["personalLabels"]);
    const onError = createOnError({ onError: options.onError ?? null, warn: (line) => host.warn(line), now });
    const prepare = labels.pseudonymize;
    const store =
      folder.log === null
        ? new FileEventStore(path, { fileSystem, isReplica: folder.isReplica })
        : await FileEventStore.open(path, { ...options, ...shared, log: folder.log, prepare, onError });
    return new FolderLedger(path, mode, folder, store, { ...shared, labels, onError, host, signals });
  } catch (error) {
    await folder.log?.release();
    throw error;
  }
}

interface FolderOptions extends ClaimOptions {
  readonly labels: PersonalLabels;
  readonly onError: (error: unknown) => void;
  readonly host: Host;
  readonly signals: boolean;
}

class FolderLedger implements Ledger {
  readonly id: string;
  readonly path: string;
  readonly mode: "read" | "write";
  readonly settings: SettingsHandle;
  readonly #folder: LedgerFolder;
  readonly #options: FolderOptions;
  readonly #store: FileEventStore;
  readonly #labels: PersonalLabels;
  /** Undoes what was done at the first event recorded; null before. */
  #unhook: (() => void) | null = null;
  readonly #closing = new Set<() => unknown>();
  #closeOnce: Promise<void> | null = null;
  #closed = false;

  constructor(
    path: string,
    mode: "read" | "write",
    folder: LedgerFolder,
    store: FileEventStore,
    options: FolderOptions,
  ) {
    this.id = folder.manifest.data.id;
    this.path = path;
    this.mode = mode;
    this.settings = { read: () => this.#readSettings(), patch: (changes) => this.#patchSettings(changes) };
    this.#folder = folder;
    this.#options = options;
    this.#labels = options.labels;
    this.#store = store;
  }

  async append(events: readonly LedgerEvent[]): Promise<readonly AppendOutcome[]> {
    this.#refuseReading();
    return this.#store.append(events.map(this.#labels.pseudonymize));
  }

  record(event: LedgerEvent): void {
    if (this.mode === "write") {
      this.#unhook ??= this.#hook();
      this.#store.record(event);
    } else {
      this.#options.onError(new Error("the ledger was opened to read only"));
    }
  }

  async flush(): Promise<void> {
    await this.#store.flush();
  }

  read(options?: { readonly after?: Position; readonly limit?: number }): AsyncIterable<RecordedEvent> {
    return this.#store.read(options);
  }

  subscribe(options?: SubscribeOptions): AsyncIterable<RecordedEvent> {
    return subscribe(this.#store, options);
  }

  async spend(question: SpendQuestion = {}): Promise<SpendResult> {
    return spendOf(this.#questioned(), question);
  }

  async requests(question: RequestsQuestion = {}): Promise<RequestsResult> {
    return requestsOf(this.#questioned(), question);
  }

  async ask<Result>(projection: RowProjection<Result>): Promise<Result> {
    return resultOf(this.#questioned(), projection);
  }

  async project<State>(projection: EventProjection<State>): Promise<State> {
    return stateOf(this.#questioned(), projection);
  }

  async find(ids: Iterable<string>): Promise<ReadonlyMap<string, LedgerEvent>> {
    const wanted = [...new Set(ids)];
    if (wanted.length === 0) return new Map();
    if (this.#closed) throw new LedgerClosedError();
    this.#store.writeNow();
    const { fileSystem } = this.#options;
    const making = this.#folder.isReplica ? await ReplicaMaking.read(this.path, fileSystem) : null;
    const found = await lookUpEvents(this.path, wanted, fileSystem);
    await making?.refuseAnother();
    return found;
  }

  async account(): Promise<Account> {
    const state = newAccountState();
    for await (const { event } of this.read()) evolveAccount(state, event);
    return accountOf(state);
  }

  async view(options: Omit<ViewOptions, "fileSystem" | "processes"> = {}): Promise<LedgerView> {
    if (this.#closed) throw new LedgerClosedError();
    return openView([this.path], {
      ...options,
      fileSystem: this.#options.fileSystem,
      processes: this.#options.processes,
    });
  }

  async labelToken(name: string, value: string): Promise<string | null> {
    const { personalLabels } = await this.#readSettings();
    return this.#labels.tokenOf(personalLabels, name, value);
  }

  async document<T>(name: string, initial: T): Promise<Document<T>> {
    return openLedgerDocument(this.path, name, initial, this.#options.fileSystem, () => {
      this.#refuseReading();
    });
  }

  async fingerprintKey(): Promise<LedgerKey> {
    this.#refuseReading();
    return this.#labels.openKey();
  }

  damage(): readonly Damage[] {
    return this.#store.damage();
  }

  onClosing(listener: () => unknown): () => void {
    this.#closing.add(listener);
    return () => {
      this.#closing.delete(listener);
    };
  }

  async close(): Promise<void> {
    return (this.#closeOnce ??= this.#close());
  }

  async #close(): Promise<void> {
    const listeners = Array.from(this.#closing, async (listener) => listener());
    for (const told of await Promise.allSettled(listeners)) {
      if (told.status === "rejected") this.#options.onError(told.reason);
    }
    this.#closed = true;
    this.#unhook?.();
    try {
      await this.#store.close();
    } finally {
      await this.#folder.log?.release();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #hook(): () => void {
    if (this.#closed) return () => undefined;
    const { host, signals } = this.#options;
    const flushNow = (): void => {
      this.#store.flushNow();
    };
    const undo = [host.onExit(flushNow), ...(signals ? [host.onSignal(flushNow)] : [])];
    return () => {
      for (const one of undo) one();
    };
  }

  #questioned(): Questioned {
    if (this.#closed) throw new LedgerClosedError();
    return {
      path: this.path,
      fileSystem: this.#options.fileSystem,
      processes: this.#options.processes,
      settings: () => this.#readSettings(),
      labelToken: (name, value) => this.labelToken(name, value),
      read: (options) => this.read(options),
    };
  }

  async #readSettings(): Promise<LedgerSettings> {
    const { manifest } = await openFolderToRead(this.path, this.#options.fileSystem);
    return this.#settingsOf(manifest.data);
  }

  async #patchSettings(changes: Partial<LedgerSettings>): Promise<LedgerSettings> {
    this.#refuseReading();
    const manifest = await changeManifest(this.path, this.#options, async (before) => {
      const current = this.#settingsOf(before);
      const billing = { ...current.billing, ...changes.billing };
      const settings = readSettings({ ...current, ...changes, billing });
      await this.#labels.use(settings.personalLabels);
      return { ...before, settings: { ...before.settings, ...settings } };
    });
    return this.#settingsOf(manifest);
  }

  #settingsOf(manifest: Manifest): LedgerSettings {
    try {
      return readSettings(manifest.settings);
    } catch (error) {
      if (!(error instanceof InvalidSettingError)) throw error;
      throw new LedgerFormatError(join(this.path, "ledger.json"), `${error.message}; correct it there`);
    }
  }

  #refuseReading(): void {
    if (this.#closed) throw new LedgerClosedError();
    assert.equal(this.mode, "write", "the ledger was opened to read only");
  }
}
