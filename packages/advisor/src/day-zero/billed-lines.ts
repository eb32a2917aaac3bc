import {
  add,
  matchModel,
  times,
  TOKEN_BUCKETS,
  ZERO,
  type Bill,
  type BillCostLine,
  type BillSide,
  type BillUsageLine,
  type Instant,
  type LineItemName,
  type Money,
  type PriceBook,
} from "@farthing/ledger";
import { itemOfLine, NAME_IN_REPORTS } from "../reconcile/bill.ts";
import { listAmounts } from "../reconcile/list-amounts.ts";
import type { ChargedItem } from "../reconcile/reconciliation.ts";
import { DEFAULT_WORKSPACE, TOLD, type AmountBasis, type NoAmountReason, type Told } from "./day-zero.ts";
import { priceEras, promptEnds, rateOf, type ChargedAs, type PromptEnds } from "./token-rates.ts";

/** What is alike of a report in all that decides a price: model, kind of token, terms, and the prices of its time. */
export interface BilledLine {
  /** When the first of it was charged; all of it cost the same a token. */
  readonly at: Instant;
  readonly model: string | null;
  readonly item: ChargedItem;
  readonly apiKey: string | null;
  readonly workspace: string | null;
  readonly charged: ChargedAs;
  readonly prompts: PromptEnds;
  readonly usd: Money | null;
  readonly tokens: number | null;
  readonly atLeast: boolean;
  readonly noAmount: NoAmountReason | null;
}

/** One side of a bill, in lines that have one amount each. */
export interface BilledSide {
  readonly basis: AmountBasis;
  readonly told: readonly Told[];
  readonly lines: readonly BilledLine[];
}

/** What was charged, at list amounts. What was taken back is apart from what was charged. */
export function linesOfCost({ cost }: Bill, discountPercent: string | null, book: PriceBook): BilledSide {
  const { listAmount, listFrom } = listAmounts(
    cost.lines.map(({ list }) => list),
    discountPercent,
  );
  const eraOf = priceEras(book);
  const alike = new Map<string, BilledLine & { readonly usd: Money }>();
  for (const line of cost.lines) {
    const [item, usd] = [itemOfLine(line), listAmount(line.list, line.billed)];
    const key = `${keyOf(line, eraOf)} ${item} ${String(usd < 0n)}`;
    const held = alike.get(key);
    const shared = held ?? { ...sharedOf(line), item, tokens: null, atLeast: false, noAmount: null };
    alike.set(key, { ...shared, usd: add(held?.usd ?? ZERO, usd) });
  }
  return sideOf(listFrom, cost, [...alike.values()]);
}

/** What was used, at the list prices of its own time. */
export function linesOfUsage({ usage }: Bill, book: PriceBook): BilledSide {
  const eraOf = priceEras(book);
  const alike = new Map<string, Shared & { readonly item: LineItemName; readonly count: number }>();
  for (const line of usage.lines) {
    const lineKey = keyOf(line, eraOf);
    for (const [item, count] of countsOf(line)) {
      const key = `${lineKey} ${item}`;
      const held = alike.get(key);
      alike.set(key, { ...(held ?? { ...sharedOf(line), item }), count: (held?.count ?? 0) + count });
    }
  }
  const lines = [...alike.values()].map(({ count, ...line }) => ({
    ...line,
    tokens: line.item === "webSearch" ? null : count,
    ...priced(line, line.item, count, book),
  }));
  return sideOf("tokens", usage, lines);
}

/** Where workspaces are told, what has none is of the default one. */
function sideOf(
  basis: AmountBasis,
  side: Pick<BillSide<unknown>, "groupedBy">,
  lines: readonly BilledLine[],
): BilledSide {
  const told = toldBy(side, lines);
  if (!told.includes("workspace")) return { basis, told, lines };
  return { basis, told, lines: lines.map((line) => ({ ...line, workspace: line.workspace ?? DEFAULT_WORKSPACE })) };
}

type Reported = Pick<BillCostLine, "from" | "dimensions">;

/** Equal for lines that cost the same a token, and are told apart by nothing that matters here. */
function keyOf({ from, dimensions }: Reported, eraOf: (at: Instant) => number): string {
  return JSON.stringify([
    eraOf(from),
    ...[...Object.values(NAME_IN_REPORTS), CONTEXT_WINDOW].map((name) => dimensions[name]),
  ]);
}

const CONTEXT_WINDOW = "context_window";

type Shared = Pick<BilledLine, "at" | "model" | "apiKey" | "workspace" | "charged" | "prompts">;
type Priced = Pick<BilledLine, "usd" | "atLeast" | "noAmount">;

function sharedOf({ from, dimensions }: Reported): Shared {
  const model = dimensions[NAME_IN_REPORTS.model] ?? null;
  return {
    at: from,
    model: model === null ? null : (matchModel(model)?.model ?? model),
    apiKey: dimensions[NAME_IN_REPORTS.apiKey] ?? null,
    workspace: dimensions[NAME_IN_REPORTS.workspace] ?? null,
    charged: {
      serviceTier: dimensions[NAME_IN_REPORTS.serviceTier] ?? null,
      speed: dimensions[NAME_IN_REPORTS.speed] ?? null,
      inferenceGeo: dimensions[NAME_IN_REPORTS.inferenceGeo] ?? null,
    },
    prompts: promptEnds(dimensions[CONTEXT_WINDOW] ?? null),
  };
}

function countsOf({ tokens, webSearchRequests }: BillUsageLine): readonly (readonly [LineItemName, number])[] {
  const counts = [
    ...TOKEN_BUCKETS.map((name) => [name, tokens[name]] as const),
    ["webSearch", webSearchRequests ?? 0] as const,
  ];
  return counts.filter(([, count]) => count > 0);
}

function priced(line: Shared, item: LineItemName, count: number, book: PriceBook): Priced {
  const without = (noAmount: NoAmountReason): Priced => ({ usd: null, atLeast: false, noAmount });
  const { model, at, charged, prompts } = line;
  // What is prepaid is charged in no cost report either.
  if (charged.serviceTier === "priority") return without("prepaid-priority");
  if (model === null && item !== "webSearch") return without("model-not-told");
  const [least, most] = prompts.map((prompt) => rateOf(book, { model: model ?? "", item, at }, charged, prompt));
  if (typeof least !== "bigint") return without(least ?? "no-price-for-bucket");
  return { usd: times(least, count), atLeast: least !== most, noAmount: null };
}

/** What the lines of a side are told apart by. A name that no line has a value of tells nothing apart. */
function toldBy({ groupedBy }: Pick<BillSide<unknown>, "groupedBy">, lines: readonly BilledLine[]): readonly Told[] {
  const has = (name: Exclude<Told, "item">): boolean =>
    groupedBy.includes(NAME_IN_REPORTS[name]) &&
    lines.some((line) => (name === "serviceTier" ? line.charged.serviceTier : line[name]) !== null);
  return TOLD.filter((name) => (name === "item" ? lines.some(({ item }) => item !== "unnamed") : has(name)));
}
