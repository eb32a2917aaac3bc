import { withNextStep } from "../describe-failure.ts";

/** How soon one and the same reason is told again, in milliseconds. */
const AGAIN_MS = 600_000;

export interface WatchWordsOptions {
  /** The folder. */
  readonly from: string;
  /** The database, without credentials. */
  readonly to: string;
  readonly say: (line: string) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What is said while a folder is forwarded until somebody interrupts: each thing that changes, and no try by itself. */
export class WatchWords {
  readonly #options: WatchWordsOptions;
  /** When each reason was told, while the database is away. */
  readonly #told = new Map<string, number>();
  #isAway = false;
  /** Why the last try failed, of which another listener hears, too. */
  #lastError: unknown = null;

  constructor(options: WatchWordsOptions) {
    this.#options = options;
  }

  tried({ error, nextMs }: { readonly error: unknown; readonly nextMs: number }): void {
    const { from, to, say } = this.#options;
    this.#lastError = error;
    if (error !== null) {
      this.#isAway = true;
      const when = `tried again in ${String(Math.ceil(nextMs / 1000))} s, then at least once a minute`;
      this.#tell(error, `; what is not there yet waits in ${from}; ${when}`);
    } else if (this.#isAway) {
      this.#isAway = false;
      this.#told.clear();
      say(`${to} is back: what waited is there`);
    }
  }

  /** What went wrong beside a try. */
  failed(error: unknown): void {
    if (error !== this.#lastError) this.#tell(error, "");
  }

  #tell(error: unknown, more: string): void {
    const { say, now } = this.#options;
    const why = error instanceof Error ? withNextStep(error) : String(error);
    const toldAt = this.#told.get(why);
    // A clock that was set back must not keep it quiet for longer.
    if (toldAt !== undefined && Math.abs(now() - toldAt) < AGAIN_MS) return;
    this.#told.set(why, now());
    say(`${why}${more}`);
  }
}
