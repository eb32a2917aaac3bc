import type { Ledger } from "../ledger-api.ts";
import type { Pseudonymize } from "../privacy/pseudonymize.ts";
import type { JoinedLedger } from "../store/postgres/joined-ledger.ts";
import type { LifeSaid } from "./forward-state.ts";
import { sharedPseudonymizer } from "./shared-labels.ts";

/** What a shared ledger said of itself. */
export interface Joined extends LifeSaid {
  readonly id: string;
  /** What an event becomes before it leaves this host. */
  readonly pseudonymize: Pseudonymize;
}

/** So long it is gone by, in milliseconds: settings can change meanwhile. */
const KNOWN_MS = 60_000;

/** Which ledger a database holds, and which life it lives: as it said within the last minute. */
export class KnownLife {
  readonly #ledger: Ledger;
  readonly #ask: () => Promise<JoinedLedger>;
  readonly #now: () => number;
  #joined: Joined | null = null;
  #at = -Infinity;

  /**
   * @param ledger The host's own.
   * @param ask Asks the database.
   * @param now Milliseconds since 1970.
   */
  constructor(ledger: Ledger, ask: () => Promise<JoinedLedger>, now: () => number) {
    this.#ledger = ledger;
    this.#ask = ask;
    this.#now = now;
  }

  /** Throws as asking does. */
  async get(): Promise<Joined> {
    const at = this.#now();
    if (this.#joined !== null && Math.abs(at - this.#at) < KNOWN_MS) return this.#joined;
    const { id, incarnation, settings, nextTransaction = null } = await this.#ask();
    const pseudonymize = await sharedPseudonymizer(this.#ledger, { settings });
    this.#at = at;
    return (this.#joined = { id, incarnation, nextTransaction, pseudonymize });
  }

  /** It is asked anew before it is gone by again. */
  forget(): void {
    this.#joined = null;
  }
}
