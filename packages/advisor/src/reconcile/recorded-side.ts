import { money, sum, ZERO, type Instant, type RecordedUsage } from "@farthing/ledger";
import type { ItemsOfBill } from "./bill-side.ts";
import { changeItem, type CellGrid } from "./cell-grid.ts";
import type { Comparison } from "./comparison.ts";
import type { RecordedAs } from "./dimension-values.ts";
import { DIMENSIONS, type BillItem, type Dimension, type Reconciliation } from "./reconciliation.ts";

/** Dimensions that recorded usage must be grouped by, after its hour or day. */
export const RECORDED_BY = ["service", "workspace", "label:api-key"] as const;

/** Recorded usage with its group's values by their names. */
interface RecordedEntry extends RecordedAs {
  /** When its hour or day begins. */
  readonly start: Instant;
  /** The items it is compared under. */
  readonly items: readonly BillItem[];
  readonly usage: RecordedUsage;
}

/** What the ledger holds of the time of a bill. */
interface RecordedSide {
  readonly ledger: Reconciliation["ledger"];
  readonly seen: ReadonlyMap<Dimension, ReadonlySet<string>>;
  readonly servicesByKey: ReadonlyMap<string, ReadonlySet<string | null>>;
  /** The starts of hours or days in which something was recorded, alone and with each key. */
  readonly recordedSlices: ReadonlySet<string>;
}

export function recordedEntries(
  recorded: readonly RecordedUsage[],
  by: "hour" | "day",
  told: ItemsOfBill,
): readonly RecordedEntry[] {
  return recorded.map((usage) => {
    const [time, service = null, workspace = null, apiKey = null] = usage.group;
    const { billedAs, longPrompt } = usage;
    const items = [...new Set([...usage.quantities.keys()].map((item) => told.named(item)))];
    return { start: startOf(time ?? "", by), service, workspace, apiKey, billedAs, longPrompt, items, usage };
  });
}

/** Whether usage is in no cost report, because it is prepaid. */
export function isPrepaid({ usage }: RecordedEntry, { hasPriority }: ItemsOfBill): boolean {
  return usage.notional && !hasPriority;
}

/** Adds what was recorded. */
export function addRecorded(
  grid: CellGrid,
  entries: readonly RecordedEntry[],
  {
    covered,
    told,
    comparison,
  }: { readonly covered: ReadonlySet<number>; readonly told: ItemsOfBill; readonly comparison: Comparison },
): RecordedSide {
  const seen = new Map<Dimension, Set<string>>(DIMENSIONS.map((name) => [name, new Set()]));
  const servicesByKey = new Map<string, Set<string | null>>();
  const recordedSlices = new Set<string>();
  let [usd, notionalUsd, notComparedUsd, requests] = [0n, 0n, 0n, 0];
  for (const entry of entries) {
    const { start, service, apiKey, usage } = entry;
    const amounts = typeof usage.usd === "string" ? null : usage.usd;
    const total = amounts === null ? 0n : [...amounts.values()].reduce((all, one) => all + one, 0n);
    for (const name of DIMENSIONS) {
      const value = comparison.valueOf(entry, name);
      if (value !== null) seen.get(name)?.add(value);
    }
    if (apiKey !== null) servicesByKey.set(apiKey, (servicesByKey.get(apiKey) ?? new Set()).add(service));
    if (!covered.has(start)) {
      notComparedUsd += total;
      continue;
    }
    for (const who of [null, apiKey]) recordedSlices.add(`${String(start)} ${who ?? ""}`);
    if (isPrepaid(entry, told)) {
      notionalUsd += total;
      continue;
    }
    usd += total;
    requests += usage.requests;
    for (const [recordedItem, count] of usage.quantities) {
      const item = told.named(recordedItem);
      const cell = grid.at(start, item, (name) => comparison.valueOf(entry, name));
      cell.services.add(service);
      changeItem(cell, item, (held) => ({
        billedQuantity: held.billedQuantity ?? (told.tellsUsage(start, item) ? 0n : null),
        recordedUsd: sum([held.recordedUsd, amounts?.get(recordedItem) ?? ZERO]),
        pricedQuantity: held.pricedQuantity + (amounts === null ? 0n : count),
        unpricedQuantity: held.unpricedQuantity + (amounts === null ? count : 0n),
        reason: typeof usage.usd === "string" ? usage.usd : held.reason,
        lowerBound: held.lowerBound || usage.lowerBound,
      }));
    }
  }
  const ledger = {
    usd: money(usd),
    requests,
    notionalUsd: money(notionalUsd),
    notComparedUsd: money(notComparedUsd),
  };
  return { ledger, seen, servicesByKey, recordedSlices };
}

function startOf(time: string, by: "hour" | "day"): Instant {
  return Date.parse(by === "hour" ? `${time}:00Z` : `${time}T00:00Z`);
}
