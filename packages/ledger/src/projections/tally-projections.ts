import { canonicalJson } from "../events/canonical.ts";
import type { PriceBook } from "../pricing/price-book.ts";
import type { RowBatch } from "../rows/request-rows.ts";
import { costDriversOf, type CostDrivers } from "./cost-drivers.ts";
import { CONTEXT_WINDOW_TOKENS, recordedUsageOf, type RecordedUsage } from "./recorded-usage.ts";
import type { RowProjection, RowState } from "./row-projection.ts";
import { spendOf, type SpendQuery, type SpendResult } from "./spend.ts";
import type { StateParts } from "./state-codec.ts";
import { tallyFromState, tallyToState } from "./tally-state.ts";
import { Tally, type TallyQuery } from "./tally.ts";
import { TotalsState, type TotalsQuery, type TotalsResult } from "./totals.ts";

/** Raised when equal rows are summed or priced differently; checkpoints of another version are rebuilt. */
const VERSION = 8;

/** `querySpend` as a projection that can be kept between questions; see `askRows`. */
export function spendProjection(query: SpendQuery): RowProjection<SpendResult> {
  return groupedProjection("spend", query, { longPromptTokens: null }, (tally) => spendOf(tally.cells(), query.by));
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

/** What drove costs as a projection that can be kept between questions; see `askRows` and `CostDrivers`. */
export function costDriversProjection(query: SpendQuery): RowProjection<CostDrivers> {
  const options = { longPromptTokens: null, drivers: true };
  return groupedProjection("drivers", query, options, (tally) => costDriversOf([...tally.cells()], query.by));
}

/** What was recorded and is billed as a projection that can be kept between questions; see `RecordedUsage`. */
export function recordedUsageProjection(query: SpendQuery): RowProjection<readonly RecordedUsage[]> {
  const options = { longPromptTokens: CONTEXT_WINDOW_TOKENS, billedAs: true };
  return groupedProjection("recorded-usage", query, options, (tally) => recordedUsageOf(tally.cells(), query.by));
}

/** A projection whose state is a tally by the groups of its query. */
function groupedProjection<Result>(
  name: string,
  query: SpendQuery,
  options: Pick<TallyQuery, "longPromptTokens" | "drivers" | "billedAs">,
  resultOf: (tally: Tally) => Result,
): RowProjection<Result> {
  const stateOf = (tally: Tally): RowState<Result> => ({
    add: (batch: RowBatch) => tally.add(batch),
    subtract: (batch: RowBatch) => tally.subtract(batch),
    isExact: () => tally.isExact(),
    result: () => resultOf(tally),
    parts: () => tallyToState(tally.parts()),
  });
  const newTally = (): Tally => new Tally({ ...query, ...options });
  return {
    name,
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

const PROJECTIONS: ReadonlyMap<string, (query: SpendQuery & TotalsQuery) => RowProjection<unknown>> = new Map<
  string,
  (query: SpendQuery & TotalsQuery) => RowProjection<unknown>
>([
  ["spend", spendProjection],
  ["drivers", costDriversProjection],
  ["totals", totalsProjection],
  ["recorded-usage", recordedUsageProjection],
]);

/** The one of these projections that a checkpoint is of, under a price book; null where it is of another. */
export function tallyProjectionOf(
  [name, version, question]: readonly [name: string, version: number, question: string],
  book: PriceBook,
): RowProjection<unknown> | null {
  if (version !== VERSION) return null;
  const asked = JSON.parse(question) as SpendQuery & TotalsQuery & { readonly sessions?: boolean };
  const projection = PROJECTIONS.get(name)?.({ ...asked, book, sessionsMax: asked.sessions === true ? 1 : null });
  return projection?.question === question ? projection : null;
}

function questionOf({ where, since, until, timeZone, book }: Omit<SpendQuery, "by">, rest: object): string {
  const conditions = where.map(({ key, value }) => ({ key, value }));
  return canonicalJson({ where: conditions, since, until, timeZone, book: book.hash, ...rest });
}
