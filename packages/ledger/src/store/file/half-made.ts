import { join } from "node:path";
import { LedgerChangedError, LedgerUnavailableError } from "../../errors.ts";
import { openDocument } from "./document.ts";
import type { FileSystem } from "./file-system.ts";
import { REPLICA_STATE } from "./manifest.ts";

/** Says of the copy of a ledger in a database that it is being made anew. */
export const HALF_MADE = "isHalfMade";

/** What tells one making of a copy from another. */
interface MakingState {
  readonly era?: number;
  readonly prune?: string;
  readonly [HALF_MADE]?: boolean;
}

/** One making of the copy of a ledger in a database: what is read of two of them does not belong together. */
export class ReplicaMaking {
  readonly #root: string;
  readonly #fileSystem: FileSystem;
  readonly #era: number;
  readonly #prune: string;

  private constructor(root: string, fileSystem: FileSystem, { era = 0, prune = "" }: MakingState) {
    this.#root = root;
    this.#fileSystem = fileSystem;
    this.#era = era;
    this.#prune = prune;
  }

  /**
   * The present one; to be asked for before anything of the copy is listed.
   *
   * @throws LedgerUnavailableError where it has not ended: no sum would be right.
   */
  static async read(root: string, fileSystem: FileSystem): Promise<ReplicaMaking> {
    const state = await readState(root, fileSystem);
    if (state[HALF_MADE] !== true) return new ReplicaMaking(root, fileSystem, state);
    const why = "this host's copy of the ledger is being made anew, because the ledger was pruned or restored";
    throw new LedgerUnavailableError(root, `${why}; ask by its URL, or again in a while`);
  }

  /** @throws LedgerChangedError where there has been another one since. */
  async refuseAnother(): Promise<void> {
    const { era = 0, prune = "", [HALF_MADE]: isHalfMade } = await readState(this.#root, this.#fileSystem);
    // The first rows of a copy bring its era.
    const isSame = prune === this.#prune && (era === this.#era || this.#era === 0);
    if (isHalfMade === true || !isSame) throw new LedgerChangedError(`${this.#root} was made anew meanwhile`);
  }
}

async function readState(root: string, fileSystem: FileSystem): Promise<MakingState> {
  const initial: MakingState = {};
  return (await openDocument(join(root, REPLICA_STATE), initial, { fileSystem })).data;
}
