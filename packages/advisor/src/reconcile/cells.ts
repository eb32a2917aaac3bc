import type { Bill, Money, RecordedUsage } from "@farthing/ledger";
import { addBill, itemsOfBill, type LineAmounts } from "./bill-side.ts";
import { CellGrid, type Cell } from "./cell-grid.ts";
import { Comparison } from "./comparison.ts";
import type { RecordedAs } from "./dimension-values.ts";
import { addRecorded, isPrepaid, recordedEntries } from "./recorded-side.ts";
import type { BillItem, Dimension, DimensionValues, Reconciliation, Slice } from "./reconciliation.ts";
import { wholeSlices } from "./slices.ts";

/** Everything that is compared. */
export interface Cells {
  readonly by: "hour" | "day";
  readonly cells: readonly Cell[];
  readonly comparedBy: readonly Dimension[];
  readonly unknownHere: readonly Dimension[];
  /** What the bill comes to in them, before and after discounts. */
  readonly billed: { readonly listUsd: Money; readonly billedUsd: Money };
  /** Hours or days that the bill tells as a whole, in order. */
  readonly slices: readonly Slice[];
  /** Whether anything was recorded in an hour or day: with a key, where keys are compared. */
  isRecorded(slice: Slice, apiKey: string | null): boolean;
  /** Values that occur in recorded usage, by dimension. */
  readonly seen: ReadonlyMap<Dimension, ReadonlySet<string>>;
  /** Services by the key they used. */
  readonly servicesByKey: ReadonlyMap<string, ReadonlySet<string | null>>;
  readonly ledger: Reconciliation["ledger"];
  /** Whether the bill tells kinds of token apart. */
  readonly isByTokenType: boolean;
  /** What a recorded item has in the dimensions that are compared; absent where it was not recorded. */
  knownOf(usage: RecordedAs, item: BillItem): DimensionValues;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** By the hour where every row of the bill is of an hour or less, else by the day. */
export function granularityOf({ cost, usage, stated }: Bill): "hour" | "day" {
  const lines = [...cost.lines, ...usage.lines];
  const isOfDays = stated.every(({ from, until }) => from % DAY_MS === 0 && until % DAY_MS === 0);
  if (cost.covered.length === 0 && !isOfDays) return "hour";
  return lines.length > 0 && lines.every(({ from, until }) => until - from <= HOUR_MS) ? "hour" : "day";
}

/**
 * Puts both sides side by side.
 *
 * @param recorded By the hour or the day, as `granularityOf` says, and then by `RECORDED_BY`.
 */
export function cellsOf(bill: Bill, recorded: readonly RecordedUsage[], amounts: LineAmounts): Cells {
  const by = granularityOf(bill);
  const width = by === "hour" ? HOUR_MS : DAY_MS;
  const covered = wholeSlices(bill.cost.covered, width);
  const told = itemsOfBill(bill, width);
  const entries = recordedEntries(recorded, by, told);
  const comparison = new Comparison(
    bill,
    entries.filter((entry) => covered.has(entry.start) && !isPrepaid(entry, told)),
  );
  const grid = new CellGrid(comparison, width);
  const billed = addBill(grid, bill, { amounts, covered, told });
  const side = addRecorded(grid, entries, { covered, told, comparison });
  return {
    by,
    cells: grid.cells,
    comparedBy: comparison.comparedBy,
    unknownHere: comparison.unknownHere,
    billed,
    slices: [...covered].sort((a, b) => a - b).map((from) => ({ from, until: from + width })),
    isRecorded: ({ from }, apiKey) => side.recordedSlices.has(`${String(from)} ${apiKey ?? ""}`),
    seen: side.seen,
    servicesByKey: side.servicesByKey,
    isByTokenType: told.isByTokenType,
    knownOf: (usage, item) => comparison.knownOf(usage, item),
    ledger: side.ledger,
  };
}
