import { hash } from "node:crypto";
import { join } from "node:path";
import { START } from "../store/event-store.ts";
import type { FileSystem } from "../store/file/file-system.ts";
import { openManifest } from "../store/file/manifest.ts";
import { namesIn } from "../store/file/names-in.ts";
import { countWaiting } from "./count-waiting.ts";
import { hasStateOf, readForwardStates, type ForwardState } from "./forward-state.ts";
import { databaseOfOutbox } from "./outbox-mark.ts";

/** Where what is recorded for a shared ledger waits. */
export interface OutboxPlace {
  readonly path: string;
  /** Id of the shared ledger that it is of; null where the database has never answered. */
  readonly ledger: string | null;
}

/**
 * A user's outboxes: each in a folder named after its shared ledger, whichever name the database has. What is recorded
 * before a database has ever said which ledger it holds waits in a folder named after the database, and stays there.
 */
export class OutboxPlaces {
  readonly #folder: string;
  readonly #name: string;
  readonly #fileSystem: FileSystem;

  /**
   * @param folder The one of all outboxes.
   * @param name Of the database, without credentials.
   */
  constructor(folder: string, name: string, fileSystem: FileSystem) {
    this.#folder = folder;
    this.#name = name;
    this.#fileSystem = fileSystem;
  }

  /**
   * @param id Of the ledger that the database holds; null where it does not answer.
   * @throws LedgerFormatError, LedgerUnavailableError
   */
  async find(id: string | null): Promise<OutboxPlace> {
    const ledger = id ?? (await this.#ledgerBefore());
    if (ledger === null) return { path: this.#unnamed, ledger };
    const named = join(this.#folder, ledger);
    // What was recorded while nobody knew the ledger has its key, and what was imported by then.
    const isUnnamed = !(await this.#isLedger(named)) && (await this.#isOf(this.#unnamed, ledger));
    return { path: isUnnamed ? this.#unnamed : named, ledger };
  }

  /** Other outboxes than this one in which something waits for the ledger that the database holds. Throws as `find`. */
  async others(id: string, path: string): Promise<readonly string[]> {
    const others: string[] = [];
    for (const other of [join(this.#folder, id), this.#unnamed]) {
      if (other !== path && (await this.#isOf(other, id)) && (await this.#waitsIn(other, id))) others.push(other);
    }
    return others;
  }

  /**
   * Every outbox of the database, or of the ledger that it holds, in order of their paths.
   *
   * One of which that cannot be told is among them.
   *
   * @param id Of the ledger; null where the database does not answer.
   */
  async all(id: string | null): Promise<readonly string[]> {
    const all: string[] = [];
    for (const name of [...(await namesIn(this.#folder, this.#fileSystem))].sort()) {
      const path = join(this.#folder, name);
      const isNamed = name === id || path === this.#unnamed;
      if ((await this.#fileSystem.isFolder(path)) && (isNamed || (await this.#isForwarded(path, id)))) all.push(path);
    }
    return all;
  }

  /** Whether anything was forwarded from it to this database, or tried, or to the ledger. */
  async #isForwarded(path: string, id: string | null): Promise<boolean> {
    try {
      const states = await readForwardStates(path, this.#fileSystem);
      return states.has(this.#name) || [...states.values()].some(({ ledger }) => ledger !== null && ledger === id);
    } catch {
      return this.#mayBeForwarded(path);
    }
  }

  /** As much as can be told where a file that says so is damaged. */
  async #mayBeForwarded(path: string): Promise<boolean> {
    try {
      if (await hasStateOf(path, this.#name, this.#fileSystem)) return true;
      const madeFor = await databaseOfOutbox(path, this.#fileSystem);
      return madeFor === null || madeFor === this.#name;
    } catch {
      return true;
    }
  }

  /** Where what was recorded waits until the database has answered for the first time. */
  get #unnamed(): string {
    return join(this.#folder, folderNameOf(this.#name));
  }

  async #isLedger(path: string): Promise<boolean> {
    if ((await namesIn(path, this.#fileSystem)).length === 0) return false;
    return (await openManifest(path, this.#fileSystem)) !== null;
  }

  /** Whether it is an outbox that nothing was forwarded from to another ledger than this one. */
  async #isOf(path: string, id: string): Promise<boolean> {
    if (!(await this.#isLedger(path))) return false;
    const states = [...(await readForwardStates(path, this.#fileSystem)).values()];
    const ledgers = new Set(states.flatMap(({ ledger }) => (ledger === null ? [] : [ledger])));
    return ledgers.size === 0 || ledgers.has(id);
  }

  async #waitsIn(path: string, id: string): Promise<boolean> {
    const states = [...(await readForwardStates(path, this.#fileSystem)).values()];
    const position = states.find(({ ledger }) => ledger === id)?.position ?? START;
    return (await countWaiting(this.#fileSystem, path, position)) > 0;
  }

  /** The ledger that the database held when it answered last. */
  async #ledgerBefore(): Promise<string | null> {
    let newest: ForwardState | null = null;
    for (const name of await namesIn(this.#folder, this.#fileSystem)) {
      const state = await this.#stateIn(join(this.#folder, name));
      if (state !== null && state.ledger !== null && (state.at ?? 0) >= (newest?.at ?? 0)) newest = state;
    }
    return newest?.ledger ?? null;
  }

  async #stateIn(path: string): Promise<ForwardState | null> {
    try {
      if (!(await this.#fileSystem.isFolder(path))) return null;
      return (await readForwardStates(path, this.#fileSystem)).get(this.#name) ?? null;
    } catch {
      // Whoever forwards that one is told of it.
      return null;
    }
  }
}

/** Tells whoever looks which database it is, and cannot be mistaken for another one's. */
function folderNameOf(database: string): string {
  const printable = database
    .replace(/^postgres:\/\//, "")
    .replaceAll(/[^A-Za-z0-9.-]+/g, "-")
    .slice(0, 80)
    .replace(/^[.-]+/, "");
  return `${printable}-${hash("sha256", database, "hex").slice(0, 16)}`;
}
