import { LedgerUnavailableError } from "../errors.ts";
import type { Pseudonymize } from "../privacy/pseudonymize.ts";
import type { Ledger } from "../ledger-api.ts";
import type { Position } from "../store/event-store.ts";
import { nodeFileSystem } from "../store/file/file-system.ts";
import { createOnError } from "../store/file/on-error.ts";
import { nodeHost, nodeProcesses, systemNow } from "../store/file/processes.ts";
import type { Database } from "../store/postgres/database.ts";
import { insertAndTell } from "../store/postgres/insert-lines.ts";
import { joinLedger, type JoinedLedger } from "../store/postgres/joined-ledger.ts";
import { BoundKeeper } from "./bound-keeper.ts";
import { beginForwarding, withGap } from "./begin-forwarding.ts";
import { forwardedByOther } from "./forwarded-by-other.ts";
import { FolderTurn } from "./folder-turn.ts";
import { KnownLife } from "./known-life.ts";
import { quietly, type Forwarding, type ForwardOptions, type Tried } from "./forwarding.ts";
import { isBehind, type ForwardState } from "./forward-state.ts";
import { describeGap } from "./gaps.ts";
import { OutboxReports } from "./outbox-reports.ts";
import { pendingBatches, type PendingBatch } from "./pending-batches.ts";
import { BeganAgainError, withSent } from "./with-sent.ts";

const POLL_MS = 1000;
const CLOSE_MS = 5000;
const MAX_BYTES = 1_073_741_824;
/** How long after a failure the next try comes; doubled up to the second number. */
const RETRY_MS = 1000;
const RETRY_MS_MAX = 60_000;
/** How often a host that forwards says so, and one that has nothing to forward. */
const REPORT_MS = 300_000;
const REPORT_IDLE_MS = 1_800_000;
/** How often the position is written down while there is much to send: what came after it is sent again if need be. */
const KEEP_MS = 1000;

export interface ForwarderHooks {
  /** Asks the database which ledger it holds. Default: `joinLedger`. */
  readonly join?: () => Promise<JoinedLedger>;
  /** Called when nothing is sent any more. */
  readonly onClosed?: () => unknown;
}

/** Forwards the events of a ledger's folder; `forwardLedger` says how. */
export class Forwarder implements Forwarding {
  readonly #ledger: Ledger;
  readonly #database: Database;
  readonly #options: Required<Omit<ForwardOptions, "onError" | "onTried" | "maxBytes">>;
  readonly #bound: BoundKeeper;
  readonly #reports: OutboxReports;
  readonly #onError: (error: unknown) => void;
  readonly #onTried: (tried: Tried) => void;
  readonly #turn: FolderTurn;
  #timer: NodeJS.Timeout | null = null;
  #retryMs = RETRY_MS;
  #passing: Promise<boolean> | null = null;
  #keptAt = -Infinity;
  #closed = false;
  readonly #onClosed: () => unknown;
  readonly #life: KnownLife;
  #unhook: () => void = () => undefined;

  /** @throws InvalidSettingError for a bound that is none. */
  constructor(ledger: Ledger, database: Database, options: ForwardOptions, hooks: ForwarderHooks = {}) {
    const { pollMs = POLL_MS, fileSystem = nodeFileSystem, processes = nodeProcesses } = options;
    const { now = systemNow, host = processes.self.host, maxBytes = MAX_BYTES, withSums = false } = options;
    this.#ledger = ledger;
    this.#database = database;
    this.#options = { pollMs, fileSystem, processes, now, host, withSums };
    this.#turn = new FolderTurn({ root: ledger.path, name: database.name, fileSystem, processes, now });
    this.#reports = new OutboxReports(ledger, database, { fileSystem, now, host });
    this.#onClosed = hooks.onClosed ?? ((): void => undefined);
    this.#life = new KnownLife(ledger, hooks.join ?? ((): Promise<JoinedLedger> => joinLedger(database)), now);
    const told = { onError: options.onError ?? null, warn: (line: string): void => nodeHost.warn(line), now };
    this.#onTried = quietly(options.onTried);
    this.#onError = createOnError({ ...told, what: "not forwarded yet" });
    const mayKeep = (): boolean => this.#turn.isHeld && !this.#closed;
    this.#bound = new BoundKeeper(ledger, { maxBytes, fileSystem, processes, now, mayKeep, onError: this.#onError });
  }

