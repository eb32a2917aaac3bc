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
  type Instant,
  type LedgerView,
  type RecordedUsage,
} from "@farthing/ledger";
import { granularityOf } from "../../reconcile/cells.ts";
import type { Evidence } from "../../reconcile/evidence.ts";
import { RECORDED_BY } from "../../reconcile/recorded-side.ts";
import { reconcile } from "../../reconcile/reconcile.ts";
import type { Reconciliation, Slice } from "../../reconcile/reconciliation.ts";
import { statedWithin } from "../../reconcile/stated-amount.ts";
import { rowEvidence } from "../../reconcile/row-evidence.ts";
import type { Selection } from "../flags/selection.ts";

/**
 * Holds the bill account of ledgers against what they recorded.
 *
 * @param asked Null for all that the bill tells.
 * @param options Whether single requests may be looked at, where sums leave something open: that takes a pass over all.
 * @returns Null where nothing is known of the bill of that time.
 */
export async function askReconciliation(
  selection: Selection,
  asked: Slice | null,
  options: { readonly withRows: boolean } = { withRows: true },
): Promise<Reconciliation | null> {
  const { contents, book } = selection;
  const { view, checkpoints, settings } = contents;
  const wanted = asked ?? toldBy(billOf(view.others, EVER));
  if (wanted === null) return null;
  const bill = billOf(view.others, { since: wanted.from, until: wanted.until });
  const told = toldBy(bill);
  if (told === null) return null;
  const period = bill.cost.covered.length > 0 ? wanted : withLocalEnds(wanted, told);
  if (bill.cost.covered.length === 0 && statedWithin(bill, period) === null) return null;
  const by = [granularityOf(bill), ...RECORDED_BY] as const;
  const query = { by, where: [], since: period.from, until: period.until, timeZone: "UTC", book };
  const recorded = await askRows(recordedUsageProjection(query), view, checkpoints);
  const evidence = await evidenceIn(view, selection);
  const input = { period, bill, recorded, evidence, discountPercent: settings.discountPercent };
  const fromSums = reconcile(input);
  if (!options.withRows || !rowsTellMore(fromSums, recorded)) return fromSums;
  const rows = view.batches({ details: true });
  const submitted = submittedIn(view);
  const more = await rowEvidence(rows, period, granularityOf(bill), (batch) => submitted.get(batch) ?? null);
  return reconcile({ ...input, evidence: { ...evidence, ...more } });
}

/** Whether there are batches, which can be billed at another time, or more is recorded somewhere than was billed. */
function rowsTellMore({ parts }: Reconciliation, recorded: readonly RecordedUsage[]): boolean {
  return (
    recorded.some(({ billedAs }) => billedAs.serviceTier === "batch") ||
    parts.some((part) => part.cause === "unknown" && part.usd < 0n)
  );
}

/** A period with the ends of what was stated of it, which are those of days somewhere in the world. */
function withLocalEnds(wanted: Slice, told: Slice): Slice {
  const near = (a: Instant, b: Instant): boolean => Math.abs(a - b) < DAY_MS;
  return {
    from: near(wanted.from, told.from) ? told.from : wanted.from,
    until: near(wanted.until, told.until) ? told.until : wanted.until,
  };
}

const DAY_MS = 86_400_000;
/** A batch ends, or expires, within 24 hours (Message Batches documentation, checked 2026-11-22). */
const BATCH_MS_MAX = DAY_MS;
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

/** What is known without looking at single requests. */
async function evidenceIn(view: LedgerView, { contents }: Selection): Promise<Evidence> {
  const marks = view.others.filter(isCaptureMark);
  const last =
    marks.length === 0 ? null : await askRows(lastRequestsProjection(["service", "host"]), view, contents.checkpoints);
  const unread = await unreadBatches(view);
  return {
    captures: captureTimes(marks, (service, host) => last?.get(JSON.stringify([service, host])) ?? null),
    dropped: view.others
      .filter((event) => isEventOf(event, "EventsDropped"))
      .map(({ occurredAt, tokens }) => ({ at: Date.parse(occurredAt), tokens })),
    unreadBatches: unread.flatMap(({ submittedAt, endedAt }) => {
      const from = submittedAt ?? (endedAt === null ? null : endedAt - BATCH_MS_MAX);
      return from === null ? [] : [{ from, until: endedAt ?? from + BATCH_MS_MAX }];
    }),
    batches: [],
    repeated: [],
  };
}

/** When batches were submitted, by their id. */
function submittedIn(view: LedgerView): ReadonlyMap<string, Instant> {
  return new Map(
    view.others
      .filter((event) => isEventOf(event, "BatchSubmitted"))
      .map(({ batch, occurredAt }) => [batch, Date.parse(occurredAt)]),
  );
}
