import type { Ledger } from "../ledger-api.ts";
import type { Forwarder } from "./forwarder.ts";
import type { OutboxPlaces } from "./outbox-places.ts";

/** A folder that is forwarded. */
export interface Outbox {
  readonly ledger: Ledger;
  readonly forwarder: Forwarder;
}

export interface JoinedOutboxesOptions {
  readonly places: OutboxPlaces;
  /** Opens an outbox and begins to forward it. */
  readonly open: (path: string) => Promise<Outbox>;
  readonly onError: (error: unknown) => void;
}

/** Outboxes that are found to be of a ledger as soon as its database has said which one it holds. */
export class JoinedOutboxes {
  readonly #options: JoinedOutboxesOptions;
  readonly #others: Outbox[] = [];
  #done: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: JoinedOutboxesOptions) {
    this.#options = options;
  }

  /**
   * Forwards what waits for the ledger elsewhere, in the background.
   *
   * @param path Of the outbox that is recorded to, which is forwarded already.
   */
  begin(id: string, path: string): void {
    const { places, open, onError } = this.#options;
    const work = async (): Promise<void> => {
      for (const other of await places.others(id, path)) {
        if (!this.#closed) this.#others.push(await open(other));
      }
    };
    this.#done = work().catch(onError);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#done;
    await Promise.all(this.#others.map(({ ledger }) => ledger.close()));
  }
}
