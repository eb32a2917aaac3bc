import type { Money } from "../money/money.ts";
import type { LineItemName } from "../pricing/cost.ts";
import type { UnpricedReason } from "../pricing/price-book.ts";
import { TOKEN_BUCKETS } from "../usage/usage.ts";
import type { BilledAs } from "./billed-as.ts";
import { itemsOf } from "./cell-totals.ts";
import type { GroupKey } from "./group-keys.ts";
import type { TallyCell } from "./tally-cell.ts";

/**
 * Prompts of more tokens are in the larger of the two context windows that a bill tells apart, `0-200k` and `200k-1M`
 * (Usage and Cost API reference, checked 2026-11-22).
 */
export const CONTEXT_WINDOW_TOKENS = 200_000;

/** Billed usage of one group that a bill names alike and that has one price. */
export interface RecordedUsage {
  /** The group's value in each dimension asked for, in order; null where its responses have none. */
  readonly group: readonly (string | null)[];
  readonly billedAs: BilledAs;
  /** Whether prompts are of more than `CONTEXT_WINDOW_TOKENS`. */
  readonly longPrompt: boolean;
  /** Responses; further passes within one count with it. */
  readonly requests: number;
  /** By line item, what was used; what was not is left out. Searches are requests, all others tokens. */
  readonly quantities: ReadonlyMap<LineItemName, bigint>;
  /** By line item, what that costs at list prices; or why it has no price. */
  readonly usd: ReadonlyMap<LineItemName, Money> | UnpricedReason;
  /** Whether it is prepaid, so that its list price is no charge. */
  readonly notional: boolean;
  /** Whether the output is only a lower bound, because streams ended early. */
  readonly lowerBound: boolean;
}

/** What was recorded and is billed, in no order. */
export function recordedUsageOf(cells: Iterable<TallyCell>, by: readonly GroupKey[]): readonly RecordedUsage[] {
  const usages: RecordedUsage[] = [];
  for (const cell of cells) {
    const { counted, rates, billedAs, longPrompt, notional, lowerBound } = cell.priceClass;
    if (counted !== "billed" || billedAs === null || cell.isEmpty) continue;
    const quantities = ITEMS.map((item) => [item, BigInt(cell.sum(item))] as const).filter(([, count]) => count !== 0n);
    usages.push({
      group: by.map((key) => cell.value(key)),
      billedAs,
      longPrompt,
      requests: Number(cell.sum("requests")),
      quantities: new Map(quantities),
      usd: typeof rates === "string" ? rates : new Map((itemsOf(cell) ?? []).map(({ item, usd }) => [item, usd])),
      notional,
      lowerBound,
    });
  }
  return usages;
}

const ITEMS: readonly LineItemName[] = [...TOKEN_BUCKETS, "webSearch"];
