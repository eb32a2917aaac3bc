import type { Ledger } from "../ledger-api.ts";
import type { FileSystem } from "../store/file/file-system.ts";
import type { Database } from "../store/postgres/database.ts";
import { countWaiting } from "./count-waiting.ts";
import type { ForwardState } from "./forward-state.ts";
import { reportOutbox } from "./report-outbox.ts";

export interface OutboxReportsOptions {
  readonly fileSystem: FileSystem;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly host: string;
}

/** One that said that something waits says soon that nothing does any more. */
const SOON_MS = 60_000;

/** Tells a shared ledger, now and then, how far this host is. */
export class OutboxReports {
  readonly #ledger: Pick<Ledger, "id" | "path">;
  readonly #database: Pick<Database, "query">;
  readonly #options: OutboxReportsOptions;
  #toldAt = -Infinity;
  #toldWaiting = 0;

  constructor(ledger: Pick<Ledger, "id" | "path">, database: Pick<Database, "query">, options: OutboxReportsOptions) {
    this.#ledger = ledger;
    this.#database = database;
    this.#options = options;
  }

  /** Tells it, unless that was done less than so many milliseconds ago. Throws as `Database.query`. */
  async tell({ position, forwarded, newestAt }: ForwardState, everyMs: number): Promise<void> {
    const { now, host, fileSystem } = this.#options;
    const at = now();
    if (Math.abs(at - this.#toldAt) < everyMs) return;
    const waiting = await countWaiting(fileSystem, this.#ledger.path, position);
    await reportOutbox(this.#database, { outbox: this.#ledger.id, host, forwarded, waiting, newestAt });
    [this.#toldAt, this.#toldWaiting] = [at, waiting];
  }

  /** As `tell`, after all that waited was sent. */
  async tellCaughtUp(state: ForwardState, everyMs: number): Promise<void> {
    await this.tell(state, this.#toldWaiting > 0 ? Math.min(everyMs, SOON_MS) : everyMs);
  }
}
