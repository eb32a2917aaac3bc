import { LedgerClosedError } from "../../errors.ts";
import type { ClaimedLog } from "./claim-log.ts";

/** The log that this process appends to: another one from when on it has lost the first. */
export class OwnLog {
  readonly #claimAnother: () => Promise<ClaimedLog>;
  #claimed: ClaimedLog;
  #claiming: Promise<void> | null = null;
  #isOver = false;

  /** @param claimAnother Claims a log that nobody ever appended to. */
  constructor(claimed: ClaimedLog, claimAnother: () => Promise<ClaimedLog>) {
    this.#claimed = claimed;
    this.#claimAnother = claimAnother;
  }

  get writer(): string {
    return this.#claimed.writer;
  }

  /** Whether it is this process's still; see `Lock`. */
  isHeld(): boolean {
    return this.#claimed.lock.isHeld();
  }

  /**
   * Goes on with another log; calls that overlap share one.
   *
   * @throws LedgerClosedError once it was released; LedgerLockedError, LedgerUnavailableError
   */
  claimAnother(): Promise<void> {
    this.#claiming ??= this.#claim().finally(() => {
      this.#claiming = null;
    });
    return this.#claiming;
  }

  async release(): Promise<void> {
    this.#isOver = true;
    await this.#claiming?.catch(() => undefined);
    await this.#claimed.lock.release();
  }

  async #claim(): Promise<void> {
    await this.#claimed.lock.release();
    if (this.#isOver) throw new LedgerClosedError();
    this.#claimed = await this.#claimAnother();
  }
}
