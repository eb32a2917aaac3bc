import { LedgerUnavailableError } from "../errors.ts";
import { latest } from "../events/joins.ts";
import type { ForwardState } from "./forward-state.ts";
import type { PendingBatch } from "./pending-batches.ts";

/** What became of a batch. */
export interface SentBatch {
  /** The transaction that committed it; null where that is not known. */
  readonly transaction: string | null;
  /** When, in milliseconds since 1970. */
  readonly at: number;
}

/**
 * How far a folder was forwarded once a batch is committed. Where its transaction is an earlier one than the newest that is
 * remembered, the database was put back since it was asked which life it lives: nothing counts as forwarded by that, and
 * which life it was is not known any more.
 */
export function withSent(state: ForwardState, batch: PendingBatch, { transaction, at }: SentBatch): ForwardState {
  const newest = state.transaction ?? null;
  if (transaction !== null && newest !== null && BigInt(transaction) < BigInt(newest)) {
    const { incarnation: _incarnation, ...unknown } = state;
    return unknown;
  }
  return {
    ...state,
    transaction: transaction ?? newest,
    position: batch.position,
    told: batch.told,
    forwarded: state.forwarded + batch.lines.length,
    at,
    newestAt: latest(state.newestAt, batch.newestAt),
    error: null,
    isRefused: false,
  };
}

/** Of a database that was put back while it was forwarded to. */
export class BeganAgainError extends LedgerUnavailableError {
  /** @param name Of the database, without credentials. */
  constructor(name: string) {
    const why = "began again before what was committed, as a database does that is put back to an earlier state";
    super(name, `${why}; everything is sent again with the next try`);
  }
}
