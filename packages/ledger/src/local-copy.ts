import { join } from "node:path";
import { openFolderLedger } from "./folder-ledger.ts";
import type { Ledger } from "./ledger-api.ts";
import type { OpenLedgerOptions } from "./open-ledger-options.ts";
import type { Joining } from "./outbox/joining.ts";
import { catchUp, isReplicaOf, prepareReplica } from "./replica/catch-up.ts";
import { nodeFileSystem } from "./store/file/file-system.ts";
import { nodeProcesses } from "./store/file/processes.ts";
import type { Database } from "./store/postgres/database.ts";

export interface LocalCopyOptions {
  readonly database: Database;
  readonly joining: Joining;
  /** Folder of the copy; null for the one of that ledger in `cache`. */
  readonly path: string | null;
  readonly cache: string;
  readonly options: OpenLedgerOptions;
}

/** This host's copy of a shared ledger, from which questions are answered. */
export class LocalCopy {
  readonly #options: LocalCopyOptions;
  #ledger: Ledger | null = null;
  /** One after the other: who asks must see what was there when he asked. */
  #following: Promise<unknown> = Promise.resolve();

  constructor(options: LocalCopyOptions) {
    this.#options = { ...options, database: options.database.needing("farthing_reader") };
  }

  /** As it is; null where the database has not answered since this was made. */
  get ledger(): Ledger | null {
    return this.#ledger;
  }

  /** Its folder; null where it is not known yet. */
  get path(): string | null {
    const { path, joining } = this.#options;
    return joining.id === null ? path : this.#pathOf(joining.id);
  }

  /**
   * Makes it where there is none, and opens it as it is, whoever is reading everything into it for the first time.
   *
   * @param id Of the ledger that the database holds.
   */
  async open(id: string): Promise<Ledger> {
    const { database, options } = this.#options;
    const { fileSystem = nodeFileSystem, processes = nodeProcesses } = options;
    const path = this.#pathOf(id);
    if (!(await isReplicaOf(id, path, fileSystem))) {
      await prepareReplica(database, path, { fileSystem, processes }, async () => undefined);
    }
    return (this.#ledger = await openFolderLedger(path, { ...options, mode: "read", create: false }));
  }

  /** What the database lets everybody see by now. */
  async upToDate(): Promise<Ledger> {
    const following = this.#following.catch(() => undefined).then(() => this.#follow());
    this.#following = following;
    return following;
  }

  async #follow(): Promise<Ledger> {
    const { database, joining, options } = this.#options;
    const { fileSystem = nodeFileSystem, processes = nodeProcesses } = options;
    const { id } = this.#ledger ?? (await joining.join());
    await catchUp(database, this.#pathOf(id), { fileSystem, processes });
    return this.#ledger ?? this.open(id);
  }

  #pathOf(id: string): string {
    return this.#options.path ?? join(this.#options.cache, "ledgers", id);
  }

  async close(): Promise<void> {
    await this.#ledger?.close();
  }
}
