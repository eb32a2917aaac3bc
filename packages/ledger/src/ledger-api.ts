import type { LedgerEvent } from "./events/event.ts";
import type { Account } from "./projections/account.ts";
import type { EventProjection } from "./projections/event-projection.ts";
import type { RequestsResult } from "./projections/requests.ts";
import type { RowProjection } from "./projections/row-projection.ts";
import type { SpendResult } from "./projections/spend.ts";
import type { RequestsQuestion, SpendQuestion } from "./queries.ts";
import type { LedgerSettings } from "./settings/settings.ts";
import type { LedgerKey } from "./privacy/ledger-key.ts";
import type { AppendOutcome, Damage, Position, RecordedEvent } from "./store/event-store.ts";
import type { Document } from "./store/file/document.ts";
import type { SubscribeOptions } from "./store/subscribe.ts";
import type { LedgerView, ViewOptions } from "./store/view/view.ts";

/** Settings of a ledger. */
export interface SettingsHandle {
  read(): Promise<LedgerSettings>;
  /**
   * Replaces the fields given and resolves when they are durable; `billing` is replaced source by source.
   *
   * @throws InvalidSettingError for a value that cannot be; nothing is changed.
   */
  patch(changes: Partial<LedgerSettings>): Promise<LedgerSettings>;
}

export interface Ledger extends AsyncDisposable {
  /**
   * Names the ledger wherever it is copied to. Of a ledger in a database that has never answered here, this is the id of
   * what waits for it, until it answers.
   */
  readonly id: string;
  /** Its folder; of a ledger in a database this host's copy, or until it has answered the folder of what waits for it. */
  readonly path: string;
  readonly mode: "read" | "write";
  readonly settings: SettingsHandle;
  /** See `EventStore.append`. */
  append(events: readonly LedgerEvent[]): Promise<readonly AppendOutcome[]>;
  /**
   * Records an event of this process's own, without waiting and without ever throwing.
   *
   * It is handed to the operating system in this turn of the event loop, and made durable within about 200 ms; a process
   * that is killed loses at most what it recorded in its last turn. An event that is not what its type says is refused;
   * others are recorded as they are, without what `append` does for events from outside. While the operating system
   * refuses, events wait (see `recordQueue`), and those beyond are counted in an `EventsDropped` event. `onError` hears
   * of all that.
   */
  record(event: LedgerEvent): void;
  /**
   * Resolves when everything recorded before is durable.
   *
   * @throws LedgerUnavailableError when the operating system refuses. What it refused still waits.
   */
  flush(): Promise<void>;
  /** See `EventStore.read`. */
  read(options?: { readonly after?: Position; readonly limit?: number }): AsyncIterable<RecordedEvent>;
  /**
   * Yields events as `read` does and goes on with those that this or another process appends, until the signal ends it.
   *
   * @throws LedgerUnavailableError when a segment cannot be read; subscribe again after the last position.
   * @throws LedgerPrunedError, LedgerChangedError where a ledger in a database was pruned; subscribe again from the start,
   *   into a new state: what is left holds sums of what came before.
   */
  subscribe(options?: SubscribeOptions): AsyncIterable<RecordedEvent>;
  /**
   * What responses cost, in total and by group, from whatever was recorded by now. Reads little more than what is new
   * since the same question was asked last, and keeps a checkpoint where the folder can be written to.
   *
   * @throws RangeError for a time zone the platform does not know, or an `asOf` that is no position.
   * @throws LedgerPrunedError for an `asOf` of before a prune.
   * @throws LedgerUnavailableError where the operating system refuses.
   */
  spend(question?: SpendQuestion): Promise<SpendResult>;
  /** Billed responses, the first of them in an order, each with its cost. Throws as `spend`. */
  requests(question?: RequestsQuestion): Promise<RequestsResult>;
  /** Asks a question of your own about merged requests, as `spend` is one; see `RowProjection`. */
  ask<Result>(projection: RowProjection<Result>): Promise<Result>;
  /** Folds recorded events, reading only those that came since it was last asked for; see `EventProjection`. */
  project<State>(projection: EventProjection<State>): Promise<State>;
  /**
   * The events of some ids, as `LedgerView.find` gives them, for a process that has other things to do: makes no column
   * files, and lets others have their turn. What this process recorded before is found, whether or not it is durable.
   * Looks through all segments that have no column file: ask for many ids at once.
   *
   * @throws LedgerUnavailableError where the operating system refuses.
   */
  find(ids: Iterable<string>): Promise<ReadonlyMap<string, LedgerEvent>>;
  /** Reads all events and folds them: for ledgers that fit into memory. */
  account(): Promise<Account>;
  /**
   * Opens a view of what the ledger holds now, or held once: the same as the account, for ledgers of any size. Makes the
   * column files that are missing, where it can; see `ViewOptions.columns`.
   */
  view(options?: Omit<ViewOptions, "fileSystem" | "processes">): Promise<LedgerView>;
  /**
   * How a value of a label is stored, to find it by: as it is, or as the token of a personal label (setting
   * `personalLabels`). Null where the label is personal and the key that tokens are made with is not here.
   */
  labelToken(name: string, value: string): Promise<string | null>;
  /**
   * The key that prompts are fingerprinted with, and personal labels replaced: the one given as option, else the one in
   * the ledger's folder, made where there is none. Only of a ledger opened to write.
   *
   * @throws LedgerFormatError for a damaged key.
   * @throws LedgerUnavailableError when the operating system refuses the key.
   */
  fingerprintKey(): Promise<LedgerKey>;
  /**
   * Opens a small JSON document of an adapter's own, such as where its last import stopped.
   *
   * `name` becomes a file name: lower-case letters, digits, dots and dashes.
   */
  document<T>(name: string, initial: T): Promise<Document<T>>;
  /** Damage seen by the reads so far. */
  damage(): readonly Damage[];
  /**
   * Calls back when the ledger is about to be closed: what is recorded then, and until a promise that is returned has
   * settled, is the last that is. Returns what undoes it.
   */
  onClosing(listener: () => unknown): () => void;
  close(): Promise<void>;
}
