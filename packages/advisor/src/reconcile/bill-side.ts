import {
  sum,
  TOKEN_BUCKETS,
  ZERO,
  type Bill,
  type BillCostLine,
  type BillUsageLine,
  type LineItemName,
  type Money,
} from "@farthing/ledger";
import { comparedItemOf } from "./bill.ts";
import { changeItem, type CellGrid } from "./cell-grid.ts";
import { billValue, WITHOUT_MODEL } from "./dimension-values.ts";
import type { BillItem } from "./reconciliation.ts";
import { touchedSlices, wholeSlices } from "./slices.ts";

/** What is made of the amounts of a row. */
export interface LineAmounts {
  /** Before discounts. */
  readonly listAmount: (line: BillCostLine) => Money;
  /** How far that can be off because the row is rounded. */
  readonly roundingUsd: Money;
}

/** What a bill tells of items. */
export interface ItemsOfBill {
  /** Whether amounts are told apart by kinds of token. */
  readonly isByTokenType: boolean;
  /** The item under which its amounts can be held against recorded ones. */
  named(item: BillItem): BillItem;
  /** Whether it counts the usage of an item, so that none is told as 0. */
  tellsUsage(start: number, item: BillItem): boolean;
  /** Whether usage of the priority tier is in its amounts; else it is prepaid. */
  readonly hasPriority: boolean;
}

export function itemsOfBill({ cost, usage }: Bill, width: number): ItemsOfBill {
  const withUsage = wholeSlices(usage.covered, width);
  for (const start of touchedSlices(usage.incomplete, width)) withUsage.delete(start);
  const isByTokenType =
    cost.groupedBy.includes("token_type") &&
    cost.lines.some(({ dimensions }) => dimensions["token_type"] !== undefined);
  const apart = new Set(cost.lines.map(comparedItemOf).filter((item) => WITHOUT_MODEL.includes(item)));
  const tellsSearches = usage.lines.some(({ webSearchRequests }) => webSearchRequests !== null);
  const uncounted: readonly BillItem[] = ["unnamed", "codeExecution", "credit"];
  return {
    isByTokenType,
    named: (item) => (isByTokenType || item === "credit" || apart.has(item) ? item : "unnamed"),
    tellsUsage: (start, item) =>
      withUsage.has(start) && !uncounted.includes(item) && (item !== "webSearch" || tellsSearches),
    hasPriority: cost.lines.some(({ dimensions }) => dimensions["service_tier"] === "priority"),
  };
}

/** Adds what was billed, and returns what that comes to, before and after discounts. */
export function addBill(
  grid: CellGrid,
  { cost, usage }: Bill,
  {
    amounts,
    covered,
    told,
  }: { readonly amounts: LineAmounts; readonly covered: ReadonlySet<number>; readonly told: ItemsOfBill },
): { readonly listUsd: Money; readonly billedUsd: Money } {
  const startOf = (from: number): number => Math.floor(from / grid.width) * grid.width;
  const compared = cost.lines.filter(({ from }) => covered.has(startOf(from)));
  for (const line of compared) {
    const start = startOf(line.from);
    const item = told.named(comparedItemOf(line));
    const cell = grid.at(start, item, (name) => billValue(line, name));
    changeItem(cell, item, ({ billedUsd, roundingUsd, billedQuantity }) => ({
      billedUsd: sum([billedUsd, amounts.listAmount(line)]),
      roundingUsd: sum([roundingUsd, amounts.roundingUsd]),
      billedQuantity: told.tellsUsage(start, item) ? (billedQuantity ?? 0n) : null,
    }));
  }
  for (const line of usage.lines) {
    const start = startOf(line.from);
    // What is prepaid is in no cost report.
    const isPrepaid = !told.hasPriority && line.dimensions["service_tier"] === "priority";
    if (!covered.has(start) || isPrepaid) continue;
    for (const [item, count] of quantitiesOf(line)) {
      if (!told.tellsUsage(start, told.named(item)) || count === 0n) continue;
      const cell = grid.at(start, item, (name) => billValue(line, name));
      changeItem(cell, item, ({ billedQuantity }) => ({ billedQuantity: (billedQuantity ?? 0n) + count }));
    }
  }
  return {
    listUsd: compared.reduce<Money>((total, line) => sum([total, amounts.listAmount(line)]), ZERO),
    billedUsd: sum(compared.map(({ billed }) => billed)),
  };
}

function quantitiesOf({
  tokens,
  webSearchRequests,
}: BillUsageLine): readonly (readonly [item: LineItemName, count: bigint])[] {
  return [
    ...TOKEN_BUCKETS.map((name) => [name, BigInt(tokens[name])] as const),
    ["webSearch", BigInt(webSearchRequests ?? 0)] as const,
  ];
}
