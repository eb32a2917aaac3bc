import { sum, type Money } from "@farthing/ledger";
import type { Cell, CellItem } from "./cell-grid.ts";
import { RESIDUAL_CLASSES, type BillItem, type ReconciledRow, type ResidualPart } from "./reconciliation.ts";

/** A class with its cause. */
export type Caused = Pick<ResidualPart, "class" | "cause">;

/** Parts that are alike, added up. */
export class Parts {
  readonly #parts = new Map<string, { part: ResidualPart; readonly slices: Set<number> }>();

  add(
    { slice, dimensions }: Pick<Cell, "slice" | "dimensions">,
    item: BillItem,
    { class: kind, cause }: Caused,
    usd: Money,
    quantity: bigint | null,
    reason: ResidualPart["reason"] = null,
  ): void {
    if (usd === 0n) return;
    const about = kind === "rounding" ? {} : dimensions;
    const ownItem = kind === "mispriced" || kind === "unpriced" ? item : null;
    // What is missing and what is too much stay apart; only rounding goes both ways by itself.
    const key = JSON.stringify([kind, cause, about, ownItem, reason, kind !== "rounding" && usd < 0n]);
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

export class Rows {
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
