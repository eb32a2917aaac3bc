import { money, sum, ZERO, type Money, type RecordedUsage } from "@farthing/ledger";
import type { Bill, BillAmount } from "./bill.ts";
import { Causes, sharedAmounts, type CausedShare } from "./causes.ts";
import { cellsOf, type Cell, type CellItem } from "./cells.ts";
import type { Evidence } from "./evidence.ts";
import {
  RESIDUAL_CLASSES,
  type BillItem,
  type ReconciledRow,
  type Reconciliation,
  type ResidualPart,
  type Slice,
} from "./reconciliation.ts";
import { splitResidual } from "./residual.ts";

export interface ReconcileInput {
  readonly period: Slice;
  readonly bill: Bill;
  /** By `granularityOf` of the bill, and then by `RECORDED_BY`. */
  readonly recorded: readonly RecordedUsage[];
  readonly evidence: Evidence;
  /** In percent; null where none is set. Used only where the bill tells no list amounts. */
  readonly discountPercent: string | null;
}

/** Holds a bill against the ledger. Every dollar of the difference is in one part. */
export function reconcile(input: ReconcileInput): Reconciliation {
  const { bill, period } = input;
  const { listAmount, listFrom } = listAmounts(bill, input.discountPercent);
  const cells = cellsOf(bill, input.recorded, listAmount);
  const causes = new Causes(cells, input.evidence, bill.cost.refreshedAt);
  const parts = new Parts();
  const rows = new Rows();
  for (const cell of cells.cells.toSorted((a, b) => a.slice.from - b.slice.from)) {
    for (const [item, sides] of cell.items) {
      rows.add(cell, item, sides);
      addParts(parts, causes, cell, item, sides);
    }
  }
  const listUsd = sum(bill.cost.lines.map(listAmount));
  const hasBilled = bill.cost.lines.some(({ listUsd: list }) => list !== null) || listFrom === "discount-setting";
  return {
    period,
    by: cells.by,
    coveredMs: cells.slices.reduce((total, { from, until }) => total + until - from, 0),
    bill: {
      listUsd,
      billedUsd: hasBilled ? sum(bill.cost.lines.map(({ usd }) => usd ?? ZERO)) : null,
      listFrom,
      source: bill.source,
      refreshedAt: bill.cost.refreshedAt,
      hasUsage: bill.usage !== null,
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

type Caused = Pick<ResidualPart, "class" | "cause">;

const UNPRICED: Caused = { class: "unpriced", cause: "no-price" };
const MISPRICED: Caused = { class: "mispriced", cause: "another-price" };
const ROUNDING: Caused = { class: "rounding", cause: "amounts-rounded" };
const UNTOLD: Caused = { class: "unexplained", cause: "usage-not-reported" };

function quantityOf(share: CausedShare, shares: readonly CausedShare[], quantity: bigint | null): bigint | null {
  if (quantity === null || share.quantity !== null) return share.quantity;
  return shares.reduce((left, each) => left - (each.quantity ?? 0n), quantity);
}

/** List amounts of a bill's rows: its own, those before the discount that is set, or else what was billed. */
function listAmounts(
  { cost }: Bill,
  discountPercent: string | null,
): { readonly listAmount: (line: BillAmount) => Money; readonly listFrom: Reconciliation["bill"]["listFrom"] } {
  if (cost.lines.every(({ listUsd }) => listUsd !== null)) {
    return { listFrom: "bill", listAmount: ({ listUsd, usd }) => listUsd ?? usd ?? ZERO };
  }
  const rest = restOf(discountPercent);
  if (rest === null) return { listFrom: "billed-amount", listAmount: ({ listUsd, usd }) => listUsd ?? usd ?? ZERO };
  const before = (usd: Money): Money => money((usd * rest.whole + rest.left / 2n) / rest.left);
  return { listFrom: "discount-setting", listAmount: ({ listUsd, usd }) => listUsd ?? before(usd ?? ZERO) };
}

/** What a discount leaves of a whole; null where there is none, or nothing is left. */
function restOf(discountPercent: string | null): { readonly left: bigint; readonly whole: bigint } | null {
  if (discountPercent === null) return null;
  const [units = "0", decimals = ""] = discountPercent.split(".");
  const scale = 10n ** BigInt(decimals.length);
  const whole = 100n * scale;
  const left = whole - BigInt(units) * scale - BigInt(decimals === "" ? "0" : decimals);
  return left <= 0n || left === whole ? null : { left, whole };
}

/** Parts that are alike, added up. */
class Parts {
  readonly #parts = new Map<string, { part: ResidualPart; readonly slices: Set<number> }>();

  add(
    { slice, dimensions }: Cell,
    item: BillItem,
    { class: kind, cause }: Caused,
    usd: Money,
    quantity: bigint | null,
    reason: ResidualPart["reason"] = null,
  ): void {
    if (usd === 0n) return;
    const about = kind === "rounding" ? {} : dimensions;
    const ownItem = kind === "mispriced" || kind === "unpriced" ? item : null;
    const key = JSON.stringify([kind, cause, about, ownItem, reason]);
    const held = this.#parts.get(key);
    if (held === undefined) {
      const part = {
        class: kind,
        cause,
        dimensions: about,
        item: ownItem,
        usd,
        quantity,
        reason,
        slices: 1,
        span: slice,
      };
      this.#parts.set(key, { part, slices: new Set([slice.from]) });
      return;
    }
    held.slices.add(slice.from);
    const { part } = held;
    held.part = {
      ...part,
      usd: sum([part.usd, usd]),
      quantity: part.quantity === null || quantity === null ? null : part.quantity + quantity,
      slices: held.slices.size,
      span: { from: Math.min(part.span.from, slice.from), until: Math.max(part.span.until, slice.until) },
    };
  }

  all(): readonly ResidualPart[] {
    const place = ({ class: kind }: ResidualPart): number => RESIDUAL_CLASSES.indexOf(kind);
    return [...this.#parts.values()]
      .map(({ part }) => part)
      .filter(({ usd }) => usd !== 0n)
      .sort((a, b) => place(a) - place(b) || bySize(a.usd, b.usd) || byText(a, b));
  }
}

class Rows {
  readonly #rows = new Map<string, ReconciledRow>();

  add({ dimensions }: Cell, item: BillItem, sides: CellItem): void {
    const key = JSON.stringify([dimensions, item]);
    const held = this.#rows.get(key);
    const { billedUsd, recordedUsd, billedQuantity } = sides;
    const recordedQuantity = sides.pricedQuantity + sides.unpricedQuantity;
    this.#rows.set(
      key,
      held === undefined
        ? { dimensions, item, billedUsd, recordedUsd, billedQuantity, recordedQuantity }
        : {
            ...held,
            billedUsd: sum([held.billedUsd, billedUsd]),
            recordedUsd: sum([held.recordedUsd, recordedUsd]),
            billedQuantity:
              held.billedQuantity === null || billedQuantity === null ? null : held.billedQuantity + billedQuantity,
            recordedQuantity: held.recordedQuantity + recordedQuantity,
          },
    );
  }

  all(): readonly ReconciledRow[] {
    return [...this.#rows.values()].sort((a, b) => bySize(a.billedUsd, b.billedUsd) || byText(a, b));
  }
}

function bySize(a: Money, b: Money): number {
  const [sizeA, sizeB] = [a < 0n ? -a : a, b < 0n ? -b : b];
  return sizeA > sizeB ? -1 : sizeA < sizeB ? 1 : 0;
}

function byText(
  a: { readonly dimensions: object; readonly item: BillItem | null },
  b: { readonly dimensions: object; readonly item: BillItem | null },
): number {
  const [textA, textB] = [a, b].map(({ dimensions, item }) => JSON.stringify([dimensions, item]));
  return (textA ?? "") < (textB ?? "") ? -1 : 1;
}
