import type { Instant } from "../instant.ts";
import { add, compare, ZERO, type Money } from "../money/money.ts";
import type { PriceBook, UnpricedReason } from "../pricing/price-book.ts";
import type { RowBatch } from "../rows/request-rows.ts";
import { compareTexts } from "../text-order.ts";
import type { Account } from "./account.ts";
import { TotalsSum, usdOf, usdThenOf } from "./cell-totals.ts";
import type { Condition } from "./filters.ts";
import type { GroupKey } from "./group-keys.ts";
import type { RequestTotals, SpendTokens } from "./request-totals.ts";
import { overBatches, type Requests } from "./row-batches.ts";
import type { TallyCell } from "./tally-cell.ts";
import { Tally } from "./tally.ts";

export interface SpendQuery {
  /** Dimensions to group by, in order; none for the total alone. */
  readonly by: readonly GroupKey[];
  readonly where: readonly Condition[];
  /** Inclusive; null for no limit. */
  readonly since: Instant | null;
  /** Exclusive; null for no limit. */
  readonly until: Instant | null;
  /** IANA zone that cuts hours, days and months. */
  readonly timeZone: string;
  readonly book: PriceBook;
}

/** The totals of one group. */
export interface SpendRow extends RequestTotals {
  /** The group's value in each dimension asked for; null where its responses have none. */
  readonly by: Readonly<Record<string, string | null>>;
}

/** Responses of one model that have no price, for one reason. */
export interface UnpricedRow {
  readonly model: string;
  readonly reason: UnpricedReason;
  readonly requests: number;
  readonly tokens: SpendTokens;
}

/** Responses of one model that cost something else at the prices that were known when they were made. */
export interface ReratedRow {
  readonly model: string;
  readonly requests: number;
  /** At the prices in the book, part of the total. */
  readonly usd: Money;
  /** At the prices known when they were made. */
  readonly usdThen: Money;
}

export interface SpendResult {
  readonly total: RequestTotals & {
    /** Attempts that ended in an error or without an answer. */
    readonly failed: number;
    /** Of those, attempts that may have been billed without anyone seeing the answer. */
    readonly failedAtUnknownCost: number;
  };
  /** By amount, largest first; equal amounts by the groups' values. */
  readonly rows: readonly SpendRow[];
  /** By model, then reason. */
  readonly unpriced: readonly UnpricedRow[];
  /** Recorded responses somebody else pays for, or nobody; not in the total. */
  readonly notBilled: { readonly requests: number; readonly tokens: SpendTokens };
  /** Billed responses whose output is only a lower bound: with any of these, the total is "at least". */
  readonly lowerBoundRequests: number;
  /** The part of the total at the priority tier: prepaid, so list price is not what it cost. */
  readonly notional: { readonly requests: number; readonly usd: Money };
  /** By model. What had no price then, or has none now, is not here. */
  readonly rerated: readonly ReratedRow[];
  /** Billing sources of the responses in the total, each once, sorted. */
  readonly sources: readonly string[];
  /** When the first and the last of these responses were complete; null where there are none. */
  readonly span: { readonly first: Instant; readonly last: Instant } | null;
}

/**
 * What responses cost at the prices of their own instants, in total and by group.
 *
 * Rows are taken one batch at a time and not kept: memory grows with the groups alone.
 *
 * @throws RangeError for a time zone the platform does not know.
 */
export function querySpend(requests: Account | Iterable<RowBatch>, query: SpendQuery): SpendResult;
export function querySpend(requests: AsyncIterable<RowBatch>, query: SpendQuery): Promise<SpendResult>;
export function querySpend(requests: Requests, query: SpendQuery): SpendResult | Promise<SpendResult> {
  const tally = new Tally({ ...query, longPromptTokens: null });
  return overBatches(
    requests,
    (batch) => tally.add(batch),
    () => spendOf(tally.cells(), query.by),
  );
}

/** Spend by dimensions that a tally told apart. */
export function spendOf(cells: Iterable<TallyCell>, by: readonly GroupKey[]): SpendResult {
  const sum = new SpendSum(by);
  for (const cell of cells) sum.add(cell);
  return sum.result;
}

/** A result that more cells are added to. */
class SpendSum {
  readonly #by: readonly GroupKey[];
  readonly #rows = new Map<string, { readonly by: SpendRow["by"]; readonly sum: TotalsSum }>();
  readonly #unpriced = new Map<string, Omit<UnpricedRow, "requests" | "tokens"> & { readonly sum: TotalsSum }>();
  readonly #rerated = new Map<string, Omit<ReratedRow, "model">>();
  readonly #sources = new Set<string>();
  readonly #total = new TotalsSum();
  readonly #notional = new TotalsSum();
  readonly #notBilled = new TotalsSum();
  #failed = 0;
  #failedAtUnknownCost = 0;
  #lowerBound = 0;
  #first = Infinity;
  #last = -Infinity;

