import {
  calendarOf,
  closingOf,
  closingsIn,
  loadClosing,
  type Adjustment,
  type PeriodClosed,
  type SpendResult,
} from "@farthing/ledger";
import { parsePeriod } from "../flags/period.ts";
import type { FilterFlags, Selection } from "../flags/selection.ts";

/** What is known of a period's closing. */
export interface ClosedPeriodAnswer {
  /** Null where the period is open, or where only a part of it, or several ledgers, were asked. */
  readonly closing: PeriodClosed | null;
  /** What came since; they sum to the total less the closed figure. */
  readonly adjustments: readonly Adjustment[];
  /** Why a closing, if there is one, is not told. */
  readonly untold: "several-ledgers" | "part-of-period" | null;
}

/** A selection in the time zone in which its period was closed, unless another one was asked for. */
export function inClosedZone(selection: Selection, { period, tz }: FilterFlags): Selection {
  if (period === undefined || tz !== undefined || selection.contents.paths.length !== 1) return selection;
  const asked = parsePeriod(period);
  for (const { from, until, timeZone } of closingsIn(selection.contents.view.others)) {
    if (timeZone === undefined) continue;
    const span = asked(calendarOf(timeZone));
    if (span.since === Date.parse(from) && span.until === Date.parse(until)) return { ...selection, ...span, timeZone };
  }
  return selection;
}

/** The closing of the period that a selection is of, and what was adjusted since. */
export async function closedPeriodOf(selection: Selection, { total }: SpendResult): Promise<ClosedPeriodAnswer> {
  const { contents, since, until, where, book, timeZone } = selection;
  const [path = "", ...others] = contents.paths;
  if (others.length > 0) return { closing: null, adjustments: [], untold: "several-ledgers" };
  const closing = closingOf(closingsIn(contents.view.others), { from: since ?? 0, until: until ?? 0 });
  if (closing === null) return { closing, adjustments: [], untold: null };
  if (where.length > 0) return { closing: null, adjustments: [], untold: "part-of-period" };
  const { adjustmentsTo } = await loadClosing();
  const options = { path, view: contents.view, book, usd: total.usd, timeZone };
  return { closing, adjustments: await adjustmentsTo(closing, options), untold: null };
}
