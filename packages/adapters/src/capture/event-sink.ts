import type { LedgerEvent, LedgerKey, LedgerSettings, LedgerView } from "@farthing/ledger";

/**
 * What capture records to: a `Ledger`, or anything else that takes events without waiting, such as a writer of NDJSON.
 *
 * A ledger fits as it is.
 */
export interface EventSink {
  /** Takes an event without waiting and without ever throwing. */
  record(event: LedgerEvent): void;
  /** Resolves when everything recorded before is where it belongs. */
  flush(): Promise<void>;
  /** The key that prompts are fingerprinted with; null where there is none, and prompts are then left out. */
  fingerprintKey(): Promise<LedgerKey | null>;
  /**
   * Calls back when it is about to be closed, and still takes events, until a promise that is returned has settled. Returns
   * what undoes it.
   */
  onClosing?(listener: () => unknown): () => void;
  /**
   * The events that are recorded under some ids, merged, those included that were recorded here before. Absent where what
   * is recorded cannot be read again: results of batches are then joined to their requests on import.
   */
  find?(ids: Iterable<string>): Promise<ReadonlyMap<string, LedgerEvent>>;
  /** Which labels are personal where it is recorded. Absent where that is not known. */
  readonly settings?: { read(): Promise<Pick<LedgerSettings, "personalLabels">> };
  /** The prices that are set where it is recorded. Absent where that is not known. */
  view?(): Promise<Pick<LedgerView, "priceSets">>;
}
