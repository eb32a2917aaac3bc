import { join } from "node:path";
import { LedgerUnavailableError } from "../errors.ts";
import { START, type Position } from "../store/event-store.ts";
import type { Document } from "../store/file/document.ts";
import type { FileSystem } from "../store/file/file-system.ts";
import { makeLogsDurable } from "../store/file/make-durable.ts";
import {
  asTarget,
  isTarget,
  livesOf,
  nothingForwarded,
  openKeptState,
  readForwardStates,
  type ForwardState,
  type KeptState,
} from "./forward-state.ts";
import { surePosition } from "./sure-position.ts";

/** What is remembered, in a folder, of how far it was forwarded to one database. Others are beside it, and left alone. */
export class ForwardRecord {
  readonly #root: string;
  readonly #name: string;
  readonly #fileSystem: FileSystem;
  readonly #document: Document<KeptState | null>;
  /** What is known: what was written, or was before this database had a file of its own, and what came since. */
  #state: ForwardState | undefined;
  /** Up to where it was written: less than is known, where a loss of power could put other lines there. */
  #sure: Position;
  #written: ForwardState | undefined;

  private constructor(
    root: string,
    name: string,
    fileSystem: FileSystem,
    { document, state }: { document: Document<KeptState | null>; state: ForwardState | undefined },
  ) {
    this.#root = root;
    this.#name = name;
    this.#fileSystem = fileSystem;
    this.#document = document;
    this.#state = state;
    this.#written = state;
    this.#sure = state?.position ?? START;
  }

  /** @throws LedgerFormatError for a damaged file; LedgerUnavailableError when the operating system refuses. */
  static async open(root: string, name: string, fileSystem: FileSystem): Promise<ForwardRecord> {
    const document = await openKeptState(root, name, fileSystem);
    const state = document.data ?? (await readForwardStates(root, fileSystem)).get(name);
    return new ForwardRecord(root, name, fileSystem, { document, state });
  }

  /** What is remembered under this name of the database. */
  get state(): ForwardState | undefined {
    return this.#state;
  }

  /** Whether there was a chance to write it down, as far as that is sure. */
  get isKept(): boolean {
    return this.#state === this.#written;
  }

  /** What was forwarded to a ledger, whichever name its database had then. */
  async stateOf(id: string): Promise<ForwardState | undefined> {
    if (this.#state?.ledger === id) return this.#state;
    return (await this.statesOf(id)).toSorted((a, b) => livesOf(b) - livesOf(a))[0];
  }

  /** As `stateOf`, under each of its names. */
  async statesOf(id: string): Promise<readonly ForwardState[]> {
    const states = new Map(await readForwardStates(this.#root, this.#fileSystem));
    if (this.#state !== undefined) states.set(this.#name, this.#state);
    return [...states.values()].filter(({ ledger }) => ledger === id);
  }

  /** Remembers from where it begins, which says of no line that it was forwarded that was not known to be there for good. */
  async begin(state: ForwardState): Promise<void> {
    this.#sure = state.position;
    await this.#write(state);
  }

  /**
   * Remembers a position: on disk only where what is before it stays, for a loss of power could put other lines there. As
   * long as this lasts the rest is remembered, too, and nothing is sent again.
   */
  async keep(state: ForwardState): Promise<void> {
    const logs = await makeLogsDurable(this.#fileSystem, join(this.#root, "segments"));
    if (logs !== null) {
      this.#sure = surePosition(state.position, this.#sure, logs);
      await this.#write(state);
    }
    this.#state = state;
  }

  /** Has it be no target any more. */
  async forget(forgotten: { readonly at: number; readonly waiting: number }): Promise<void> {
    // What it may lack has been looked into by who forgets it.
    const { gap: _gap, ...state } = this.#state ?? nothingForwarded(null, 0);
    await this.#write({ ...state, error: null, isRefused: false, forgotten });
  }

  /** Has it be a target again where it was forgotten. */
  async becomeTarget(): Promise<void> {
    if (this.#state !== undefined && !isTarget(this.#state)) await this.#write(asTarget(this.#state));
  }

  /** Writes down why it cannot go on, for whoever looks at the folder. One that was forgotten stays so. */
  async say(error: unknown): Promise<void> {
    const state = this.#state ?? nothingForwarded(null, 0);
    const why = this.#withoutName(error instanceof Error ? error.message : String(error));
    const isRefused = error instanceof LedgerUnavailableError && error.isOfLogin;
    if (state.error === why && (state.isRefused ?? false) === isRefused) return;
    try {
      await this.#write({ ...state, error: why, isRefused });
    } catch {
      // A disk that refuses is heard of from whoever records.
    }
  }

  /** Who reads it knows which database it is of. */
  #withoutName(why: string): string {
    const prefix = `${this.#name}: `;
    return why.startsWith(prefix) ? why.slice(prefix.length) : why;
  }

  async #write(state: ForwardState): Promise<void> {
    await this.#document.write({ ...state, position: this.#sure, to: this.#name });
    this.#state = state;
    this.#written = state;
  }
}
