import { FolderBound, type FolderBoundOptions } from "./folder-bound.ts";

export interface BoundKeeperOptions extends FolderBoundOptions {
  /** Whether it is this one's to keep: who has not the turn leaves it to others, and who closes does not wait for it. */
  readonly mayKeep: () => boolean;
  readonly onError: (error: unknown) => void;
}

/** How often the bound is kept while much is sent. */
const KEEP_MS = 1000;
/** So long a pass sends on while more is recorded than it sends, before what was not sent yet goes. */
const OVER_MS = 60_000;

/** When a folder that is forwarded is kept within its bound. */
export class BoundKeeper {
  readonly #bound: FolderBound;
  readonly #options: BoundKeeperOptions;
  #keptAt = -Infinity;
  /** Since when there has been more than may be, all that was forwarded having gone; null where there is not. */
  #overSince: number | null = null;

  /** @throws InvalidSettingError for a bound that is none. */
  constructor(ledger: { readonly path: string; readonly id: string }, options: BoundKeeperOptions) {
    this.#bound = new FolderBound(ledger, options);
    this.#options = options;
  }

  /** Whether the folder is within its bound once what was forwarded has gone. */
  async keepForwarded(): Promise<boolean> {
    return this.#keep("forwarded");
  }

  /** After a pass: what there is was offered to a database that answers, and none other can be waited for. */
  async keepAny(): Promise<void> {
    await this.#keep("any");
    this.#overSince = null;
  }

  /**
   * Now and then while much is sent; returns whether what was not sent yet may have been lost.
   *
   * @param remember Writes down how far it is. Nothing may be on its way: what is counted as lost is none of what was sent.
   */
  async losesWhileSending(remember: () => Promise<void>): Promise<boolean> {
    const at = this.#options.now();
    if (Math.abs(at - this.#keptAt) < KEEP_MS) return false;
    this.#keptAt = at;
    const isWithin = await this.#keep("forwarded");
    this.#overSince = isWithin ? null : (this.#overSince ?? at);
    if (this.#overSince === null || Math.abs(at - this.#overSince) < OVER_MS) return false;
    await remember();
    await this.keepAny();
    return true;
  }

  async #keep(which: "forwarded" | "any"): Promise<boolean> {
    if (!this.#options.mayKeep()) return true;
    try {
      return await this.#bound.keep(which);
    } catch (error) {
      this.#options.onError(error);
      return true;
    }
  }
}
