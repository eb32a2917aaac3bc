import { NOTHING_DROPPED, sumOf, withEventDropped } from "../events/dropped.ts";
import type { LedgerEvent } from "../events/event.ts";
import { latest } from "../events/joins.ts";
import type { Lacked } from "../store/file/prune-record.ts";

/** Adds up, by shared ledger, what goes from a folder that it has not. */
export class LackedLines {
  readonly #byLedger = new Map<string, Lacked>();

  add(ledger: string, event: LedgerEvent): void {
    this.#add(ledger, { ...withEventDropped(NOTHING_DROPPED, event), until: event.occurredAt });
  }

  addAll(others: LackedLines): void {
    for (const [ledger, lacked] of others.#byLedger) this.#add(ledger, lacked);
  }

  /** By the ids of the ledgers; absent where there is nothing. */
  forRecord(): { readonly lackedBy?: Readonly<Record<string, Lacked>> } {
    return this.#byLedger.size === 0 ? {} : { lackedBy: Object.fromEntries(this.#byLedger) };
  }

  #add(ledger: string, lacked: Lacked): void {
    const before = this.#byLedger.get(ledger);
    if (before === undefined) this.#byLedger.set(ledger, lacked);
    else this.#byLedger.set(ledger, { ...sumOf(before, lacked), until: latest(before.until, lacked.until) });
  }
}
