import { money, sum, ZERO, type Bill, type Instant, type Money, type RecordedUsage } from "@farthing/ledger";
import { listAmounts } from "./list-amounts.ts";
import { Parts } from "./parts.ts";
import type { ReconcileInput } from "./reconcile.ts";
import type { Reconciliation, Slice } from "./reconciliation.ts";

/** An invoice is in cents: less than half of one is rounding. */
const HALF_A_CENT = 5_000_000_000n;

/** Of one amount for everything no more can be told than how far it is off. */
export function againstStated({ bill, period, recorded, discountPercent }: ReconcileInput): Reconciliation {
  const stated = statedWithin(bill, period);
  const { listAmount, listFrom } = listAmounts([null], discountPercent);
  const listUsd = stated === null ? ZERO : listAmount(null, stated.usd);
  const counted = recorded.filter(({ notional }) => !notional);
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
    coveredMs: stated === null ? 0 : stated.until - stated.from,
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
      notionalUsd: usdOf(recorded.filter(({ notional }) => notional)),
      notComparedUsd: ZERO,
    },
    residualUsd,
    parts: parts.all(),
    comparedBy: [],
    unknownHere: [],
    rows: [],
  };
}

/** What somebody stated of everything within a period; null where nothing was. */
export function statedWithin(
  { stated }: Bill,
  { from, until }: Slice,
): { readonly usd: Money; readonly from: Instant; readonly until: Instant } | null {
  const within = stated.filter(
    (amount) => amount.from >= from && amount.until <= until && Object.keys(amount.dimensions).length === 0,
  );
  if (within.length === 0) return null;
  return {
    usd: sum(within.map(({ billed }) => billed)),
    from: Math.min(...within.map((amount) => amount.from)),
    until: Math.max(...within.map((amount) => amount.until)),
  };
}

const ROUNDING = { class: "rounding", cause: "amounts-rounded" } as const;
const UNTOLD = { class: "unexplained", cause: "usage-not-reported" } as const;
