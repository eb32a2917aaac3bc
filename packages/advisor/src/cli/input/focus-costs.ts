import {
  askRows,
  closingsIn,
  closingsWithin,
  costDriversProjection,
  loadClosing,
  spanOf,
  type ClosedSpan,
  type PeriodClosed,
  type SpendQuery,
  type SpendResult,
} from "@farthing/ledger";
import type { ClosedCosts, FocusCosts, OpenCosts } from "../../exports/focus.ts";
import { FOCUS_BY } from "../../exports/focus-charges.ts";
import type { Selection } from "../flags/selection.ts";

/** Costs to be told as FOCUS, and what of them has to be said besides. */
export interface SelectedCosts extends FocusCosts {
  /** Responses without a price. */
  readonly unpriced: number;
  /** Responses at the priority tier. */
  readonly prepaid: number;
  /** Closed periods of which it is not told what was corrected, and why. */
  readonly untold: readonly { readonly span: ClosedSpan; readonly why: "several-ledgers" | "pruned" }[];
}

/** What a selection cost, cut where closings of its ledger begin and end. */
export async function focusCostsOf(selection: Selection): Promise<SelectedCosts> {
  const { paths, view } = selection.contents;
  const closings = withoutOverlap(closingsIn(view.others));
  const asked = { from: selection.since ?? -Infinity, until: selection.until ?? Infinity };
  const concerned = closingsWithin(closings, asked);
  const [path = "", ...others] = paths;
  if (others.length > 0) {
    const parts = [await openCosts(selection, { since: null, until: null })];
    const untold = concerned.map((closing) => ({ span: spanOf(closing), why: "several-ledgers" as const }));
    return { ...summed(parts), closed: [], untold };
  }
  const parts: Told[] = [];
  let since: number | null = null;
  for (const closing of concerned) {
    const { from, until } = spanOf(closing);
    if (from > Math.max(asked.from, since ?? -Infinity)) parts.push(await openCosts(selection, { since, until: from }));
    parts.push(await closedCosts(selection, closing, path));
    since = until;
  }
  if (since === null || since < asked.until) parts.push(await openCosts(selection, { since, until: null }));
  return { ...summed(parts), closed: closings.map(spanOf), untold: parts.flatMap(({ costs }) => prunedIn(costs)) };
}

interface Told {
  readonly costs: OpenCosts | ClosedCosts;
  readonly spend: SpendResult;
}

/** In order of time; of two that overlap the one that was closed first stands. */
function withoutOverlap(closings: readonly PeriodClosed[]): readonly PeriodClosed[] {
  const kept: PeriodClosed[] = [];
  for (const closing of closings) if (closingsWithin(kept, spanOf(closing)).length === 0) kept.push(closing);
  return kept.sort((a, b) => spanOf(a).from - spanOf(b).from);
}

async function openCosts(
  selection: Selection,
  between: { readonly since: number | null; readonly until: number | null },
): Promise<Told> {
  const { view, checkpoints } = selection.contents;
  const { rows, spend } = await askRows(costDriversProjection(queryOf(selection, between)), view, checkpoints);
  return { costs: { closing: null, since: between.since, rows }, spend };
}

async function closedCosts(selection: Selection, closing: PeriodClosed, path: string): Promise<Told> {
  const { view, checkpoints } = selection.contents;
  const { from, until } = spanOf(closing);
  const query = queryOf(selection, { since: from, until });
  const { closedCharges } = await loadClosing();
  const charges = await closedCharges(closing, { path, view, checkpoints, query });
  const isWhole = query.where.length === 0 && query.since === from && query.until === until;
  return { costs: { closing, charges, isWhole }, spend: charges.now.spend };
}

/** The part of a selection between two instants; null where nothing but the selection ends it. */
function queryOf(
  { since, until, where, timeZone, book }: Selection,
  between: { readonly since: number | null; readonly until: number | null },
): SpendQuery {
  return {
    by: FOCUS_BY,
    where,
    timeZone,
    book,
    since: since === null || between.since === null ? (since ?? between.since) : Math.max(since, between.since),
    until: until === null || between.until === null ? (until ?? between.until) : Math.min(until, between.until),
  };
}

function prunedIn(costs: OpenCosts | ClosedCosts): SelectedCosts["untold"] {
  if (costs.closing === null || costs.isWhole || costs.charges.asClosed !== null) return [];
  return [{ span: spanOf(costs.closing), why: "pruned" }];
}

function summed(parts: readonly Told[]): Pick<SelectedCosts, "parts" | "unpriced" | "prepaid"> {
  return {
    parts: parts.map(({ costs }) => costs),
    unpriced: parts.reduce((count, { spend }) => count + spend.total.unpricedRequests, 0),
    prepaid: parts.reduce((count, { spend }) => count + spend.notional.requests, 0),
  };
}
