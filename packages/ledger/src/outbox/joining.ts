import { setTimeout as wait } from "node:timers/promises";
import { LedgerFormatError, LedgerNotFoundError, LedgerUnavailableError } from "../errors.ts";
import type { JoinedLedger } from "../store/postgres/joined-ledger.ts";

/** How long a ledger that is opened to write waits for a database that neither answers nor refuses, in milliseconds. */
const OPEN_MS = 2000;

export interface JoiningOptions {
  /** The database, without credentials. */
  readonly name: string;
  /** Asks it which ledger it holds. */
  readonly ask: () => Promise<JoinedLedger>;
  /** Makes a ledger in it; null where there has to be one. */
  readonly make: (() => Promise<JoinedLedger>) | null;
}

/** Which ledger a database holds: asked when it is to be known, and remembered while the database is away. */
export class Joining {
  readonly #name: string;
  readonly #ask: () => Promise<JoinedLedger>;
  readonly #make: (() => Promise<JoinedLedger>) | null;
  #expected: { readonly id: string; readonly outbox: string } | null = null;
  #onJoined: ((id: string) => void) | null = null;
  #joined: string | null = null;
  #remembered: string | null = null;

  constructor({ name, ask, make }: JoiningOptions) {
    this.#name = name;
    this.#ask = ask;
    this.#make = make;
  }

  /** Of the ledger; null where the database is not known to have answered, ever. */
  get id(): string | null {
    return this.#joined ?? this.#expected?.id ?? this.#remembered;
  }

  /** The database held this one when it answered last. */
  remember(id: string): void {
    this.#remembered = id;
  }

  /** What is recorded waits in an outbox that is of one ledger, and no other may be joined from now on. */
  expect(id: string, outbox: string): void {
    this.#expected = { id, outbox };
  }

  /** Calls back once, as soon as the database has answered. */
  onJoined(listener: (id: string) => void): void {
    if (this.#joined === null) this.#onJoined = listener;
    else listener(this.#joined);
  }

  /**
   * Asks the database.
   *
   * @throws LedgerUnavailableError, LedgerNotFoundError
   * @throws LedgerFormatError also where it holds another ledger than what is recorded is for.
   */
  async join(): Promise<JoinedLedger> {
    return this.#take(this.#ask());
  }

  /**
   * Asks the database, and waits two seconds at most for it to answer; null where it is away.
   *
   * @throws LedgerUnavailableError, LedgerNotFoundError, LedgerFormatError where it answers, and refuses.
   */
  async joinSoon(): Promise<JoinedLedger | null> {
    const asked = this.#ask();
    const over = new AbortController();
    const isAway = await Promise.race([
      asked.then(() => false, tellsOfAbsence),
      wait(OPEN_MS, true, { signal: over.signal }),
    ]);
    over.abort();
    return isAway ? null : this.#take(asked);
  }

  async #take(asked: Promise<JoinedLedger>): Promise<JoinedLedger> {
    const joined = await this.#orMade(asked);
    if (this.#expected !== null && this.#expected.id !== joined.id) {
      const { id, outbox } = this.#expected;
      throw new LedgerFormatError(
        this.#name,
        `holds the ledger ${joined.id} now, and what was recorded is for ${id}: it waits in ${outbox}; open the ledger ` +
          `again to record for the new one, and to send it what waits: farthing forward --ledger ${outbox} --to URL`,
      );
    }
    this.#joined = joined.id;
    const listener = this.#onJoined;
    this.#onJoined = null;
    listener?.(joined.id);
    return joined;
  }

  async #orMade(asked: Promise<JoinedLedger>): Promise<JoinedLedger> {
    try {
      return await asked;
    } catch (error) {
      if (this.#make === null || !(error instanceof LedgerNotFoundError)) throw error;
      return this.#make();
    }
  }
}

function tellsOfAbsence(error: unknown): boolean {
  return error instanceof LedgerUnavailableError && !error.isRefusal;
}
