import { LedgerPrunedError } from "../errors.ts";
import type { PeriodClosed } from "../events/event.ts";
import type { Money } from "../money/money.ts";
import { add, parseUsd, subtract, sum, ZERO } from "../money/money.ts";
import type { PriceBook } from "../pricing/price-book.ts";
import { askRows } from "../projections/ask-rows.ts";
import type { SpendQuery } from "../projections/spend.ts";
import { spendProjection } from "../projections/tally-projections.ts";
import type { Position } from "../store/event-store.ts";
import { nodeFileSystem, type FileSystem } from "../store/file/file-system.ts";
import { askView } from "../store/view/open-view.ts";
import type { LedgerView } from "../store/view/view.ts";
import { bookThen } from "./book-then.ts";
import { spanOf } from "./closings.ts";
import { laterChanges, type LaterChange } from "./later-changes.ts";

/** Why a period comes to something else than it was closed with. */
export type AdjustmentKind =
  | LaterChange["kind"]
  /** Prices became known since, or were set, for what the period holds. */
  | "re-rated"
  /** Nobody can tell any more: the detail that was there at the closing was pruned since, so that what is new is not known. */
  | "detail-pruned"
  /** The closing does not say what it was closed with, or lines it rests on were changed: `verify --head` tells. */
  | "unexplained";

/** A part of what a period came to since it was closed. */
export interface Adjustment {
  readonly kind: AdjustmentKind;
  /** Through which source it came; null where that is not a matter of sources. */
  readonly source: string | null;
  /** As whoever took an event back gave it; null otherwise. */
  readonly reason: string | null;
  /** Responses that were added, or taken away; null where the same ones cost something else. */
  readonly requests: number | null;
  readonly usd: Money;
}

export interface AdjustmentsOptions {
  readonly path: string;
  /** The ledger as it is to be told. */
  readonly view: LedgerView;
  /** Prices as they are to be told. */
  readonly book: PriceBook;
  /** What the period comes to in this view at these prices. */
  readonly usd: Money;
  readonly timeZone: string;
  /** Default: this machine's. */
  readonly fileSystem?: FileSystem;
}

/**
 * What changed a closed period since, by reason; the amounts sum to what it comes to less the closed figure, exactly.
 *
 * Reads the ledger as it was at the closing's position, and every line after it.
 *
 * @throws LedgerUnavailableError when the operating system refuses.
 */
export async function adjustmentsTo(
  closing: PeriodClosed,
  options: AdjustmentsOptions,
): Promise<readonly Adjustment[]> {
  const { view, usd, path, fileSystem = nodeFileSystem } = options;
  const figure = parseUsd(closing.usd);
  try {
    return await askView([path], { asOf: closing.position as Position, columns: "use", fileSystem }, async (then) => {
      const query = queryOf(closing, bookThen(closing, then), options.timeZone);
      const foundThen = await totalOf(then, query);
      const foundNow = await totalOf(view, query);
      const changes = await laterChanges({ path, closing, before: then, after: view, query, fileSystem });
      const known = sum(changes.map((change) => change.usd));
      // A book that is not the one it was closed with is all that can be had: what it tells otherwise is a matter of prices.
      const isSameBook = query.book.hash === closing.priceBookHash;
      const drift = subtract(foundThen, figure);
      const rest = subtract(subtract(foundNow, foundThen), known);
      const rerated = add(subtract(usd, foundNow), isSameBook ? ZERO : drift);
      return [...changes, ...oneOf("re-rated", rerated), ...oneOf("unexplained", add(rest, isSameBook ? drift : ZERO))];
    });
  } catch (error) {
    if (!(error instanceof LedgerPrunedError)) throw error;
    const query = queryOf(closing, bookThen(closing, view), options.timeZone);
    const foundNow = await totalOf(view, query);
    return [...oneOf("re-rated", subtract(usd, foundNow)), ...oneOf("detail-pruned", subtract(foundNow, figure))];
  }
}

function oneOf(kind: AdjustmentKind, usd: Money): Adjustment[] {
  return usd === ZERO ? [] : [{ kind, source: null, reason: null, requests: null, usd }];
}

function queryOf(closing: PeriodClosed, book: PriceBook, timeZone: string): SpendQuery {
  const { from, until } = spanOf(closing);
  return { by: [], where: [], since: from, until, timeZone, book };
}

async function totalOf(view: LedgerView, query: SpendQuery): Promise<Money> {
  return (await askRows(spendProjection(query), view, null)).total.usd;
}
