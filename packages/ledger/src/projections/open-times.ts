import type { CellTable } from "./cell-table.ts";
import type { GroupKey } from "./group-keys.ts";
import type { TallyCell } from "./tally-cell.ts";

/**
 * Whether the first billed request is known, and the last by some dimensions, though the times of some cells are open.
 *
 * An open time that could not be the first or the last anyway leaves nothing open.
 */
export function timesAreKnown(
  { firsts, lasts }: ReturnType<CellTable["openTimes"]>,
  cells: Iterable<TallyCell>,
  cellAt: (cell: number) => TallyCell,
  keys: readonly GroupKey[],
): boolean {
  if (firsts.length + lasts.length === 0) return true;
  const groupOf = (cell: TallyCell): string => JSON.stringify(keys.map((key) => cell.value(key)));
  const lastBy = new Map<string, number>();
  let first = Infinity;
  for (const cell of cells) {
    if (cell.priceClass.counted !== "billed") continue;
    first = Math.min(first, cell.first);
    lastBy.set(groupOf(cell), Math.max(lastBy.get(groupOf(cell)) ?? -Infinity, cell.last));
  }
  return (
    firsts.every(([, at]) => at >= first) &&
    lasts.every(([cell, at]) => at <= (lastBy.get(groupOf(cellAt(cell))) ?? -Infinity))
  );
}
