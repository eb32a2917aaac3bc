import {
  money,
  ZERO,
  type AmountRow,
  type DayAmounts,
  type ItemAmount,
  type LineItemName,
  type Money,
} from "@farthing/ledger";
import { DAYS_LISTED_MAX } from "../thresholds.ts";
import { UNNAMED_WORKLOAD } from "../trace/trace.ts";

/** What the priced responses of a report cost, period by period. */
export interface SpendOverTime {
  /** Days, or months where there are too many days to list. */
  readonly step: "day" | "month";
  /** How many workloads are not told apart. */
  readonly otherWorkloads: number;
  /** Those with use, in order; together they are the report's total. */
  readonly points: readonly SpendPoint[];
}

export interface SpendPoint {
  /** The local day, `YYYY-MM-DD`, or month, `YYYY-MM`. */
  readonly at: string;
  readonly usd: Money;
  /** They sum to `usd`; nothing that is 0. */
  readonly items: readonly ItemAmount[];
  /** The dearest workloads of the report, each time in the same order. */
  readonly workloads: readonly { readonly name: string; readonly usd: Money }[];
  /** Of all others; with `workloads` it sums to `usd`. */
  readonly otherWorkloads: Money;
}

/** Lists days, by the workloads that they were asked to tell apart: the first of `byWorkload`. */
export function spendOverTime(daily: readonly DayAmounts[], byWorkload: readonly AmountRow[]): SpendOverTime {
  const told = daily[0]?.byWorkload.length ?? 0;
  const names = byWorkload.slice(0, told).map(({ name }) => name ?? UNNAMED_WORKLOAD);
  const step = daily.length > DAYS_LISTED_MAX ? "month" : "day";
  const periods = step === "day" ? daily : months(daily);
  return {
    step,
    otherWorkloads: byWorkload.length - told,
    points: periods.map((period) => ({
      at: period.day,
      usd: period.usd,
      items: period.byItem,
      workloads: names.map((name, place) => ({ name, usd: period.byWorkload[place] ?? ZERO })),
      otherWorkloads: period.otherWorkloads,
    })),
  };
}

function months(daily: readonly DayAmounts[]): readonly DayAmounts[] {
  const byMonth = new Map<string, DayAmounts>();
  for (const day of daily) {
    const month = day.day.slice(0, "YYYY-MM".length);
    const held = byMonth.get(month);
    byMonth.set(month, held === undefined ? { ...day, day: month } : together(held, day));
  }
  return [...byMonth.values()];
}

function together(a: DayAmounts, b: DayAmounts): DayAmounts {
  const items = new Map<LineItemName, Money>(a.byItem.map(({ item, usd }) => [item, usd]));
  for (const { item, usd } of b.byItem) items.set(item, money((items.get(item) ?? 0n) + usd));
  return {
    day: a.day,
    usd: money(a.usd + b.usd),
    byItem: [...items].map(([item, usd]) => ({ item, usd })),
    byWorkload: a.byWorkload.map((usd, place) => money(usd + (b.byWorkload[place] ?? 0n))),
    otherWorkloads: money(a.otherWorkloads + b.otherWorkloads),
  };
}
