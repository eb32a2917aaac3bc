import {
  askRows,
  billOf,
  captureTimes,
  isCaptureMark,
  isEventOf,
  lastRequestsProjection,
  recordedUsageProjection,
  unreadBatches,
  type Bill,
  type LedgerView,
} from "@farthing/ledger";
import { granularityOf, RECORDED_BY } from "../../reconcile/cells.ts";
import type { Evidence } from "../../reconcile/evidence.ts";
import { reconcile } from "../../reconcile/reconcile.ts";
import type { Reconciliation, Slice } from "../../reconcile/reconciliation.ts";
import { rowEvidence } from "../../reconcile/row-evidence.ts";
import type { Selection } from "../flags/selection.ts";

/**
 * Holds the bill account of ledgers against what they recorded.
 *
 * @param asked Null for all that the bill tells.
 * @param options Whether single requests are looked at for what was recorded late or twice, which takes a pass over all.
 * @returns Null where nothing is known of the bill of that time.
 */
export async function askReconciliation(
  selection: Selection,
  asked: Slice | null,
  options: { readonly withRows: boolean } = { withRows: true },
): Promise<Reconciliation | null> {
  const { contents, book } = selection;
  const { view, checkpoints, settings } = contents;
  const period = asked ?? toldBy(billOf(view.others, EVER));
  if (period === null) return null;
  const bill = billOf(view.others, { since: period.from, until: period.until });
  if (toldBy(bill) === null) return null;
  const by = [granularityOf(bill), ...RECORDED_BY] as const;
  const query = { by, where: [], since: period.from, until: period.until, timeZone: "UTC", book };
  return reconcile({
    period,
    bill,
    recorded: await askRows(recordedUsageProjection(query), view, checkpoints),
    evidence: await evidenceIn(view, selection, period, options.withRows),
    discountPercent: settings.discountPercent,
  });
}

const EVER = { since: -8.64e15, until: 8.64e15 };

/** From the first to the last time that the bill tells; null where it tells none. */
function toldBy({ cost, stated }: Bill): Slice | null {
  const spans = cost.covered.length > 0 ? cost.covered : stated;
  if (spans.length === 0) return null;
  return {
    from: Math.min(...spans.map(({ from }) => from)),
    until: Math.max(...spans.map(({ until }) => until)),
  };
}

async function evidenceIn(
  view: LedgerView,
  { contents }: Selection,
  period: Slice,
  withRows: boolean,
): Promise<Evidence> {
  const submitted = new Map<string, number>();
  for (const event of view.others) {
    if (isEventOf(event, "BatchSubmitted")) submitted.set(event.batch, Date.parse(event.occurredAt));
  }
  const marks = view.others.filter(isCaptureMark);
  const last =
    marks.length === 0 ? null : await askRows(lastRequestsProjection(["service", "host"]), view, contents.checkpoints);
  const unread = await unreadBatches(view);
  return {
    captures: captureTimes(marks, (service, host) => last?.get(JSON.stringify([service, host])) ?? null),
    dropped: view.others
      .filter((event) => isEventOf(event, "EventsDropped"))
      .map(({ occurredAt, tokens }) => ({ at: Date.parse(occurredAt), tokens })),
    unreadBatches: unread.map(({ submittedAt }) => submittedAt ?? period.from),
    ...(withRows
      ? await rowEvidence(view.batches({ details: true }), period, (batch) => submitted.get(batch) ?? null)
      : { batches: [], repeated: [] }),
  };
}