  constructor(by: readonly GroupKey[]) {
    this.#by = by;
  }

  add(cell: TallyCell): void {
    switch (cell.priceClass.counted) {
      case "billed":
        this.#addBilled(cell);
        break;
      case "not-billed":
        this.#notBilled.add(cell, null);
        break;
      case "failed-at-unknown-cost":
        this.#failedAtUnknownCost += Number(cell.sum("requests"));
        this.#failed += Number(cell.sum("requests"));
        break;
      case "failed":
        this.#failed += Number(cell.sum("requests"));
    }
  }

  get result(): SpendResult {
    const total = this.#total.totals;
    return {
      total: { ...total, failed: this.#failed, failedAtUnknownCost: this.#failedAtUnknownCost },
      rows: this.#groups(),
      unpriced: [...this.#unpriced]
        .sort(([a], [b]) => compareTexts(a, b))
        .map(([, { model, reason, sum }]) => ({ model, reason, requests: sum.requests, tokens: sum.tokens })),
      notBilled: { requests: this.#notBilled.requests, tokens: this.#notBilled.tokens },
      lowerBoundRequests: this.#lowerBound,
      notional: { requests: this.#notional.requests, usd: this.#notional.usd },
      rerated: [...this.#rerated].sort(([a], [b]) => compareTexts(a, b)).map(([model, row]) => ({ model, ...row })),
      sources: [...this.#sources].sort(),
      span: total.requests === 0 ? null : { first: this.#first, last: this.#last },
    };
  }

  #addBilled(cell: TallyCell): void {
    const { notional, lowerBound, rates, model } = cell.priceClass;
    const usd = usdOf(cell);
    this.#total.add(cell, usd);
    this.#rowOf(cell).add(cell, usd);
    if (notional) this.#notional.add(cell, usd);
    this.#addRerated(cell, usd);
    // A cell of further passes of requests counts no request of its own.
    if (Number(cell.sum("requests")) === 0) return;
    if (lowerBound) this.#lowerBound += Number(cell.sum("requests"));
    if (typeof rates === "string") this.#unpricedOf(model ?? "", rates).add(cell, usd);
    for (const source of cell.sources) this.#sources.add(source);
    this.#first = Math.min(this.#first, cell.first);
    this.#last = Math.max(this.#last, cell.last);
  }

  #addRerated(cell: TallyCell, usd: Money | null): void {
    const usdThen = usdThenOf(cell);
    if (usdThen === null || usd === null || cell.isEmpty) return;
    const model = cell.priceClass.model ?? "";
    const row = this.#rerated.get(model) ?? { requests: 0, usd: ZERO, usdThen: ZERO };
    this.#rerated.set(model, {
      requests: row.requests + Number(cell.sum("requests")),
      usd: add(row.usd, usd),
      usdThen: add(row.usdThen, usdThen),
    });
  }

  #rowOf(cell: TallyCell): TotalsSum {
    const values = this.#by.map((key) => cell.value(key));
    const key = JSON.stringify(values);
    const held = this.#rows.get(key);
    if (held !== undefined) return held.sum;
    const sum = new TotalsSum();
    this.#rows.set(key, { by: toRecord(this.#by, values), sum });
    return sum;
  }

  #unpricedOf(model: string, reason: UnpricedReason): TotalsSum {
    const key = `${model}\n${reason}`;
    const held = this.#unpriced.get(key);
    if (held !== undefined) return held.sum;
    const sum = new TotalsSum();
    this.#unpriced.set(key, { model, reason, sum });
    return sum;
  }

  /** Without groups of which everything was taken away again. */
  #groups(): SpendRow[] {
    if (this.#by.length === 0) return [];
    return [...this.#rows.values()]
      .map(({ by, sum }) => ({ by, ...sum.totals }))
      .filter(({ requests }) => requests > 0)
      .sort(byAmountThenValues);
  }
}

function toRecord(keys: readonly string[], values: readonly (string | null)[]): Record<string, string | null> {
  return Object.fromEntries(keys.map((key, index) => [key, values[index] ?? null]));
}

function byAmountThenValues(a: SpendRow, b: SpendRow): number {
  const byAmount = compare(b.usd, a.usd);
  return byAmount === 0 ? compareTexts(sortKey(a), sortKey(b)) : byAmount;
}

/** Values joined so that an absent one comes before every present one. */
function sortKey(row: SpendRow): string {
  return Object.values(row.by)
    .map((value) => (value === null ? "\0" : `\u0001${value}`))
    .join("\0");
}

/** By code unit, so that the order is the same in every locale. */
