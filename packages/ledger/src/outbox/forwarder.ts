import { LedgerUnavailableError } from "../errors.ts";
import { latest } from "../events/joins.ts";
import type { Pseudonymize } from "../privacy/pseudonymize.ts";
import type { Ledger } from "../ledger-api.ts";
import { START } from "../store/event-store.ts";
import { nodeFileSystem } from "../store/file/file-system.ts";
import { createOnError } from "../store/file/on-error.ts";
import { nodeHost, nodeProcesses, systemNow } from "../store/file/processes.ts";
import { countRecords } from "../store/file/pruned.ts";
import type { Database } from "../store/postgres/database.ts";
import { insertLines } from "../store/postgres/insert-lines.ts";
import { joinLedger, type JoinedLedger } from "../store/postgres/joined-ledger.ts";
import { forwardedByOther } from "./forwarded-by-other.ts";
import { FolderBound } from "./folder-bound.ts";
import { FolderTurn } from "./folder-turn.ts";
import { quietly, type Forwarding, type ForwardOptions, type Tried } from "./forwarding.ts";
import { asTarget, nothingForwarded, type ForwardState } from "./forward-state.ts";
import { OutboxReports } from "./outbox-reports.ts";
import { pendingBatches, type PendingBatch } from "./pending-batches.ts";
import { sharedPseudonymizer } from "./shared-labels.ts";

const POLL_MS = 1000;
const CLOSE_MS = 5000;
const MAX_BYTES = 1_073_741_824;
/** How long after a failure the next try comes; doubled up to the second number. */
const RETRY_MS = 1000;
const RETRY_MS_MAX = 60_000;
/** How often a host that forwards says so, and one that has nothing to forward. */
const REPORT_MS = 300_000;
const REPORT_IDLE_MS = 1_800_000;
/** So long it goes by what the shared ledger said of itself. */
const JOINED_MS = 60_000;
/** How often the position is written down while there is much to send: what came after it is sent again if need be. */
const KEEP_MS = 1000;

