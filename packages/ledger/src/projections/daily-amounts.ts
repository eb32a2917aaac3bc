import { money, type Money } from "../money/money.ts";
import type { LineItemName } from "../pricing/cost.ts";
import { itemsOf, type ItemAmount } from "./cell-totals.ts";
import type { TallyCell } from "./tally-cell.ts";

/** What the priced responses of one local day cost, told apart in two ways that each sum to it exactly. */
export interface DayAmounts {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  readonly usd: Money;
  /** Nothing that is 0, in the order of line items. */
  readonly byItem: readonly ItemAmount[];
  /** Of the workloads asked for, in their order, 0 included. */
  readonly byWorkload: readonly Money[];
  /** Of all other workloads together. */
  readonly otherWorkloads: Money;
}

/** Sums cells that know their day and workload, by day; the days in order. */
export function dailyAmounts(cells: Iterable<TallyCell>, workloads: readonly (string | null)[]): readonly DayAmounts[] {
  const places = new Map(workloads.map((name, place) => [name, place]));
  const days = new Map<string, DaySums>();
  for (const cell of cells) {
    const items = cell.priceClass.counted === "billed" && !cell.isEmpty ? itemsOf(cell) : null;
    const day = items === null ? null : cell.value("day");
    if (items === null || day === null) continue;
    const sums = days.get(day) ?? new DaySums(workloads.length);
    days.set(day, sums);
    sums.add(items, places.get(cell.value("workload")) ?? workloads.length);
  }
  return [...days].sort(([a], [b]) => (a < b ? -1 : 1)).map(([day, sums]) => sums.result(day));
}

class DaySums {
  readonly #items = new Map<LineItemName, bigint>();
  /** By place among the workloads asked for; the last is of all others. */
  readonly #workloads: bigint[];

  constructor(workloads: number) {
    this.#workloads = Array.from({ length: workloads + 1 }, () => 0n);
  }

  add(items: readonly ItemAmount[], place: number): void {
    for (const { item, usd } of items) {
      this.#items.set(item, (this.#items.get(item) ?? 0n) + usd);
      this.#workloads[place] = (this.#workloads[place] ?? 0n) + usd;
    }
  }

  result(day: string): DayAmounts {
    const byWorkload = this.#workloads.map(money);
    return {
      day,
      usd: money(this.#workloads.reduce((sum, usd) => sum + usd, 0n)),
      byItem: LINE_ITEMS.flatMap((item) => {
        const usd = this.#items.get(item) ?? 0n;
        return usd === 0n ? [] : [{ item, usd: money(usd) }];
      }),
      byWorkload: byWorkload.slice(0, -1),
      otherWorkloads: byWorkload.at(-1) ?? money(0n),
    };
  }
}

const LINE_ITEMS: readonly LineItemName[] = [
  "uncachedInput",
  "cacheWrite5m",
  "cacheWrite1h",
  "cacheRead",
  "output",
  "webSearch",
];
