import { ZERO, type UnpricedReason } from "@farthing/ledger";
import type { Comparison } from "./comparison.ts";
import type { BillItem, Dimension, DimensionValues, Slice } from "./reconciliation.ts";
import type { TwoSides } from "./residual.ts";

/** One item of a cell. */
export interface CellItem extends TwoSides {
  readonly reason: UnpricedReason | null;
  /** Whether some of the recorded streams ended before their output was known. */
  readonly lowerBound: boolean;
}

/** Bill and ledger of one hour or day that are alike in every dimension both tell. */
export interface Cell {
  readonly slice: Slice;
  readonly dimensions: DimensionValues;
  readonly items: Map<BillItem, CellItem>;
  /** Services whose recorded usage is in it. */
  readonly services: Set<string | null>;
}

/** Cells by time and dimensions, made as they are met. */
export class CellGrid {
  readonly #cells = new Map<string, Cell>();
  readonly #comparison: Comparison;
  readonly width: number;

  constructor(comparison: Comparison, width: number) {
    this.#comparison = comparison;
    this.width = width;
  }

  get cells(): readonly Cell[] {
    return [...this.#cells.values()];
  }

  at(start: number, item: BillItem, value: (name: Dimension) => string | null): Cell {
    const dimensions = this.#comparison.dimensionsAt(start, item, value);
    const key = JSON.stringify([start, dimensions]);
    const held = this.#cells.get(key);
    if (held !== undefined) return held;
    const slice = { from: start, until: start + this.width };
    const cell: Cell = { slice, dimensions, items: new Map(), services: new Set() };
    this.#cells.set(key, cell);
    return cell;
  }
}

const NO_SIDES: CellItem = {
  billedUsd: ZERO,
  billedQuantity: null,
  roundingUsd: ZERO,
  recordedUsd: ZERO,
  pricedQuantity: 0n,
  unpricedQuantity: 0n,
  reason: null,
  lowerBound: false,
};

/** Changes one item of a cell. */
export function changeItem({ items }: Cell, item: BillItem, by: (held: CellItem) => Partial<CellItem>): void {
  const held = items.get(item) ?? NO_SIDES;
  items.set(item, { ...held, ...by(held) });
}
