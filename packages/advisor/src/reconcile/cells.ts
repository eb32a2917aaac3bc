import {
  matchModel,
  money,
  sum,
  TOKEN_BUCKETS,
  ZERO,
  type Bill,
  type BillCostLine,
  type BilledAs,
  type BillUsageLine,
  type LineItemName,
  type Money,
  type RecordedUsage,
  type UnpricedReason,
} from "@farthing/ledger";
import { itemOfLine, NAME_IN_REPORTS } from "./bill.ts";
import {
  DIMENSIONS,
  type BillItem,
  type Dimension,
  type DimensionValues,
  type Reconciliation,
  type Slice,
} from "./reconciliation.ts";
import type { TwoSides } from "./residual.ts";
import { touchedSlices, wholeSlices } from "./slices.ts";

/** Dimensions that recorded usage must be grouped by, after its hour or day. */
export const RECORDED_BY = ["service", "workspace", "label:api-key"] as const;

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
  /** What recorded usage has in the dimensions that are compared. */
  dimensionsOf(usage: Recorded): DimensionValues;
}

type Recorded = Pick<RecordedUsage, "group" | "billedAs">;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** What a bill leaves out where a request did not ask for anything else. */
const USUAL: Readonly<Partial<Record<Dimension, string>>> = {
  serviceTier: "standard",
  inferenceGeo: "global",
  speed: "standard",
  workspace: "default",
};
/** Of the dimensions that are compared, those that an item is told apart by. */
export function dimensionsOfItem(comparedBy: readonly Dimension[], item: BillItem): readonly Dimension[] {
  return WITHOUT_MODEL.includes(item) ? comparedBy.filter((name) => !MODEL_DIMENSIONS.includes(name)) : comparedBy;
}

/** Items that no report tells apart by what a model was asked for. */
const WITHOUT_MODEL: readonly BillItem[] = ["webSearch", "codeExecution"];
const MODEL_DIMENSIONS: readonly Dimension[] = ["model", "serviceTier", "inferenceGeo", "speed"];

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
 * @param listAmount A row's amount before discounts.
 */
export function cellsOf(
  bill: Bill,
  recorded: readonly RecordedUsage[],
  listAmount: (line: BillCostLine) => Money,
): Cells {
  const by = granularityOf(bill);
  const width = by === "hour" ? HOUR_MS : DAY_MS;
  const covered = wholeSlices(bill.cost.covered, width);
  const withUsage = wholeSlices(bill.usage.covered, width);
  for (const start of touchedSlices(bill.usage.incomplete, width)) withUsage.delete(start);
  const told = DIMENSIONS.filter((name) => isToldBy(bill, name));
  const billed = new Map(told.map((name) => [name, valuesIn(bill, name)]));
  const inTime = recorded.filter((usage) => covered.has(startOf(usage, by)));
  const unknownHere = told.filter((name) => inTime.some((usage) => valueOf(usage, name, billed) === null));
  const comparedBy = told.filter((name) => !unknownHere.includes(name));
  const itemsAreNamed = bill.cost.groupedBy.includes("token_type");
  const cells = new Map<string, Cell>();
  const cellAt = (start: number, item: BillItem, value: (name: Dimension) => string | null): Cell => {
    const names = dimensionsOfItem(comparedBy, item);
    const dimensions = Object.fromEntries(names.map((name) => [name, value(name) ?? USUAL[name] ?? "unknown"]));
    const key = JSON.stringify([start, dimensions]);
    const held = cells.get(key);
    if (held !== undefined) return held;
    const cell = {
      slice: { from: start, until: start + width },
      dimensions,
      items: new Map(),
      services: new Set<null>(),
    };
    cells.set(key, cell);
    return cell;
  };
  const apart = new Set(bill.cost.lines.map(itemOfLine).filter((item) => WITHOUT_MODEL.includes(item)));
  const named = (item: BillItem): BillItem => (itemsAreNamed || apart.has(item) ? item : "unnamed");
  const tellsSearches = bill.usage.lines.some(({ webSearchRequests }) => webSearchRequests !== null);
  const tellsUsage = (start: number, item: BillItem): boolean =>
    withUsage.has(start) && item !== "unnamed" && item !== "codeExecution" && (item !== "webSearch" || tellsSearches);
  const hasPriority = bill.cost.lines.some(({ dimensions }) => dimensions["service_tier"] === "priority");

  let listUsd = ZERO;
  let billedUsd = ZERO;
  for (const line of bill.cost.lines) {
    const start = Math.floor(line.from / width) * width;
    if (!covered.has(start)) continue;
    listUsd = sum([listUsd, listAmount(line)]);
    billedUsd = sum([billedUsd, line.billed]);
    const item = named(itemOfLine(line));
    const { items } = cellAt(start, item, (name) => billValue(line, name));
    const hasUsage = tellsUsage(start, item);
    change(items, item, ({ billedUsd, billLines, billedQuantity }) => ({
      billedUsd: sum([billedUsd, listAmount(line)]),
      billLines: billLines + 1,
      billedQuantity: hasUsage ? (billedQuantity ?? 0n) : null,
    }));
  }
  for (const line of bill.usage.lines) {
    const start = Math.floor(line.from / width) * width;
    // What is prepaid is in no cost report.
    const isPrepaid = !hasPriority && line.dimensions["service_tier"] === "priority";
    if (!covered.has(start) || isPrepaid) continue;
    for (const [item, count] of quantitiesOf(line)) {
      if (!tellsUsage(start, named(item)) || count === 0n) continue;
      change(cellAt(start, item, (name) => billValue(line, name)).items, item, ({ billedQuantity }) => ({
        billedQuantity: (billedQuantity ?? 0n) + count,
      }));
    }
  }

  const seen = new Map<Dimension, Set<string>>(DIMENSIONS.map((name) => [name, new Set()]));
  const servicesByKey = new Map<string, Set<string | null>>();
  const recordedSlices = new Set<string>();
  let [usd, notionalUsd, notComparedUsd, requests] = [0n, 0n, 0n, 0];
  for (const usage of recorded) {
    const start = startOf(usage, by);
    const amounts = typeof usage.usd === "string" ? null : usage.usd;
    const total = amounts === null ? 0n : [...amounts.values()].reduce((all, one) => all + one, 0n);
    for (const name of DIMENSIONS) {
      const value = valueOf(usage, name, billed);
      if (value !== null) seen.get(name)?.add(value);
    }
    const key = usage.group[3] ?? null;
    if (key !== null) servicesByKey.set(key, (servicesByKey.get(key) ?? new Set()).add(usage.group[1] ?? null));
    if (!covered.has(start)) {
      notComparedUsd += total;
      continue;
    }
    for (const who of [null, key]) recordedSlices.add(`${String(start)} ${who ?? ""}`);
    if (usage.notional && !hasPriority) {
      notionalUsd += total;
      continue;
    }
    usd += total;
    requests += usage.requests;
    for (const [item, count] of usage.quantities) {
      const cell = cellAt(start, named(item), (name) => valueOf(usage, name, billed));
      cell.services.add(usage.group[1] ?? null);
      const hasUsage = tellsUsage(start, named(item));
      change(cell.items, named(item), (held) => ({
        billedQuantity: held.billedQuantity ?? (hasUsage ? 0n : null),
        recordedUsd: sum([held.recordedUsd, amounts?.get(item) ?? ZERO]),
        pricedQuantity: held.pricedQuantity + (amounts === null ? 0n : count),
        unpricedQuantity: held.unpricedQuantity + (amounts === null ? count : 0n),
        reason: typeof usage.usd === "string" ? usage.usd : held.reason,
        lowerBound: held.lowerBound || usage.lowerBound,
      }));
    }
  }
  return {
    by,
    cells: [...cells.values()],
    comparedBy,
    unknownHere,
    billed: { listUsd, billedUsd },
    slices: [...covered].sort((a, b) => a - b).map((from) => ({ from, until: from + width })),
    isRecorded: ({ from }, apiKey) => recordedSlices.has(`${String(from)} ${apiKey ?? ""}`),
    seen,
    servicesByKey,
    dimensionsOf: (usage) =>
      Object.fromEntries(comparedBy.map((name) => [name, valueOf(usage, name, billed) ?? USUAL[name] ?? "unknown"])),
    ledger: {
      usd: money(usd),
      requests,
      notionalUsd: money(notionalUsd),
      notComparedUsd: money(notComparedUsd),
    },
  };
}

