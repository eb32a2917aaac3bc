import assert from "node:assert/strict";
import { InvalidSettingError, LedgerClosedError } from "./errors.ts";
import type { LedgerEvent } from "./events/event.ts";
import { merge } from "./events/merge.ts";
import type { Ledger, SettingsHandle } from "./ledger-api.ts";
import type { LocalCopy } from "./local-copy.ts";
import type { JoinedOutboxes, Outbox } from "./outbox/joined-outboxes.ts";
import type { Joining } from "./outbox/joining.ts";
import { keepSharedLabelsPersonal } from "./outbox/shared-labels.ts";
import type { LedgerKey } from "./privacy/ledger-key.ts";
import type { Account } from "./projections/account.ts";
import type { EventProjection } from "./projections/event-projection.ts";
import type { RequestsResult } from "./projections/requests.ts";
import type { RowProjection } from "./projections/row-projection.ts";
import type { SpendResult } from "./projections/spend.ts";
import type { RequestsQuestion, SpendQuestion } from "./queries.ts";
import type { LedgerSettings } from "./settings/settings.ts";
import type { AppendOutcome, Damage, Position, RecordedEvent } from "./store/event-store.ts";
import type { Document } from "./store/file/document.ts";
import type { Database } from "./store/postgres/database.ts";
import { PostgresEventStore } from "./store/postgres/postgres-event-store.ts";
import { patchSettings } from "./store/postgres/settings-rows.ts";
import { subscribe, type SubscribeOptions } from "./store/subscribe.ts";
import type { LedgerView, ViewOptions } from "./store/view/view.ts";

export interface DatabaseLedgerParts {
  readonly database: Database;
  readonly joining: Joining;
  /** This host's copy, from which questions are answered. */
  readonly copy: LocalCopy;
  /** Null for who only reads. */
  readonly outbox: Outbox | null;
  /** Null where the outbox was named. */
  readonly others: JoinedOutboxes | null;
}

/** A ledger in a database, which may be away. */
export class DatabaseLedger implements Ledger {
  readonly mode: "read" | "write";
  readonly settings: SettingsHandle;
  readonly #database: Database;
  readonly #joining: Joining;
  readonly #store: PostgresEventStore;
  readonly #copy: LocalCopy;
  readonly #outbox: Outbox | null;
  readonly #others: JoinedOutboxes | null;
  #closeOnce: Promise<void> | null = null;
  #closed = false;

  constructor({ database, joining, copy, outbox, others }: DatabaseLedgerParts) {
    this.mode = outbox === null ? "read" : "write";
    this.settings = { read: () => this.#readSettings(), patch: (changes) => this.#patchSettings(changes) };
    this.#database = database;
    this.#joining = joining;
    this.#store = new PostgresEventStore(database);
    this.#copy = copy;
    this.#outbox = outbox;
    this.#others = others;
  }

  get id(): string {
    return this.#joining.id ?? this.#local.id;
  }

  get path(): string {
    return this.#copy.path ?? this.#local.path;
  }

  async append(events: readonly LedgerEvent[]): Promise<readonly AppendOutcome[]> {
    const { forwarder } = this.#writing();
    const pseudonymize = await forwarder.pseudonymizer();
    return this.#store.append(events.map(pseudonymize));
  }

  record(event: LedgerEvent): void {
    this.#local.record(event);
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
    return this.#local.labelToken(name, value);
  }

  async fingerprintKey(): Promise<LedgerKey> {
    const { ledger } = this.#writing();
    return ledger.fingerprintKey();
  }

  async document<T>(name: string, initial: T): Promise<Document<T>> {
    return this.#local.document(name, initial);
  }

  damage(): readonly Damage[] {
    return this.#copy.ledger?.damage() ?? [];
  }

  onClosing(listener: () => unknown): () => void {
    return this.#local.onClosing(listener);
  }

  async close(): Promise<void> {
    return (this.#closeOnce ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#closed = true;
    try {
      await this.#outbox?.ledger.close();
    } finally {
      // What was joined only now is closed as well.
      await this.#others?.close();
      await this.#copy.close();
      await this.#store.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** What is known without the database. */
  get #local(): Ledger {
    const ledger = this.#outbox?.ledger ?? this.#copy.ledger;
    assert(ledger !== null, "a ledger is opened to read when its database has answered");
    return ledger;
  }

  async #upToDate(): Promise<Ledger> {
    this.#refuseClosed();
    return this.#copy.upToDate();
  }

  async #readSettings(): Promise<LedgerSettings> {
    return (await this.#upToDate()).settings.read();
  }

  async #patchSettings(changes: Partial<LedgerSettings>): Promise<LedgerSettings> {
    const { ledger, forwarder } = this.#writing();
    if ((changes.diskLimitBytes ?? null) !== null) {
      throw new InvalidSettingError(
        "diskLimitBytes",
        "only a folder has a disk limit; what a database takes is not measured: prune it with a time",
      );
    }
    // Another ledger that answers in its place keeps its own.
    await this.#joining.join();
    const settings = await patchSettings(this.#database.needing("owner"), changes);
    forwarder.joinAgain();
    await keepSharedLabelsPersonal(ledger, await this.#joining.join());
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
