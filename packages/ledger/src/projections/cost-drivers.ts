import type { ModelMatch } from "../models/match-model.ts";
import { ZERO, type Money } from "../money/money.ts";
import type { TokenRates } from "../pricing/rate-card.ts";
import { TOKEN_BUCKETS, type TokenBucket } from "../usage/usage.ts";
import { itemsOf } from "./cell-totals.ts";
import type { GroupKey } from "./group-keys.ts";
import { spendOf, type SpendResult } from "./spend.ts";
import type { TallyCell } from "./tally-cell.ts";

/** Priced usage of one group that is alike in everything that decides its price. */
export interface CostDriverRow {
  /** The group's value in each dimension asked for, in order; null where its responses have none. */
  readonly group: readonly (string | null)[];
  /** The model that answered. */
  readonly model: string;
  /** What set the price apart from the standard one: `standard`, or some of `batch`, `priority`, `fast`, `us`. */
  readonly tier: string;
  /** Where the requests were sent, as far as the ids of their models tell: Foundry's are those of Anthropic. */
  readonly platform: ModelMatch["platform"];
  /** Whether the streams ended early. */
  readonly interrupted: boolean;
  /** Whether these are further passes over a model within responses that another row counts. */
  readonly furtherPass: boolean;
  /** Billed responses; 0 for further passes. */
  readonly requests: bigint;
  readonly tokens: Readonly<Record<TokenBucket, bigint>>;
  /** What searches cost. The rest is the tokens at `rates`. */
  readonly searchesUsd: Money;
  readonly rates: TokenRates;
  /** Rates of the same usage at the standard tier. */
  readonly standardRates: TokenRates;
  /** The same for the shortest prompts. */
  readonly shortRates: TokenRates;
}

/** What requests cost, and what of them decides it. */
export interface CostDrivers {
  /** By the groups asked for. The rows below come to its total, exactly. */
  readonly spend: SpendResult;
  /** In no order. */
  readonly rows: readonly CostDriverRow[];
}

export function costDriversOf(cells: readonly TallyCell[], by: readonly GroupKey[]): CostDrivers {
  return { spend: spendOf(cells, by), rows: cells.flatMap((cell) => rowOf(cell, by)) };
}

function rowOf(cell: TallyCell, by: readonly GroupKey[]): CostDriverRow[] {
  const { model, rates, drivers } = cell.priceClass;
  if (drivers === null || rates === null || typeof rates === "string" || cell.isEmpty) return [];
  const { tier, platform, interrupted, furtherPass, standardRates, shortRates } = drivers;
  const tokens = Object.fromEntries(TOKEN_BUCKETS.map((name) => [name, BigInt(cell.sum(name))]));
  return [
    {
      group: by.map((key) => cell.value(key)),
      model: model ?? "",
      tier,
      platform,
      interrupted,
      furtherPass,
      requests: BigInt(cell.sum("requests")),
      tokens: tokens as Record<TokenBucket, bigint>,
      searchesUsd: (itemsOf(cell) ?? []).find(({ item }) => item === "webSearch")?.usd ?? ZERO,
      rates,
      standardRates: standardRates ?? rates,
      shortRates: shortRates ?? standardRates ?? rates,
    },
  ];
}
