import { buildMissingColumns, type BuildOptions } from "../columns/build-missing.ts";

/** Makes the columns of segments in the background, as they get their last line. */
export class ColumnsOnSeal {
  readonly #root: string;
  readonly #options: BuildOptions;
  readonly #onError: (error: unknown) => void;
  #building: Promise<void> | null = null;
  #isAskedAgain = false;

  constructor(root: string, options: BuildOptions, onError: (error: unknown) => void) {
    this.#root = root;
    this.#options = options;
    this.#onError = onError;
  }

  /** Makes what is missing by now. */
  build(): void {
    this.#isAskedAgain = true;
    this.#building ??= this.#run();
  }

  /** Resolves when nothing is being made. */
  async close(): Promise<void> {
    await this.#building;
  }

  async #run(): Promise<void> {
    // Not within the write that filled the segment.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#isAskedAgain) {
      this.#isAskedAgain = false;
      try {
        await buildMissingColumns(this.#root, this.#options);
      } catch (error) {
        this.#onError(error);
      }
    }
    this.#building = null;
  }
}