  /** Begins, and goes on until it or the ledger is closed. */
  start(): void {
    this.#unhook = this.#ledger.onClosing(() => this.close());
    this.#schedule(0);
  }

  async flush(): Promise<void> {
    if (await this.#forwardOwn()) return;
    const { fileSystem } = this.#options;
    const other = {
      root: this.#ledger.path,
      name: this.#database.name,
      fileSystem,
      isStopped: () => this.#turn.isOver,
    };
    await forwardedByOther(other, () => this.#forwardOwn());
  }

  /** Forwards everything recorded until now; false where another process does. */
  async #forwardOwn(): Promise<boolean> {
    await this.#ledger.flush();
    // A pass that is under way may have read what there was before.
    await this.#passing?.catch(() => undefined);
    return this.#pass();
  }

  async close(waitMs: number = CLOSE_MS): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#unhook();
    if (this.#timer !== null) clearTimeout(this.#timer);
    let timer: NodeJS.Timeout | null = null;
    const givenUp = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, waitMs);
    });
    // Once more where a connection broke: nobody else says that nothing waits.
    const own = (): Promise<boolean> => this.#forwardOwn();
    const last = own()
      .catch(own)
      .catch(async (error: unknown) => {
        this.#onError(error);
        // A program that ends before it ever tried again leaves no other word of it.
        await this.#turn.write((record) => record.say(error));
      });
    try {
      await Promise.race([last, givenUp]);
    } finally {
      if (timer !== null) clearTimeout(timer);
      await this.#turn.end();
      // A statement that nobody answers must not keep whoever closes.
      void last.then(this.#onClosed);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** What an event becomes before it leaves this host. */
  async pseudonymizer(): Promise<Pseudonymize> {
    return (await this.#life.get()).pseudonymize;
  }

  /** The shared ledger's settings have changed. */
  joinAgain(): void {
    this.#life.forget();
  }

  #schedule(milliseconds: number): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      void this.#run();
    }, milliseconds).unref();
  }

  async #run(): Promise<void> {
    try {
      const isOwn = await this.#pass();
      if (isOwn) this.#onTried({ error: null, nextMs: this.#options.pollMs });
      this.#retryMs = RETRY_MS;
      this.#schedule(this.#options.pollMs);
    } catch (error) {
      if (this.#closed) return;
      // What answers next may be another server, which knows less.
      this.#life.forget();
      this.#onTried({ error, nextMs: this.#retryMs });
      this.#onError(error);
      await this.#turn.write((record) => record.say(error));
      this.#schedule(this.#retryMs);
      this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MS_MAX);
    }
  }

  /** Forwards what is new; false where another process does. */
  #pass(): Promise<boolean> {
    this.#passing ??= this.#passWithinBound().finally(() => {
      this.#passing = null;
    });
    return this.#passing;
  }

  async #passWithinBound(): Promise<boolean> {
    let isRefused = false;
    try {
      const isOwn = await this.#passOnce();
      // What came meanwhile has not been tried yet, and is not lost before it was.
      return isOwn && !(await this.#bound.keepForwarded()) ? await this.#passOnce() : isOwn;
    } catch (error) {
      isRefused = error instanceof LedgerUnavailableError && error.isOfLogin;
      // While it still has the lock: whoever has it next speaks for the folder.
      if (isRefused) await this.#turn.write((record) => record.say(error));
      throw error;
    } finally {
      await this.#bound.keepAny();
      // To another process, whose user the database may not refuse, until the next try.
      if (isRefused) await this.#turn.leave();
    }
  }

  /** As `#passOfLife`, also where the database was put back since it was asked which life it lives. */
  async #passOnce(): Promise<boolean> {
    try {
      return await this.#passOfLife();
    } catch (error) {
      if (!(error instanceof BeganAgainError)) throw error;
      this.#life.forget();
      return this.#passOfLife();
    }
  }

  async #passOfLife(): Promise<boolean> {
    const { fileSystem, processes, now, withSums } = this.#options;
    const [path, to] = [this.#ledger.path, this.#database.name];
    const record = await this.#turn.take();
    if (record === null) return false;
    // Another process may have sent something since the database was asked.
    const known = await record.stateOf((await this.#life.get()).id);
    if (isBehind(known?.transaction ?? null, await this.#life.get())) this.#life.forget();
    const joined = await this.#life.get();
    const { id, pseudonymize } = joined;
    const keep = (begun: ForwardState): Promise<void> => this.#turn.write((kept) => kept.begin(begun));
    const knownGap = record.state?.gap;
    const begun = await beginForwarding(record, joined, { root: path, to, withSums, fileSystem, processes, now, keep });
    let { state } = begun;
    let hasUntil = -Infinity;
    const { position, prunes } = state;
    const send = async (batch: PendingBatch): Promise<void> => {
      const { count, transaction } = await insertAndTell(this.#database, batch.lines);
      if (count === 0) hasUntil = Math.max(hasUntil, batch.recordedAt ?? -Infinity);
      state = withSent(state, batch, { transaction, at: now() });
      if (state.incarnation === undefined) throw new BeganAgainError(to);
      if (Math.abs(now() - this.#keptAt) >= KEEP_MS) await this.#keep(state);
      await this.#reports.tell(state, REPORT_MS);
    };
    const sendListed = async (until?: Position): Promise<boolean | null> => {
      const { position: after, told = prunes } = state;
      const pending = { fileSystem, pseudonymize, prunes, told, to: id, from: this.#ledger.id, until };
      // The next batch is read while the one before is on its way.
      let sending: Promise<void> = Promise.resolve();
      try {
        for await (const batch of pendingBatches(path, after, pending)) {
          await sending;
          // What is left now is of whoever has the lock next.
          if (this.#turn.isOver) return false;
          // What was read may be counted as lost since: it is read again.
          if (await this.#bound.losesWhileSending(() => this.#keep(state))) return null;
          sending = send(batch);
          sending.catch(() => undefined);
        }
        return true;
      } finally {
        await sending;
      }
    };
    const sendAll = async (until?: Position): Promise<boolean> => {
      let isAll = await sendListed(until);
      while (isAll === null) isAll = await sendListed(until);
      return isAll;
    };
    try {
      try {
        if (begun.sentBefore !== null && state.gap !== undefined) {
          if (!(await sendAll(begun.sentBefore))) return false;
          state = await withGap(state, { root: path, fileSystem, now, isRestored: true, hasUntil });
        }
      } finally {
        // Also where it broke off: it is not looked into once more.
        if (state.gap !== undefined && state.gap !== knownGap)
          this.#onError(new LedgerUnavailableError(to, describeGap(state.gap)));
      }
      if (!(await sendAll())) return false;
      if (state.caughtUp !== true || state.error !== null)
        state = { ...state, caughtUp: true, error: null, isRefused: false };
    } finally {
      if (state !== record.state || !record.isKept) await this.#keep(state);
    }
    const isQuiet = state.position === position && !this.#closed;
    await this.#reports.tellCaughtUp(state, isQuiet ? REPORT_IDLE_MS : this.#closed ? 0 : REPORT_MS);
    return true;
  }

  async #keep(state: ForwardState): Promise<void> {
    this.#keptAt = this.#options.now();
    await this.#turn.write((record) => record.keep(state));
  }
}
