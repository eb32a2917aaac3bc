import { money, ZERO, type Money } from "@farthing/ledger";
import { Causes, sharedAmounts, type CausedShare } from "./causes.ts";
import type { Cell, CellItem } from "./cell-grid.ts";
import { cellsOf } from "./cells.ts";
import { lineAmounts, listAmounts } from "./list-amounts.ts";
import { Parts, Rows, type Caused } from "./parts.ts";
import type { ReconcileInput } from "./reconcile-input.ts";
import type { BillItem, Reconciliation } from "./reconciliation.ts";
import { splitResidual } from "./residual.ts";
import { againstStated, statedWithin } from "./stated-amount.ts";

/** Holds a bill against the ledger. Every dollar of the difference is in one part. */
export function reconcile(input: ReconcileInput): Reconciliation {
  return input.bill.cost.covered.length === 0 ? againstStated(input) : againstReports(input);
}

function againstReports({ bill, period, recorded, evidence, discountPercent }: ReconcileInput): Reconciliation {
  const { cost, usage } = bill;
  const amounts = listAmounts(
    cost.lines.map(({ list }) => list),
    discountPercent,
  );
  const { listFrom } = amounts;
  const cells = cellsOf(bill, recorded, lineAmounts(amounts));
  const causes = new Causes(cells, evidence, cost.refreshedAt);
  const parts = new Parts();
  const rows = new Rows();
  for (const cell of cells.cells.toSorted((a, b) => a.slice.from - b.slice.from)) {
    for (const [item, sides] of cell.items) {
      rows.add(cell, item, sides);
      addParts(parts, causes, cell, item, sides);
    }
  }
  const { listUsd, billedUsd } = cells.billed;
  const isBilledApart = listFrom !== "billed-amount";
  const incomplete = cost.incomplete.length > 0;
  return {
    period,
    by: cells.by,
    coveredMs: cells.slices.reduce((total, { from, until }) => total + until - from, 0),
    bill: {
      listUsd,
      billedUsd: isBilledApart ? billedUsd : null,
      listFrom,
      source: cost.lines.some(({ kind }) => kind === "analytics-cost") ? "analytics" : "admin",
      refreshedAt: cost.refreshedAt,
      hasUsage: usage.covered.length > 0,
      incomplete,
      linesLeftOut: cost.leftOut + usage.leftOut,
      statedUsd: statedWithin(bill, period)?.usd ?? null,
    },
    ledger: cells.ledger,
    residualUsd: money(listUsd - cells.ledger.usd),
    parts: parts.all(),
    comparedBy: cells.comparedBy,
    unknownHere: cells.unknownHere,
    rows: rows.all(),
  };
}

function addParts(parts: Parts, causes: Causes, cell: Cell, item: BillItem, sides: CellItem): void {
  if (item === "credit") {
    parts.add(cell, item, CREDITED, sides.billedUsd, null);
    return;
  }
  const split = splitResidual(sides);
  const { quantity, usd } = split.quantity;
  const isMissing = quantity === null ? usd > 0n : quantity > 0n;
  if (usd !== 0n) {
    const size = quantity === null ? null : isMissing ? quantity : -quantity;
    const shares = isMissing ? causes.ofMissing(cell, item, size) : causes.ofExcess(cell, item, size);
    const amounts = sharedAmounts(usd, size, shares);
    for (const [index, share] of shares.entries()) {
      const own = quantityOf(share, shares, size);
      parts.add(cell, item, share, amounts[index] ?? ZERO, own === null || isMissing ? own : -own);
    }
  }
  const { unpriced, mispricedUsd, roundingUsd, undeterminedUsd } = split;
  parts.add(cell, item, UNPRICED, unpriced.usd, unpriced.quantity, sides.reason);
  parts.add(cell, item, MISPRICED, mispricedUsd, sides.pricedQuantity);
  parts.add(cell, item, ROUNDING, roundingUsd, null);
  parts.add(cell, item, undeterminedCause(causes, cell, item, undeterminedUsd), undeterminedUsd, null);
}

/** Of amounts alone no more is known than that something was missed, or is there twice. */
function undeterminedCause(causes: Causes, cell: Cell, item: BillItem, usd: Money): Caused {
  if (usd === 0n) return UNTOLD;
  const [share] = usd > 0n ? causes.ofMissing(cell, item, null) : causes.ofExcess(cell, item, null);
  return share === undefined || share.class === "unexplained" ? UNTOLD : share;
}

const UNPRICED: Caused = { class: "unpriced", cause: "no-price" };
const MISPRICED: Caused = { class: "mispriced", cause: "another-price" };
const ROUNDING: Caused = { class: "rounding", cause: "amounts-rounded" };
const CREDITED: Caused = { class: "unexplained", cause: "credited" };
const UNTOLD: Caused = { class: "unexplained", cause: "usage-not-reported" };

function quantityOf(share: CausedShare, shares: readonly CausedShare[], quantity: bigint | null): bigint | null {
  if (quantity === null || share.quantity !== null) return share.quantity;
  return shares.reduce((left, each) => left - (each.quantity ?? 0n), quantity);
}
