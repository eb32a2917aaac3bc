import { LedgerPrunedError } from "../errors.ts";
import type { KnownEvent, PeriodClosed } from "../events/event.ts";
import { foldAccount } from "../projections/account.ts";
import { askRows } from "../projections/ask-rows.ts";
import type { Checkpoints } from "../projections/checkpoints.ts";
import type { CostDriverRow, CostDrivers } from "../projections/cost-drivers.ts";
import { rowsOfAccount } from "../projections/row-batches.ts";
import type { SpendQuery } from "../projections/spend.ts";
import { costDriversProjection } from "../projections/tally-projections.ts";
import type { Position } from "../store/event-store.ts";
import { nodeFileSystem, type FileSystem } from "../store/file/file-system.ts";
import { askView } from "../store/view/open-view.ts";
import type { LedgerView } from "../store/view/view.ts";
import type { AdjustmentKind } from "./adjustments.ts";
import { bookThen } from "./book-then.ts";
import { changedFacts } from "./changed-facts.ts";

/** Charges that count otherwise since a period was closed, for one reason. */
export interface ChargeChange {
  readonly kind: AdjustmentKind;
  readonly source: string | null;
  readonly reason: string | null;
  /** Charges that no longer count, and those that count in their place. */
  readonly before: readonly CostDriverRow[];
  readonly after: readonly CostDriverRow[];
}

/** What a closed period was charged for when it was closed, and what changed that. */
export interface ClosedCharges {
  /** At the prices it was closed at; null where nobody can tell any more: the detail that was there at the closing was pruned since. */
  readonly asClosed: readonly CostDriverRow[] | null;
  /** What made these charges today's. What is missing from them is not explained. Empty where `asClosed` is null. */
  readonly changes: readonly ChargeChange[];
  /** As the ledger is to be told. */
  readonly now: CostDrivers;
  /** Whether prices are those that the closing names. */
  readonly isSameBook: boolean;
}

export interface ClosedChargesOptions {
  readonly path: string;
  /** The ledger as it is to be told. */
  readonly view: LedgerView;
  /** Where sums of this view are kept; null where they are not. */
  readonly checkpoints: Checkpoints | null;
  /** The period or a part of it, and some of its requests, at the prices as they are to be told. */
  readonly query: SpendQuery;
  /** Default: this machine's. */
  readonly fileSystem?: FileSystem;
}

/**
 * What a closed period, or a part of it, was charged for when it was closed, and what it is charged for now.
 *
 * Reads the ledger as it was at the closing's position, and every line after it.
 *
 * @throws LedgerUnavailableError when the operating system refuses.
 */
export async function closedCharges(closing: PeriodClosed, options: ClosedChargesOptions): Promise<ClosedCharges> {
  const { path, view, query, checkpoints, fileSystem = nodeFileSystem } = options;
  const now = await askRows(costDriversProjection(query), view, checkpoints);
  const asOf = closing.position as Position;
  try {
    return await askView([path], { asOf, columns: "use", fileSystem }, async (before) => {
      const book = bookThen(closing, before);
      const then: SpendQuery = { ...query, book };
      const { rows } = await askRows(costDriversProjection(then), before, null);
      const facts = await changedFacts({ path, closing, before, after: view, fileSystem });
      const changes = facts.map(({ kind, source, reason, ...changed }) => {
        return { kind, source, reason, before: chargesOf(changed.before, then), after: chargesOf(changed.after, then) };
      });
      const isRepriced = book.hash !== query.book.hash;
      const atPricesThen = isRepriced ? (await askRows(costDriversProjection(then), view, null)).rows : [];
      const rerated = { kind: "re-rated", source: null, reason: null, before: atPricesThen, after: now.rows } as const;
      return {
        asClosed: rows,
        changes: isRepriced ? [...changes, rerated] : changes,
        now,
        isSameBook: book.hash === closing.priceBookHash,
      };
    });
  } catch (error) {
    if (!(error instanceof LedgerPrunedError)) throw error;
    return { asClosed: null, changes: [], now, isSameBook: false };
  }
}

function chargesOf(events: readonly KnownEvent[], query: SpendQuery): readonly CostDriverRow[] {
  const state = costDriversProjection(query).newState();
  state.add(rowsOfAccount(foldAccount(events)));
  return state.result().rows;
}
