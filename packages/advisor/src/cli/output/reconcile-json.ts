import { formatInstant, formatUsd, money, ratio, sum } from "@farthing/ledger";
import { causeWords, reconciliationNotes } from "../../reconcile/cause-words.ts";
import { RESIDUAL_CLASSES, type Reconciliation } from "../../reconcile/reconciliation.ts";
import type { CheckedLimit } from "../../reconcile/residual-limit.ts";
import type { ReconcileDocument } from "../../schemas/reconcile.ts";

/** What a reconciliation was asked of. */
export interface ReconcileAnswer {
  readonly ledgers: readonly string[];
  readonly priceBookHash: string;
  readonly reconciliation: Reconciliation;
  /** Those that were given. */
  readonly limits: readonly CheckedLimit[];
}

const HOUR_MS = 3_600_000;

/** The JSON document of a reconciliation. */
export function reconciliationToJson({
  ledgers,
  priceBookHash,
  reconciliation,
  limits,
}: ReconcileAnswer): ReconcileDocument {
  const { bill, ledger, period, parts } = reconciliation;
  const classes = RESIDUAL_CLASSES.map((kind) => ({
    class: kind,
    usd: sum(parts.filter((part) => part.class === kind).map(({ usd }) => usd)),
  }));
  return {
    schemaVersion: 1,
    ledgers,
    since: formatInstant(period.from),
    until: formatInstant(period.until),
    by: reconciliation.by,
    coveredHours: reconciliation.coveredMs / HOUR_MS,
    priceBook: priceBookHash,
    bill: {
      listUsd: formatUsd(bill.listUsd),
      billedUsd: bill.billedUsd === null ? null : formatUsd(bill.billedUsd),
      listFrom: bill.listFrom,
      discountUsd: bill.billedUsd === null ? null : formatUsd(money(bill.listUsd - bill.billedUsd)),
      source: bill.source,
      statedUsd: bill.statedUsd === null ? null : formatUsd(bill.statedUsd),
      refreshedAt: bill.refreshedAt === null ? null : formatInstant(bill.refreshedAt),
      hasUsage: bill.hasUsage,
      incomplete: bill.incomplete,
      linesLeftOut: bill.linesLeftOut,
    },
    ledger: {
      usd: formatUsd(ledger.usd),
      requests: ledger.requests,
      notionalUsd: formatUsd(ledger.notionalUsd),
      notComparedUsd: formatUsd(ledger.notComparedUsd),
    },
    residualUsd: formatUsd(reconciliation.residualUsd),
    coverage: bill.listUsd > 0n ? ratio(ledger.usd, bill.listUsd) : null,
    classes: classes
      .filter(({ usd }) => usd !== 0n)
      .map(({ class: kind, usd }) => ({ class: kind, usd: formatUsd(usd) })),
    parts: parts.map((part) => ({
      class: part.class,
      cause: part.cause,
      dimensions: part.dimensions,
      item: part.item,
      usd: formatUsd(part.usd),
      quantity: part.quantity === null ? null : String(part.quantity),
      reason: part.reason,
      from: formatInstant(part.span.from),
      until: formatInstant(part.span.until),
      slices: part.slices,
      next: causeWords(part).next,
    })),
    limits: limits.map(({ of, allowedUsd, foundUsd, holds }) => ({
      of,
      allowedUsd: formatUsd(allowedUsd),
      foundUsd: formatUsd(foundUsd),
      holds,
    })),
    comparedBy: reconciliation.comparedBy,
    unknownHere: reconciliation.unknownHere,
    rows: reconciliation.rows.map((row) => ({
      dimensions: row.dimensions,
      item: row.item,
      billedUsd: formatUsd(row.billedUsd),
      recordedUsd: formatUsd(row.recordedUsd),
      billedQuantity: row.billedQuantity === null ? null : String(row.billedQuantity),
      recordedQuantity: String(row.recordedQuantity),
    })),
    notes: reconciliationNotes(reconciliation),
  };
}
