import type { FileSystem } from "../store/file/file-system.ts";
import { takeLockIfFree, type Lock } from "../store/file/lock.ts";
import type { Processes } from "../store/file/processes.ts";
import { forwardLockOf } from "./forward-state.ts";
import { ForwardRecord } from "./forward-record.ts";

/** A folder, the database that it is forwarded to, and who does so. */
export interface FolderTurnOptions {
  readonly root: string;
  /** Of the database, without credentials. */
  readonly name: string;
  readonly fileSystem: FileSystem;
  readonly processes: Processes;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A forwarder's turn at a folder: one has it at a time, and that one alone writes down how far it is. */
export class FolderTurn {
  readonly #options: FolderTurnOptions;
  #lock: Lock | null = null;
  #record: ForwardRecord | null = null;
  /** What is being written down; ends without an error. */
  #writing: Promise<void> = Promise.resolve();
  #hasBegun = false;
  #isOver = false;

  constructor(options: FolderTurnOptions) {
    this.#options = options;
  }

  /** Whether it has it, as far as can be told: whoever cannot tell leaves it alone, and hears why when it is taken. */
  get isHeld(): boolean {
    try {
      return this.#lock?.isHeld() === true;
    } catch {
      return false;
    }
  }

  /** Whether it may never be taken again. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * What is remembered of the folder; null where another one has the turn, or this one's is over.
   *
   * @throws LedgerFormatError for a damaged file; LedgerUnavailableError when the operating system refuses.
   */
  async take(): Promise<ForwardRecord | null> {
    if (this.#isOver) return null;
    const { root, name } = this.#options;
    // Another process may have forwarded meanwhile, and known more since.
    if (this.#lock !== null && !this.#lock.isHeld()) await this.leave();
    this.#lock ??= await takeLockIfFree(root, forwardLockOf(name), this.#options);
    if (this.#lock === null) return null;
    // Whoever ended it while the lock was being taken had none to give back.
    if (this.isOver) {
      await this.leave();
      return null;
    }
    return (this.#record ??= await this.#open());
  }

  /** Writes something down where it has the turn, which is left no sooner than that is done. */
  async write(change: (record: ForwardRecord) => Promise<void>): Promise<void> {
    const written = this.#writing.then(async () => {
      if (this.isHeld && this.#record !== null) await change(this.#record);
    });
    this.#writing = written.catch(() => undefined);
    await written;
  }

  /** Lets others have it, until it is taken again. */
  async leave(): Promise<void> {
    const lock = this.#lock;
    this.#lock = null;
    this.#record = null;
    await this.#writing;
    await lock?.release();
  }

  /** Lets others have it for good. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.leave();
  }

  async #open(): Promise<ForwardRecord> {
    const { root, name, fileSystem } = this.#options;
    const record = await ForwardRecord.open(root, name, fileSystem);
    // Asked for after it was forgotten. One that was at work by then has to get something there first.
    if (!this.#hasBegun && this.isHeld) await record.becomeTarget();
    this.#hasBegun = true;
    return record;
  }
}
