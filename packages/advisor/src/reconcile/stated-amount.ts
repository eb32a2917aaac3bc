import {
  money,
  sum,
  ZERO,
  type Bill,
  type Instant,
  type Money,
  type RecordedUsage,
  type StatedAmount,
} from "@farthing/ledger";
import { listAmounts } from "./list-amounts.ts";
import { Parts } from "./parts.ts";
import type { ReconcileInput } from "./reconcile-input.ts";
import type { Reconciliation, Slice } from "./reconciliation.ts";

/** An invoice is in cents: less than half of one is rounding. */
const HALF_A_CENT = 5_000_000_000n;

/** Of one amount for everything no more can be told than how far it is off. */
export function againstStated({ bill, period, recorded, discountPercent }: ReconcileInput): Reconciliation {
  const stated = statedWithin(bill, period);
  const { listAmount, listFrom } = listAmounts([null], discountPercent);
  const listUsd = stated === null ? ZERO : listAmount(null, stated.usd);
  const spans = stated?.spans ?? [];
  const isTold = (usage: RecordedUsage): boolean =>
    spans.some((span) => startOf(usage) >= span.from && startOf(usage) < span.until);
  const told = recorded.filter(isTold);
  const counted = told.filter(({ notional }) => !notional);
  const usdOf = (usages: readonly RecordedUsage[]): Money =>
    sum(usages.flatMap(({ usd }) => (typeof usd === "string" ? [] : [...usd.values()])));
  const usd = usdOf(counted);
  const residualUsd = money(listUsd - usd);
  const isRounding = (residualUsd < 0n ? -residualUsd : residualUsd) < HALF_A_CENT;
  const parts = new Parts();
  parts.add({ slice: period, dimensions: {} }, "unnamed", isRounding ? ROUNDING : UNTOLD, residualUsd, null);
  return {
    period,
    by: "whole",
    coveredMs: spans.reduce((total, span) => total + span.until - span.from, 0),
    bill: {
      listUsd,
      billedUsd: listFrom === "billed-amount" ? null : (stated?.usd ?? null),
      listFrom,
      source: "stated",
      refreshedAt: null,
      hasUsage: false,
      incomplete: false,
      linesLeftOut: 0,
      statedUsd: stated?.usd ?? null,
    },
    ledger: {
      usd,
      requests: counted.reduce((total, { requests }) => total + requests, 0),
      notionalUsd: usdOf(told.filter(({ notional }) => notional)),
      notComparedUsd: usdOf(recorded.filter((usage) => !isTold(usage))),
    },
    residualUsd,
    parts: parts.all(),
    comparedBy: [],
    unknownHere: [],
    rows: [],
  };
}

/**
 * What somebody stated of everything within a period: amounts of which none overlaps another, the longest first. Null
 * where nothing was.
 */
export function statedWithin(
  { stated }: Bill,
  { from, until }: Slice,
): { readonly usd: Money; readonly spans: readonly Slice[] } | null {
  const within = stated
    .filter((amount) => amount.from >= from && amount.until <= until && Object.keys(amount.dimensions).length === 0)
    .sort((a, b) => b.until - b.from - (a.until - a.from) || a.from - b.from);
  const apart: StatedAmount[] = [];
  for (const amount of within) {
    if (apart.every((other) => amount.until <= other.from || amount.from >= other.until)) apart.push(amount);
  }
  return apart.length === 0 ? null : { usd: sum(apart.map(({ billed }) => billed)), spans: apart };
}

/** When the hour or day of recorded usage begins. */
function startOf({ group: [text = ""] }: RecordedUsage): Instant {
  return Date.parse((text ?? "").includes("T") ? `${text ?? ""}:00Z` : `${text ?? ""}T00:00Z`);
}

const ROUNDING = { class: "rounding", cause: "amounts-rounded" } as const;
const UNTOLD = { class: "unexplained", cause: "usage-not-reported" } as const;