const NO_SIDES: CellItem = {
  billedUsd: ZERO,
  billedQuantity: null,
  billLines: 0,
  recordedUsd: ZERO,
  pricedQuantity: 0n,
  unpricedQuantity: 0n,
  reason: null,
  lowerBound: false,
};

function change(items: Cell["items"], item: BillItem, by: (held: CellItem) => Partial<CellItem>): void {
  const held = items.get(item) ?? NO_SIDES;
  items.set(item, { ...held, ...by(held) });
}

function isToldBy({ cost, usage }: Bill, name: Dimension): boolean {
  const own = NAME_IN_REPORTS[name];
  return cost.groupedBy.includes(own) && (usage.lines.length === 0 || usage.groupedBy.includes(own));
}

function valuesIn({ cost, usage }: Bill, name: Dimension): ReadonlySet<string> {
  const values = [...cost.lines, ...usage.lines].map((line) => billValue(line, name));
  return new Set(values.filter((value) => value !== null));
}

function billValue({ dimensions }: Pick<BillCostLine, "dimensions">, name: Dimension): string | null {
  const value = dimensions[NAME_IN_REPORTS[name]] ?? null;
  return value === null ? null : normal(name, value);
}

/** What recorded usage has in a dimension; null where it was not recorded. */
function valueOf(
  { group, billedAs }: Recorded,
  name: Dimension,
  billed: ReadonlyMap<Dimension, ReadonlySet<string>>,
): string | null {
  switch (name) {
    case "apiKey":
      return group[3] ?? null;
    case "workspace": {
      const workspace = group[2] ?? null;
      // The bill leaves out the name of the default workspace, which answers give.
      return workspace === null || (billed.get(name)?.has(workspace) ?? false) ? workspace : "default";
    }
    default:
      return termOf(billedAs, name);
  }
}

function termOf(billedAs: BilledAs, name: "model" | "serviceTier" | "inferenceGeo" | "speed"): string {
  return normal(name, billedAs[name] ?? "");
}

function normal(name: Dimension, value: string): string {
  if (name === "model") return matchModel(value)?.model ?? value;
  if (name === "inferenceGeo" && value === "not_available") return "global";
  return value === "" ? (USUAL[name] ?? value) : value;
}

function quantitiesOf({ tokens, webSearchRequests }: BillUsageLine): readonly (readonly [LineItemName, bigint])[] {
  return [
    ...TOKEN_BUCKETS.map((name) => [name, BigInt(tokens[name])] as const),
    ["webSearch", BigInt(webSearchRequests ?? 0)] as const,
  ];
}

function startOf({ group }: RecordedUsage, by: "hour" | "day"): number {
  return Date.parse(by === "hour" ? `${group[0] ?? ""}:00Z` : `${group[0] ?? ""}T00:00Z`);
}