/** What the shared ledger said of itself. */
interface Joined {
  readonly id: string;
  readonly incarnation: string;
  readonly pseudonymize: Pseudonymize;
  /** When, in milliseconds since 1970. */
  readonly at: number;
}

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
  readonly #bound: FolderBound;
  readonly #reports: OutboxReports;
  readonly #onError: (error: unknown) => void;
  readonly #onTried: (tried: Tried) => void;
  readonly #turn: FolderTurn;
  #joined: Joined | null = null;
  #timer: NodeJS.Timeout | null = null;
  #retryMs = RETRY_MS;
  #passing: Promise<boolean> | null = null;
  #keptAt = -Infinity;
  #closed = false;
  readonly #onClosed: () => unknown;
  readonly #ask: () => Promise<JoinedLedger>;
  #unhook: () => void = () => undefined;

  /** @throws InvalidSettingError for a bound that is none. */
  constructor(ledger: Ledger, database: Database, options: ForwardOptions, hooks: ForwarderHooks = {}) {
    const { pollMs = POLL_MS, fileSystem = nodeFileSystem, processes = nodeProcesses } = options;
    const { now = systemNow, host = processes.self.host, maxBytes = MAX_BYTES } = options;
    this.#ledger = ledger;
    this.#database = database;
    this.#options = { pollMs, fileSystem, processes, now, host };
    this.#bound = new FolderBound(ledger, { maxBytes, fileSystem, processes, now });
    this.#turn = new FolderTurn({ root: ledger.path, name: database.name, fileSystem, processes });
    this.#reports = new OutboxReports(ledger, database, { fileSystem, now, host });
    this.#onClosed = hooks.onClosed ?? ((): void => undefined);
    this.#ask = hooks.join ?? ((): Promise<JoinedLedger> => joinLedger(database));
    const told = { onError: options.onError ?? null, warn: (line: string): void => nodeHost.warn(line), now };
    this.#onTried = quietly(options.onTried);
    this.#onError = createOnError({ ...told, what: "not forwarded yet" });
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
    const last = this.#forwardOwn().catch(async (error: unknown) => {
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
    return (await this.#join()).pseudonymize;
  }

  /** The shared ledger's settings have changed. */
  joinAgain(): void {
    this.#joined = null;
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
      this.#joined = null;
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
      return isOwn && (await this.#isOverBound()) ? await this.#passOnce() : isOwn;
    } catch (error) {
      isRefused = error instanceof LedgerUnavailableError && error.isOfLogin;
      // While it still has the lock: whoever has it next speaks for the folder.
      if (isRefused) await this.#turn.write((record) => record.say(error));
      throw error;
    } finally {
      await this.#keepBound();
      // To another process, whose user the database may not refuse, until the next try.
      if (isRefused) await this.#turn.leave();
    }
  }

  /** Whether more is left than may be after what was forwarded has gone. */
  async #isOverBound(): Promise<boolean> {
    if (!this.#turn.isHeld || this.#closed) return false;
    try {
      return !(await this.#bound.keep("forwarded"));
    } catch (error) {
      this.#onError(error);
      return false;
    }
  }

  /** Keeps the folder within its bound, also while nothing can be sent. */
  async #keepBound(): Promise<void> {
    // Who closes does not wait for it.
    if (!this.#turn.isHeld || this.#closed) return;
    try {
      await this.#bound.keep("any");
    } catch (error) {
      this.#onError(error);
    }
  }

  async #passOnce(): Promise<boolean> {
    const { fileSystem, now } = this.#options;
    const { path } = this.#ledger;
    const record = await this.#turn.take();
    if (record === null) return false;
    const { id, incarnation, pseudonymize } = await this.#join();
    const known = await record.stateOf(id);
    const isNew = known === undefined;
    let state = isNew ? nothingForwarded(id, await countRecords(fileSystem, path)) : asTarget(known);
    // Sent again, what is there already changes nothing.
    if (state.incarnation !== incarnation)
      state = { ...state, incarnation, position: START, forwarded: 0, told: state.prunes };
    const { position, prunes, told = prunes } = state;
    const pending = { fileSystem, pseudonymize, prunes, told, to: id, from: this.#ledger.id };
    const send = async (batch: PendingBatch): Promise<void> => {
      await insertLines(this.#database, batch.lines);
      state = {
        ...state,
        position: batch.position,
        told: batch.told,
        forwarded: state.forwarded + batch.lines.length,
        at: now(),
        newestAt: latest(state.newestAt, batch.newestAt),
        error: null,
        isRefused: false,
      };
      if (Math.abs(now() - this.#keptAt) >= KEEP_MS) await this.#keep(state);
      await this.#reports.tell(state, REPORT_MS);
    };
    // The next batch is read while the one before is on its way.
    let sending: Promise<void> = Promise.resolve();
    try {
      for await (const batch of pendingBatches(path, position, pending)) {
        await sending;
        // What is left now is of whoever has the lock next.
        if (this.#turn.isOver) return false;
        sending = send(batch);
        sending.catch(() => undefined);
      }
      await sending;
      if (state.caughtUp !== true || state.error !== null)
        state = { ...state, caughtUp: true, error: null, isRefused: false };
    } finally {
      await sending.catch(() => undefined);
      // One that was known under another name of the database is known under this one from now on.
      if (state !== record.state) await this.#keep(state);
    }
    const isQuiet = state.position === position && !this.#closed;
    await this.#reports.tellCaughtUp(state, isQuiet ? REPORT_IDLE_MS : this.#closed ? 0 : REPORT_MS);
    return true;
  }

  /** Which ledger it is, and what an event becomes before it leaves: settings can change while this runs. */
  async #join(): Promise<Joined> {
    const at = this.#options.now();
    if (this.#joined !== null && Math.abs(at - this.#joined.at) < JOINED_MS) return this.#joined;
    const { id, incarnation, settings } = await this.#ask();
    const pseudonymize = await sharedPseudonymizer(this.#ledger, { settings });
    this.#joined = { id, incarnation, pseudonymize, at };
    return this.#joined;
  }

  async #keep(state: ForwardState): Promise<void> {
    this.#keptAt = this.#options.now();
    await this.#turn.write((record) => record.keep(state));
  }
}
