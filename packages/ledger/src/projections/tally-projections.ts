import { canonicalJson } from "../events/canonical.ts";
import type { PriceBook } from "../pricing/price-book.ts";
import type { RowBatch } from "../rows/request-rows.ts";
import type { RowProjection, RowState } from "./row-projection.ts";
import { spendOf, type SpendQuery, type SpendResult } from "./spend.ts";
import type { StateParts } from "./state-codec.ts";
import { tallyFromState, tallyToState } from "./tally-state.ts";
import { Tally } from "./tally.ts";
import { TotalsState, type TotalsQuery, type TotalsResult } from "./totals.ts";

/** Raised when equal rows are summed or priced differently; checkpoints of another version are rebuilt. */
const VERSION = 5;

/** `querySpend` as a projection that can be kept between questions; see `askRows`. */
export function spendProjection(query: SpendQuery): RowProjection<SpendResult> {
  const stateOf = (tally: Tally): RowState<SpendResult> => ({
    add: (batch: RowBatch) => tally.add(batch),
    subtract: (batch: RowBatch) => tally.subtract(batch),
    isExact: () => tally.isExact(),
    result: () => spendOf(tally.cells(), query.by),
    parts: () => tallyToState(tally.parts()),
  });
  const newTally = (): Tally => new Tally({ ...query, longPromptTokens: null });
  return {
    name: "spend",
    version: VERSION,
    question: questionOf(query, { by: query.by }),
    newState: () => stateOf(newTally()),
    restore: (parts) => {
      const tally = newTally();
      tally.restore(tallyFromState(parts));
      return stateOf(tally);
    },
  };
}

/** `queryTotals` as a projection that can be kept between questions; see `askRows`. */
export function totalsProjection(query: TotalsQuery): RowProjection<TotalsResult> {
  return {
    name: "totals",
    version: VERSION,
    question: questionOf(query, { longPromptTokens: query.longPromptTokens, sessions: query.sessionsMax !== null }),
    newState: () => new TotalsState(query),
    restore: (parts: StateParts) => {
      const state = new TotalsState(query);
      state.restore(parts);
      return state;
    },
  };
}

/** The one of these projections that a checkpoint is of, under a price book; null where it is of another. */
export function tallyProjectionOf(
  [name, version, question]: readonly [name: string, version: number, question: string],
  book: PriceBook,
): RowProjection<unknown> | null {
  if ((name !== "spend" && name !== "totals") || version !== VERSION) return null;
  const asked = JSON.parse(question) as SpendQuery & TotalsQuery & { readonly sessions: boolean };
  const query = { ...asked, book, sessionsMax: asked.sessions ? 1 : null };
  const projection = name === "spend" ? spendProjection(query) : totalsProjection(query);
  return projection.question === question ? projection : null;
}

function questionOf({ where, since, until, timeZone, book }: Omit<SpendQuery, "by">, rest: object): string {
  const conditions = where.map(({ key, value }) => ({ key, value }));
  return canonicalJson({ where: conditions, since, until, timeZone, book: book.hash, ...rest });
}
